"""Provenance of the page: configuration, versions, commit, checksums, cost per rule."""

import importlib.metadata
import json
import platform
import re
import shutil
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import h5py
import pandas as pd
import yaml

from videeg_pipe.config import Config
from videeg_pipe.runtime.files import missing

_PACKAGES = ("torch", "diffusers", "mne", "numpy", "scipy", "scikit-learn", "snakemake")
_REPOSITORY = Path(__file__).parents[3]


def read_release(h5: Path, sums: Path) -> dict[str, Any]:
    """Read title, version, rights, time, generator and checksums of the release.

    Raises:
        UserError: if a file is missing.
    """
    for path in (h5, sums):
        if not path.is_file():
            raise missing(path)
    with h5py.File(h5) as file:
        names = (
            "title", "version", "license", "consent", "video_licence", "subject_codes", "created",
            "generator",
        )  # fmt: skip
        facts: dict[str, Any] = {name: str(file.attrs[name]) for name in names}
        facts |= {"authors": list(file.attrs["authors"]), "frames": "video_frames" in file}
    lines = sums.read_text(encoding="utf-8").splitlines()
    generator = json.loads(facts.pop("generator"))
    return facts | {"generator": generator, "sums": [line.split(maxsplit=1) for line in lines]}


def versions() -> dict[str, str]:
    """Return versions of the libraries, and the commit if the package is in its repository."""
    installed = {"Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            installed[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed[name] = "not installed"
    return installed | {"commit": _commit() or "unknown: the package is not in a repository"}


def options(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration as text, and the options that differ from their defaults.

    Args:
        config: Section to option to value.

    Returns:
        `text` in YAML, and `changed`, a list of option, value and default.
    """
    defaults = Config().model_dump(mode="json")
    changed = [
        (f"{section}.{name}", json.dumps(value), json.dumps(defaults[section][name]))
        for section, values in config.items()
        for name, value in values.items()
        if value != defaults[section][name]
    ]
    text = yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)
    return {"text": text, "changed": changed}


def spent(folder: Path, wildcards: Collection[str]) -> pd.DataFrame:
    """Return time and memory of each rule's last jobs.

    Args:
        folder: Snakemake's benchmarks, one table per job.
        wildcards: Suffixes of job names besides numbers: subjects and the model.

    Returns:
        `rule`, `jobs`, total `seconds` and largest `memory_mb`, by falling time.
    """
    ends = "|".join(map(re.escape, sorted(wildcards, key=len, reverse=True)))
    last = re.compile(rf"_(\d+{'|' + ends if ends else ''})$")
    rows = []
    for path in sorted(folder.glob("*.tsv")):
        table = pd.read_csv(path, sep="\t")
        rule = path.stem
        while last.search(rule):
            rule = last.sub("", rule)
        cost = table[["s", "max_rss"]].apply(pd.to_numeric, errors="coerce")
        rows.append((rule, cost["s"].sum(), cost["max_rss"].max()))
    jobs = pd.DataFrame(rows, columns=["rule", "seconds", "memory_mb"])
    rules = jobs.groupby("rule").agg(
        jobs=("rule", "size"), seconds=("seconds", "sum"), memory_mb=("memory_mb", "max")
    )
    return rules.sort_values("seconds", ascending=False, kind="stable").reset_index()


def _commit() -> str | None:
    if not (_REPOSITORY / ".git").exists() or shutil.which("git") is None:
        return None
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
    )
    return described.stdout.strip() or None

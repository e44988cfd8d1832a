"""Copies of the repository to run workflows in, as after a fresh clone."""

import shutil
import subprocess
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import yaml

from tests.workflow.forked import run_forked

REPOSITORY = Path(__file__).parents[2]


def make_clone(folder: Path) -> Path:
    """Copy what git tracks, and new files it does not ignore, as they stand in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = REPOSITORY / name
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    return folder


def run_snakemake(
    clone: Path, *arguments: str, cores: int = 2, console: str = "full"
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a clone, with the package of that clone, and with all of Snakemake's lines.

    Snakemake and its jobs are forked, see `forked.py`.
    """
    from videeg_pipe.runtime.console import VARIABLE  # the new process imports this module first

    command = ["snakemake", "--cores", str(cores), *arguments]
    with NamedTemporaryFile("r+", encoding="utf-8") as printed:
        status = run_forked(command, clone, printed.name, {VARIABLE: console})
        return subprocess.CompletedProcess(command, status, printed.read(), "")


def write_config(path: Path, **sections: dict[str, Any]) -> Path:
    """Write an overlay for `--configfile`."""
    path.write_text(yaml.safe_dump(sections, allow_unicode=True), encoding="utf-8")
    return path


DECODE_TINY = ("config/decode.yaml", "config/decode-tiny.yaml")
"""Overlays of the smallest run of `decode`, with results in `results-decode-tiny`."""

ONE_EPOCH = {"evoked_epochs": 1, "epochs": 1, "min_steps": 1, "evoked_min_steps": 1}


def tiny(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Sections of a run whose jobs take little longer than their imports: 72 windows, 24 sampled.

    Values of `changes` replace those of the same section.
    """
    layout = {"n_blocks": 3, "concepts_per_block": 3, "clips_per_concept": 2, "hint_s": 1}
    sections: dict[str, dict[str, Any]] = {
        "phantom": {"n_subjects": 2, "width": 64, "height": 64, "layout": layout},
        "split": {"validation": [2], "test": [3]},
        "graphs": {"max_windows": 16},
        "spgn": {"hidden": 16, "layers": 1, "heads": 2, "node_width": 4, "fused": 16},
        # a state is stored after the first and the second of three epochs
        "train": {"batch_size": 16, "threads": 1, **ONE_EPOCH, "epochs": 2, "checkpoint_every": 1},
        # two threads would start a second process for the scores
        "sample": {"steps": 2, "batch_size": 2, "part_size": 16, "threads": 1},
        "release": {"n_samples": 24, "fractions": [0.34, 0.33, 0.33]},
        "evaluation": {"mean_draws": 2, "max_windows": 8, "bootstrap": 10},
    }
    for section, values in changes.items():
        sections[section] = sections.get(section, {}) | values
    return sections

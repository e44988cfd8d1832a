"""Names and signatures of the public interface; importing the package stays fast."""

import ast
import inspect
import json
import subprocess
import sys
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

import videeg_pipe
from videeg_pipe import Release
from videeg_pipe.cli.main import main
from videeg_pipe.runtime.errors import UserError

NAMES = {
    "GeneratedEeg", "Generator", "Release", "__version__", "evaluate", "generate",
    "load_generator", "load_release",
}  # fmt: skip

LOAD_RELEASE = (
    "(path: str | pathlib.Path, *, fields: collections.abc.Sequence[str] = "
    "('eeg', 'label', 'concept', 'subject', 'sample_id'), verify: bool = False) -> 'Release'"
)

RELEASE = {
    "select": ["split", "subject", "concept"],
    "with_fields": ["fields"],
    "values": ["name"],
    "to_numpy": [],
    "to_pandas": ["fields"],
    "to_torch": ["fields", "scaled"],
    "to_pyg": ["scale"],
    "to_mne": [],
    "to_bids": ["folder"],
    "to_huggingface": ["folder"],
    "to_zarr": ["folder"],
}
"""Method to the names of its arguments."""

GENERATOR = {
    "generate": [
        "stimulus", "person", "subject", "montage", "seconds", "draws", "seed", "mean_only",
    ],
    "conditional_mean": ["clip", "track", "subject"],
    "adapt": ["recording", "name", "stimulus", "onset_s", "seed"],
    "save": ["folder", "overwrite"],
}  # fmt: skip
GENERATED_EEG = {"to_mne": ["draw"], "save": ["path", "overwrite"]}
FIELDS = ["data", "channels", "positions_m", "sfreq", "band_hz", "stimulus", "provenance"]

OPTIONS = (
    "person: collections.abc.Mapping[str, typing.Any] | None = None, subject: str | "
    "collections.abc.Mapping[str, float] | None = None, montage: str | None = None, seconds: float "
    "| None = None, draws: int = 1, seed: int = 0, mean_only: bool = False) -> "
    "videeg_pipe.generator.eeg.GeneratedEeg"
)
GENERATE = (
    "(self, stimulus: str | pathlib.Path | collections.abc.Mapping[str, float], *, " + OPTIONS
)
GENERATE_ONCE = (
    "(stimulus: str | pathlib.Path | collections.abc.Mapping[str, float], *, model: str | "
    "pathlib.Path = PosixPath('results/generator'), " + OPTIONS
)
EVALUATE = {
    "real": inspect.Parameter.empty,
    "synthetic": inspect.Parameter.empty,
    "training": None,
    "labels": (),
    "sfreq": None,
    "resample": None,
    "window_s": 1.0,
    "split": None,
    "paired": None,
    "seed": 42,
}
"""Arguments of `evaluate` and their defaults; all but the first two by name."""


def signature(function) -> str:
    return str(inspect.signature(function)).replace("pathlib._local.", "pathlib.")  # Python 3.13


def methods(public: type) -> dict[str, list[str]]:
    """Return the arguments of each public method by its name."""
    return {
        name: list(inspect.signature(method).parameters)[1:]
        for name, method in inspect.getmembers(public, inspect.isfunction)
        if not name.startswith("_")
    }


def test_public_names():
    assert set(videeg_pipe.__all__) == NAMES
    assert set(videeg_pipe.__all__) <= set(dir(videeg_pipe))
    for name in videeg_pipe.__all__:
        value = getattr(videeg_pipe, name)
        assert name == "__version__" or value.__doc__
    with pytest.raises(AttributeError, match="no attribute 'load_releases'"):
        _ = videeg_pipe.load_releases


def test_signatures():
    assert signature(videeg_pipe.load_release) == LOAD_RELEASE
    assert methods(Release) == RELEASE
    assert isinstance(Release.subjects, property)
    assert signature(videeg_pipe.Generator.generate) == GENERATE
    assert list(inspect.signature(videeg_pipe.load_generator).parameters) == ["path"]
    assert signature(videeg_pipe.generate) == GENERATE_ONCE
    evaluate = inspect.signature(videeg_pipe.evaluate)
    assert {name: one.default for name, one in evaluate.parameters.items()} == EVALUATE
    by_name = [one for one in evaluate.parameters.values() if one.kind is one.KEYWORD_ONLY]
    assert len(by_name) == len(EVALUATE) - 2 and evaluate.return_annotation == dict[str, Any]
    assert methods(videeg_pipe.Generator) == GENERATOR
    for name in ("subjects", "channels", "sfreq"):
        assert isinstance(getattr(videeg_pipe.Generator, name), property)
    assert methods(videeg_pipe.GeneratedEeg) == GENERATED_EEG
    assert list(inspect.signature(videeg_pipe.GeneratedEeg.load).parameters) == ["path"]
    assert isinstance(videeg_pipe.GeneratedEeg.seconds, property)


def test_fields_of_generated_eeg(packed, flashing):
    eeg = videeg_pipe.generate(flashing, model=packed, seconds=1, draws=2)
    assert [field.name for field in fields(eeg)] == FIELDS
    assert (eeg.data.shape, eeg.data.dtype) == ((2, 12, 200), np.float32)
    assert eeg.positions_m.shape == (12, 3) and np.abs(eeg.positions_m).max() < 0.2  # metres
    assert (eeg.sfreq, eeg.band_hz, eeg.stimulus) == (200.0, (0.5, 40.0), "flashing.mp4")
    source = ast.parse(inspect.getsource(videeg_pipe.GeneratedEeg)).body[0].body
    described = [
        one.target.id
        for one, text in pairwise(source)
        if isinstance(one, ast.AnnAssign) and isinstance(text, ast.Expr)
    ]
    assert described == FIELDS


def test_functions_do_what_the_commands_do(packed, flashing, tmp_path):
    eeg = videeg_pipe.generate(flashing, model=packed, seconds=1, seed=2)
    same = videeg_pipe.load_generator(packed).generate(flashing, seconds=1, seed=2)
    assert (eeg.data == same.data).all()
    rng = np.random.default_rng(0)
    real, synthetic = 10 * rng.standard_normal((2, 40, 8, 200)).astype(np.float32)
    labels = pd.DataFrame({"subject": ["a", "b"] * 20})
    scores = videeg_pipe.evaluate(real, synthetic, labels=[labels, labels], sfreq=200)
    assert scores["real"] == {"path": "real", "n_windows": 40, "labels": ["subject"]}
    labels.to_csv(tmp_path / "labels.csv", index=False)
    for name, eeg in (("real", real), ("synthetic", synthetic)):
        np.save(tmp_path / f"{name}.npy", eeg)
    sides = [str(tmp_path / f"{name}.npy") for name in ("real", "synthetic")]
    csv = ["--labels", str(tmp_path / "labels.csv")] * 2
    out = tmp_path / "out"
    assert main(["evaluate", *sides, *csv, "--sfreq", "200", "--out", str(out)]) == 0
    assert json.loads((out / "metrics.json").read_text())["fidelity"] == scores["fidelity"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "test"}, "split; expected a release.*found an array and real.npy"),
        ({"labels": [None, None, "x.csv"]}, "labels; expected at most one table each for real, "),
        ({"paired": "both"}, "paired; expected generation or reconstruction.*found both"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(options, message):
    with pytest.raises(UserError, match=message):
        videeg_pipe.evaluate(np.zeros((2, 2, 2)), "real.npy", **options)


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import videeg_pipe; "
        "print(sorted(m for m in set(sys.modules) - before if '.' not in m))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not {"numpy", "torch", "h5py", "mne", "pandas"} & set(eval(done.stdout)), done.stderr

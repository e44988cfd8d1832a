"""Names and signatures of the public interface; importing the package stays fast."""

import inspect
import subprocess
import sys

import pytest

import videeg_pipe
from videeg_pipe import Release

NAMES = {
    "GeneratedEeg", "Generator", "Release", "__version__", "load_generator", "load_release",
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

GENERATE = (
    "(self, stimulus: str | pathlib.Path, *, person: collections.abc.Mapping[str, typing.Any] | "
    "None = None, subject: str | None = None, montage: str | None = None, seconds: float | None = "
    "None, draws: int = 1, seed: int = 0, mean_only: bool = False) -> "
    "videeg_pipe.generator.eeg.GeneratedEeg"
)


def test_public_names():
    assert set(videeg_pipe.__all__) == NAMES
    assert set(videeg_pipe.__all__) <= set(dir(videeg_pipe))
    for name in videeg_pipe.__all__:
        value = getattr(videeg_pipe, name)
        assert name == "__version__" or value.__doc__
    with pytest.raises(AttributeError, match="no attribute 'load_releases'"):
        _ = videeg_pipe.load_releases


def test_signatures():
    assert str(inspect.signature(videeg_pipe.load_release)) == LOAD_RELEASE
    public = {
        name: list(inspect.signature(method).parameters)[1:]
        for name, method in inspect.getmembers(Release, inspect.isfunction)
        if not name.startswith("_")
    }
    assert public == RELEASE
    assert isinstance(Release.subjects, property)
    assert str(inspect.signature(videeg_pipe.Generator.generate)) == GENERATE
    assert list(inspect.signature(videeg_pipe.load_generator).parameters) == ["path"]
    assert list(inspect.signature(videeg_pipe.GeneratedEeg.to_mne).parameters) == ["self", "draw"]
    saved = list(inspect.signature(videeg_pipe.GeneratedEeg.save).parameters)
    assert saved == ["self", "path", "overwrite"]


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import videeg_pipe; "
        "print(sorted(m for m in set(sys.modules) - before if '.' not in m))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not {"numpy", "torch", "h5py", "mne", "pandas"} & set(eval(done.stdout)), done.stderr

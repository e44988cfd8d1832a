"""Commands and library work where only the core dependencies are installed."""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.sources.lab import build_lab
from tests.test_setup import BY_MACHINE, CORE, EXTRAS, REPOSITORY, needed

WORK = """
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from videeg_pipe import evaluate, load_release
from videeg_pipe.cli.main import main

generator, video, file, bids = sys.argv[1:]
assert not any(map(find_spec, ("snakemake", "opacus", "lightning_fabric", "mlcroissant", "pytest")))
for end in (".fif", ".edf", ".bdf", ".vhdr", ".set", ".h5", ".zarr", ""):
    assert not main(["generate", video, "--model", generator, "--seconds", "1", "-o", f"eeg{end}"])
for path in (generator, file, "eeg.h5"):
    assert not main(["inspect", path])
assert not main(["check", bids])
assert not main(["evaluate", "eeg.set", "eeg.edf", "--window-s", "0.25"])
real, synthetic = np.random.default_rng(0).standard_normal((2, 40, 8, 200)).astype(np.float32)
Path("labels.csv").write_text("subject,concept\\n" + "a,cat\\nb,dog\\n" * 20)
labels = ["labels.csv"] * 3
scores = evaluate(real, synthetic, training=-real, labels=labels, sfreq=200)
assert "decoders" in scores["utility"]["concept"]
release = load_release(file)
release.to_torch()[0], release.to_pyg()[0], release.to_mne(), release.to_pandas()
release.to_bids("bids"), release.to_huggingface("hub"), release.to_zarr("release.zarr")
"""


@pytest.fixture
def core(tmp_path) -> Path:
    """A folder of links to what the core needs, and nothing else that is installed."""
    folder, wanted = tmp_path / "core", needed(CORE)
    folder.mkdir()
    for distribution in metadata.distributions():
        name = canonicalize_name(distribution.name)
        if name in wanted or BY_MACHINE.fullmatch(name):
            for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
                link = folder / top
                if not link.is_symlink():
                    link.symlink_to(Path(str(distribution.locate_file(top))))
    return folder


@pytest.mark.slow
def test_commands_work_without_the_extras(core, tmp_path, packed, flashing, released):
    arguments = [packed, flashing, released / "videeg-gen.h5", build_lab(tmp_path / "lab")]
    paths = os.pathsep.join(map(str, (core, REPOSITORY / "src")))
    done = subprocess.run(
        [sys.executable, "-S", "-W", "ignore", "-c", WORK, *map(str, arguments)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_workflow_is_an_extra():
    core = needed(CORE)
    tools = {canonicalize_name(one.name) for one in EXTRAS["dev"]} - {"httpx2"}  # the hub needs it
    assert not core & tools
    assert not core & {"snakemake", "snakemake-executor-plugin-slurm", "opacus", "mlcroissant"}

"""The code of docs/generate.md and docs/how-to/share.md runs, in the order of the page.

In README.md, the commands for a video of the demo run on a video of that name.
"""

import shlex
import shutil
from pathlib import Path

import mne
import pandas as pd
import pytest

from tests.generator.people import course, write_person
from tests.packed import pack
from tests.pages import code_blocks, indented_blocks
from videeg_pipe import load_generator
from videeg_pipe.cli.main import main
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.seed_dv import SeedDvOptions

GENERATE, SHARE = "docs/generate.md", "docs/how-to/share.md"


def commands(page: str, command: str = "videeg") -> list[list[str]]:
    """Return the arguments of a command in a page, without comments."""
    lines = [line for block in indented_blocks(page) for line in block.splitlines()]
    return [
        shlex.split(line, comments=True)[1:] for line in lines if line.startswith(f"{command} ")
    ]


def names_matching(argument: str) -> list[str]:
    """Return what a shell makes of an argument."""
    return sorted(map(str, Path().glob(argument))) if "*" in argument else [argument]


@pytest.fixture(scope="module")
def generator(packable_inputs, tmp_path_factory):
    """A tiny generator whose people have the names of the demo's; read-only."""
    folder = tmp_path_factory.mktemp("demo")
    names = ["sub1", "sub2"]
    key = folder / "key.csv"
    pd.DataFrame({"subject": names, "released_as": names}).to_csv(key, index=False)
    return pack(Inputs(dict(packable_inputs.paths) | {"key": key}), folder / "generator")


@pytest.fixture
def demo(generator, flashing, tmp_path, monkeypatch):
    """The working folder of the guide: a finished demo, videos and a recording."""
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "generator").symlink_to(generator)
    for name in ("clip.mp4", "other.mp4", "cat.mp4", "dog.mp4"):
        shutil.copy(flashing, tmp_path / name)
    write_person(tmp_path / "anna.edf", course(12), [(1.0, 0.0, "shown clip.mp4")])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_python_of_the_guide_to_generation(demo):
    names = {}
    exec("\n".join(code_blocks(GENERATE, "python")), names)
    assert names["eeg"].data.shape == (4, 12, 500)
    assert names["raw"].times[-1] == pytest.approx(2.495)
    assert (demo / "clip_eeg.h5").is_file()


@pytest.mark.slow
def test_commands_of_the_guide_to_generation(demo, capsys):
    """All but those for other electrodes, which a generator of 12 electrodes refuses."""
    for arguments in commands(GENERATE):
        given = [name for argument in arguments for name in names_matching(argument)]
        assert main(given) == ("--montage" in given), (given, capsys.readouterr().err)
    assert "at least 16 electrodes" in capsys.readouterr().err
    assert len(list(demo.glob("*.edf"))) == 1 + 4
    assert {path.name for path in demo.glob("eeg-*.h5")} == {
        f"eeg-{name}.h5" for name in ("cat", "clip", "dog", "other")
    }
    assert "anna" in load_generator("with-anna").subjects
    assert mne.io.read_raw_fif("anna_other.fif", verbose="error").times[-1] > 2


@pytest.mark.slow
def test_commands_of_the_readme_for_a_video_of_the_demo(demo):
    [generate] = commands("README.md")
    video = Path(next(argument for argument in generate if argument.endswith(".mp4")))
    assert video.parent == Path("results/phantom/Video") and video.name in SeedDvOptions().videos
    video.parent.mkdir(parents=True)
    shutil.copy("clip.mp4", video)
    assert main(generate) == 0
    assert (demo / "clip_eeg.png").stat().st_size > 1000


def test_the_guide_to_sharing(released, tmp_path, monkeypatch, capsys):
    (tmp_path / "results").mkdir()
    shutil.copytree(released, tmp_path / "results" / "release")
    monkeypatch.chdir(tmp_path)
    exec("\n".join(code_blocks(SHARE, "python")), {})
    assert (tmp_path / "hub" / "README.md").is_file()
    for arguments in commands(SHARE):
        assert main(arguments) == 0, capsys.readouterr().err
    assert "synthetic" in capsys.readouterr().out.lower()

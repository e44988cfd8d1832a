"""What a folder or file offers to explore."""

from dataclasses import dataclass
from pathlib import Path

from videeg_pipe.contracts.generator_folder import RECORD, read_folder_record
from videeg_pipe.runtime.errors import UserError

_RELEASE = Path("videeg-gen.h5")
_OF_A_RUN = ("eeg/index.json", "windows.parquet")


@dataclass(frozen=True)
class Contents:
    """Paths of what there is to see; None for what is absent."""

    release: Path | None = None  # videeg-gen.h5
    generator: Path | None = None  # folder of a trained generator
    results: Path | None = None  # of the run that made the release, with its recordings


def find_contents(path: Path, model: Path | None = None) -> Contents:
    """Find what a path offers.

    A release in the results of its run, `results/release/videeg-gen.h5`, comes with the run's
    generator and recordings; a copy of it elsewhere does not.

    Args:
        path: videeg-gen.h5, its folder, the results of a run, or the folder of a generator.
        model: Folder of a generator, to be used with a release.

    Raises:
        UserError: if the path offers nothing, or `model` is not a generator's folder.
    """
    release = next((file for file in _releases(path) if file.is_file()), None)
    results = release.absolute().parents[1] if release else None
    own = [path] if release is None else [results / "generator"] if results else []
    folder = model or next((place for place in own if (place / RECORD).is_file()), None)
    if folder is not None:
        read_folder_record(folder)
    if release is None and folder is None:
        found = "a folder without them" if path.is_dir() else "no such file or folder"
        raise UserError(
            str(path),
            expected=f"a release ({_RELEASE}), the results of a run, or a generator's folder",
            found=found,
            next_step="name another path, or run the workflow, whose results/ is one",
        )
    if results is not None and not all((results / name).is_file() for name in _OF_A_RUN):
        results = None
    return Contents(release, folder, results)


def _releases(path: Path) -> tuple[Path, ...]:
    return (path, path / _RELEASE, path / "release" / _RELEASE)

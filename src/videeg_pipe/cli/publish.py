"""`videeg publish --dry-run`: what an upload of a release would consist of."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videeg_pipe.runtime.errors import UserError

if TYPE_CHECKING:
    from videeg_pipe.reader.upload import Plan

EXAMPLE = "videeg publish results/release --dry-run"


def run(
    release: Annotated[
        Path,
        typer.Argument(metavar="RELEASE", help="Folder of a release, or the results of its run."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Required: this command uploads nothing.")
    ] = False,
    derived_from: Annotated[
        str | None,
        typer.Option(metavar="DOI", help="Of the data set of the recordings, for Zenodo."),
    ] = None,
) -> None:
    """Show what an upload of a release to Zenodo or Hugging Face would consist of.

    Raises:
        UserError: without --dry-run, for another text than a DOI, or if the release is damaged or
            may not be shared.
    """
    if not dry_run:
        raise UserError(
            "videeg publish",
            expected="--dry-run: this command never uploads",
            found="no --dry-run",
            next_step="add it, and run the commands that are printed yourself",
        )

    from videeg_pipe.reader.upload import plan_upload

    inside = release / "release"  # of the results of a run
    folder = inside if inside.is_dir() else release
    print("\n".join(_lines(plan_upload(folder, derived_from=derived_from))))


def _lines(plan: "Plan") -> Iterator[str]:
    yield f"May I share this? {plan.answer}"
    if plan.left_out:
        yield f"not part of the release, left out: {', '.join(plan.left_out)}"
    for upload in plan.uploads:
        size = sum(upload.files.values())
        yield f"\n== {upload.place}: {len(upload.files)} files, {size:,} bytes"
        yield from (f"{size:>16,}  {name}" for name, size in upload.files.items())
        yield f"\nmetadata:\n{upload.metadata}\n\ncommands:"
        yield from upload.commands
    yield "\nDry run: nothing was uploaded. The commands are yours to run."

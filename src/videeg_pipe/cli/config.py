"""`videeg config`: write the files that derive from options, programs and scores."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from videeg_pipe.runtime.errors import UserError

EXAMPLE = "videeg config --check"


def run(
    check: Annotated[
        bool, typer.Option("--check", help="Only list the files out of date.")
    ] = False,
) -> int:
    """Write the files of the repository that derive from options, stimulus programs and scores.

    Returns:
        Status 1 if `check` finds a file out of date.

    Raises:
        UserError: outside the repository's root folder.
    """
    from videeg_pipe.config import generate
    from videeg_pipe.contracts import programs
    from videeg_pipe.contracts.scores import docs

    root = Path.cwd()
    if not (root / "Snakefile").is_file():
        raise UserError(
            str(root),
            expected="the repository",
            found="no Snakefile",
            next_step="run `videeg config` in the folder that holds the Snakefile",
        )
    files = generate.generated() | programs.generated() | docs.generated(root)
    if not check:
        for path in generate.write(root, files):
            print(f"wrote {path}")
        return 0
    outdated = generate.drifted(root, files)
    for path in outdated:
        print(f"{path} is out of date: run `make config`", file=sys.stderr)
    return int(bool(outdated))

"""`videeg config`: write the files that are generated from options and score catalogue."""

import argparse
import sys
from pathlib import Path
from typing import Any

from videeg_pipe.config import generate
from videeg_pipe.contracts.scores import docs
from videeg_pipe.runtime.errors import UserError


def add_parser(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the subcommand to those of `videeg`."""
    parser = commands.add_parser("config", help="write the files generated from options and scores")
    parser.add_argument("--check", action="store_true", help="only list the files out of date")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the files, or with `--check` list those out of date (status 1 if there are any).

    Raises:
        UserError: outside the repository's root folder.
    """
    root = Path.cwd()
    if not (root / "Snakefile").is_file():
        raise UserError(
            str(root),
            expected="the repository",
            found="no Snakefile",
            next_step="run `videeg config` in the folder that holds the Snakefile",
        )
    files = generate.generated() | docs.generated(root)
    if not options.check:
        for path in generate.write(root, files):
            print(f"wrote {path}")
        return 0
    outdated = generate.drifted(root, files)
    for path in outdated:
        print(f"{path} is out of date: run `make config`", file=sys.stderr)
    return int(bool(outdated))

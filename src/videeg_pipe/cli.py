"""The `videeg` command."""

import argparse
import sys
from pathlib import Path

from videeg_pipe.config import generate
from videeg_pipe.contracts.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; what the user can put right ends in one line and status 1."""
    parser = argparse.ArgumentParser(prog="videeg", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    config = commands.add_parser("config", help="write the files generated from the options")
    config.add_argument("--check", action="store_true", help="only say which are out of date")
    config.set_defaults(run=_config)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except UserError as error:
        print(f"videeg: {error}", file=sys.stderr)
        return 1


def _config(options: argparse.Namespace) -> int:
    root = Path.cwd()
    if not (root / "Snakefile").is_file():
        raise UserError(
            str(root),
            expected="the repository",
            found="no Snakefile",
            next_step="run `videeg config` in the folder that holds the Snakefile",
        )
    if not options.check:
        for path in generate.write(root):
            print(f"wrote {path}")
        return 0
    outdated = generate.drifted(root)
    for path in outdated:
        print(f"{path} is out of date: run `make config`", file=sys.stderr)
    return int(bool(outdated))


if __name__ == "__main__":
    sys.exit(main())

"""The `videeg` command: one module per subcommand."""

import argparse
import sys

from videeg_pipe.cli import check, config, evaluate, generate, info, render
from videeg_pipe.runtime.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand and return its exit status.

    An error that the user can correct is printed in one line, with status 1.
    """
    parser = argparse.ArgumentParser(prog="videeg", description="The `videeg` command.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in (generate, evaluate, info, check, render, config):
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except UserError as error:
        print(f"videeg: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""The `videeg` command: one module per subcommand."""

import argparse
import sys

from videeg_pipe import __version__
from videeg_pipe.cli import check, config, evaluate, generate, inspect, render
from videeg_pipe.runtime.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand and return its exit status.

    An error that the user can correct is printed in one line, with status 1.
    """
    parser = argparse.ArgumentParser(
        prog="videeg",
        description="EEG generated from video: generate it, look at it, score it.",
        epilog="example: videeg generate clip.mp4 -o clip_eeg.fif; videeg COMMAND --help says more",
    )
    parser.add_argument("--version", action="version", version=f"videeg-pipe {__version__}")
    commands = parser.add_subparsers(metavar="command")
    for command in (generate, inspect, evaluate, check, render, config):
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    if "run" not in options:
        parser.print_help()
        return 0
    try:
        return int(options.run(options))
    except UserError as error:
        print(f"videeg: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("videeg: interrupted; nothing was left half-written", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

"""Generated pages: the Python interface and the commands."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import videeg_pipe

_COLUMNS = "80"
_COMMAND = re.compile(r"^  ([a-z]+) ", re.MULTILINE)


def python_page() -> str:
    """Return the page of the public names, functions first; mkdocstrings fills it in."""
    names = [name for name in videeg_pipe.__all__ if not name.startswith("_")]
    names.sort(key=lambda name: (name[0].isupper(), name))
    parts = ["# Python", "`import videeg_pipe` gives these names."]
    return "\n\n".join(parts + [f"::: videeg_pipe.{name}" for name in names])


def commands_page() -> str:
    """Return the page of the commands: their help, as the terminal shows it."""
    return "\n\n".join(["# Commands", *_described()])


def _described(*command: str) -> Iterator[str]:
    """Yield heading and help of a command and of its subcommands."""
    text = _help(*command)
    if command:
        yield f"## videeg {' '.join(command)}"
    yield f"```text\n{text}\n```"
    for name in _COMMAND.findall(text.partition("Commands:\n")[2]):
        yield from _described(*command, name)


def _help(*command: str) -> str:
    """Return what `videeg COMMAND --help` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "videeg_pipe.cli.main", *command, "--help"],
        env=os.environ | {"COLUMNS": _COLUMNS, "NO_COLOR": "1", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()

"""The `videeg` command: one module per subcommand."""

import errno
import inspect as introspection
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Annotated

import typer

from videeg_pipe import __version__
from videeg_pipe.cli import (
    adapt,
    check,
    config,
    decode,
    doctor,
    evaluate,
    explore,
    generate,
    inspect,
    model_inspect,
    model_pack,
    publish,
    render,
)
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.interrupts import noted_interrupt
from videeg_pipe.runtime.spinning import limit_spinning

_INTERRUPTED = 130  # as shells report SIGINT
_NOT_WRITTEN = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""Errors of writes, which do not always name their file."""
_NARROW = 80  # columns; the tables of rich cut text in fewer


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand and return its exit status.

    A wrong command line is one line, with status 2; an error that the user can correct is one line,
    with status 1.
    """
    limit_spinning()
    _prepare_output()
    given = sys.argv[1:] if arguments is None else arguments
    with noted_interrupt() as interrupt:
        status = _status(given, interrupt)
    if status == _INTERRUPTED:
        print("videeg: interrupted; nothing was left half-written", file=sys.stderr)
    return status


def _run(given: list[str], interrupt: Event) -> int:
    """Run one subcommand and return its status."""
    command = typer.main.get_command(_assembled())
    try:
        status = command.main(given or ["--help"], prog_name="videeg", standalone_mode=False)
        sys.stdout.flush()
    except Exception:
        if not interrupt.is_set():
            raise
        return _INTERRUPTED  # a library turned the interrupt into an error of its own
    return int(status or 0)


def _status(given: list[str], interrupt: Event) -> int:
    """Run one subcommand, print the error that the user can correct, and return the status."""
    try:
        return _run(given, interrupt)
    except typer.TyperException as error:
        message = " ".join(error.format_message().split())
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "videeg"
        print(f"{path}: {message.removesuffix('.')}; see {path} --help", file=sys.stderr)
        return error.exit_code
    except UserError as error:
        print(f"videeg: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader has seen enough, such as head
        _discard_output()
        return 1
    except OSError as error:
        if error.errno is None or (error.filename is None and error.errno not in _NOT_WRITTEN):
            raise
        if error.filename is None:
            _discard_output()  # what it still holds may be what could not be written
        print(f"videeg: {_of_path(error)}", file=sys.stderr)
        return 1
    except MemoryError as error:
        print(f"videeg: {_of_memory(error)}", file=sys.stderr)
        return 1


def _prepare_output() -> None:
    """Let standard output be closed, and names of files be other than text."""
    if sys.stdout is None:
        sys.stdout = io.StringIO()  # nobody reads it
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Forget what standard output still holds; Python would try again at its end."""
    with suppress(OSError, ValueError), Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _of_path(error: OSError) -> UserError:
    """Return the error for a file or folder that no check foresaw."""
    found = str(error.strerror).lower()
    if error.filename is None:  # of a write; standard output may be a file, too
        step = "free some space, or write elsewhere, and run again"
        return UserError("a file", expected="one that can be written", found=found, next_step=step)
    return UserError(
        str(error.filename),
        expected="a file or folder that can be used",
        found=found,
        next_step="correct the path or its permissions",
    )


def _of_memory(error: MemoryError) -> UserError:
    """Return the error for a result that does not fit into memory."""
    return UserError(
        "memory",
        expected="enough for the result",
        found=" ".join(str(error).split()) or "too little",
        next_step="ask for a shorter or smaller one",
    )


def _assembled() -> typer.Typer:
    """Return all commands, with help for a terminal or, in pipes and narrow windows, plain help."""
    width = typer.get_terminal_size().columns
    app = typer.Typer(
        callback=_videeg,
        epilog="Example: videeg generate clip.mp4 -o clip_eeg.fif",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if sys.stdout.isatty() and width >= _NARROW else None,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    for module in (generate, adapt, decode, explore, inspect, evaluate, check, doctor):
        _add(app, module, module.__name__.rpartition(".")[2])
    _add(app, inspect, "info", hidden=True)
    model = typer.Typer(callback=_model, invoke_without_command=True)
    _add(model, model_inspect, "inspect")
    _add(model, model_pack, "pack")
    app.add_typer(model, name="model", short_help=_model.__doc__)
    _add(app, publish, "publish")
    _add(app, render, "render")
    _add(app, config, "config")
    return app


def _add(app: typer.Typer, module: ModuleType, name: str, *, hidden: bool = False) -> None:
    """Add the function `run` of a module; the first paragraph of its docstring is the help."""
    text, _, _ = (introspection.getdoc(module.run) or "").partition("\n\n")
    app.command(
        name,
        cls=getattr(module, "Command", None),
        help=text,
        short_help=text,  # Typer would cut it
        epilog=f"Example: {module.EXAMPLE}",
        hidden=hidden,
    )(module.run)


def _model(context: typer.Context) -> None:
    """Summarise the folder of a generator, or pack that of a run."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"videeg-pipe {__version__}")
        raise typer.Exit


def _videeg(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """EEG generated from video: generate it, look at it, score it."""


if __name__ == "__main__":
    sys.exit(main())

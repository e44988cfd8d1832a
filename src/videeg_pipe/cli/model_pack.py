"""`videeg model pack`: the generator of a run as a folder of its own."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "videeg model pack results -o my-generator"


def run(
    results: Annotated[
        Path, typer.Argument(metavar="RUN", help="Results folder of a run that made its release.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write.")],
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which generator, if the run has several.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the folder of another generator.")
    ] = False,
) -> None:
    """Pack the trained generator of a run into a folder that needs nothing else.

    Raises:
        UserError: if a result of the run is missing or damaged, or the folder exists.
    """
    from videeg_pipe.generator.pack_run import pack_run  # imports torch

    pack_run(results, out, model=model, overwrite=overwrite)
    model = shlex.quote(str(out))
    print(f"{out}: generator of SYNTHETIC EEG; use it with videeg generate --model {model}")

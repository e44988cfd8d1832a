"""`videeg model inspect`: summarise the folder of a generator."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "videeg model inspect results/generator"


def run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a generator.")],
) -> None:
    """Summarise a generator; `videeg inspect` does so as well.

    Raises:
        UserError: if the folder is not a generator's.
    """
    from videeg_pipe.cli.inspect import generator_summary

    print("\n".join(generator_summary(folder)))

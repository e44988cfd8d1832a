"""`videeg explore`: a web page of samples, and of EEG for a video of one's own."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "videeg explore results --open"


def run(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="videeg-gen.h5 or its folder, the results of a run, or the folder of a generator.",
        ),
    ] = Path("results"),
    model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of a generator, for a release without its run."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="N", help="Port (8765, or a free one if it is taken).")
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the default browser.")
    ] = False,
) -> None:
    """Show a release or a generator in the browser, on this computer only.

    Raises:
        UserError: for a path that offers nothing to see, or a port that is taken.
    """
    from videeg_pipe.explore.serve import explore

    explore(path, model=model, port=port, open_browser=open_browser)

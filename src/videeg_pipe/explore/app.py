"""The web application: one page, its files, and the answers to its script."""

from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from videeg_pipe import report
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.explore.contents import Contents
from videeg_pipe.explore.guard import guarded
from videeg_pipe.explore.model import Model
from videeg_pipe.explore.own import Own
from videeg_pipe.explore.samples import Samples

_REPORT = Path(report.__path__[0], "templates")


def make_app(contents: Contents) -> ASGIApp:
    """Make the application for a release, a generator or both.

    Raises:
        UserError: for a release or a generator's folder that is damaged.
    """
    model = Model(contents.generator) if contents.generator else None
    samples = Samples(contents, model) if contents.release else None
    own = Own(model) if model else None
    parts = {"samples": samples, "own": own}
    page = _page(
        title=samples.title if samples else "Generator",
        release=samples is not None,
        generator=own is not None,
        recordings=contents.results is not None,
    )

    def index(request: Request) -> HTMLResponse:
        return HTMLResponse(page)

    def setup(request: Request) -> JSONResponse:
        found: dict[str, Any] = {name: part and part.setup() for name, part in parts.items()}
        return JSONResponse(found | {"bands": BANDS})

    def script(request: Request) -> FileResponse:
        return FileResponse(_REPORT / "drawing.js", media_type="text/javascript")

    def style(request: Request) -> FileResponse:
        return FileResponse(_REPORT / "page.css.j2", media_type="text/css")

    routes = [
        Route("/", index),
        Route("/api/setup", setup),
        Route("/static/drawing.js", script),
        Route("/static/page.css", style),
        Mount("/static", StaticFiles(packages=[("videeg_pipe.explore", "static")])),
        *(samples.routes if samples else ()),
        *(own.routes if own else ()),
    ]
    return guarded(routes)


def _page(**facts: Any) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__name__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("explore.html.j2").render(facts)

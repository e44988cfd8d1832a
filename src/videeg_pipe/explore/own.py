"""EEG for a video that is dropped into the page."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from videeg_pipe.contracts.programs import SUFFIX, is_program
from videeg_pipe.explore.guard import check_origin
from videeg_pipe.explore.model import MOST_BYTES, MOST_S, Model
from videeg_pipe.runtime.disk import is_full

_MOST_NAME = 100


class Own:
    """Uploads, one at a time; each file is deleted after its EEG is generated."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._busy = False

    @property
    def routes(self) -> list[Route]:
        """Address of uploads."""
        return [Route("/api/own", self.upload, methods=["POST"])]

    def setup(self) -> dict[str, Any]:
        """Return what the page needs once, as JSON-able values."""
        return {
            "people": self._model.people,
            "most_bytes": MOST_BYTES,
            "most_s": MOST_S,
            "source": self._model.record["source"],
        }

    async def upload(self, request: Request) -> Response:
        """Answer with EEG for the video in the request's body.

        Parameters: `name` of the file, `subject`, and `mean` for the conditional mean.
        """
        check_origin(request)
        asked = request.query_params
        subject = asked.get("subject") or None
        name = " ".join(asked.get("name", "").split())[:_MOST_NAME] or "the video"
        if self._busy:
            raise HTTPException(409, "another video is being watched; wait for it to end")
        self._busy = True
        try:
            with tempfile.TemporaryDirectory(prefix="videeg-explore-") as folder:
                path = Path(folder, f"upload-of-page{SUFFIX if is_program(name) else ''}")
                await _receive(request, path)
                made = await run_in_threadpool(
                    self._model.generate, path, name, subject, mean="mean" in asked
                )
        except (ClientDisconnect, asyncio.CancelledError):  # page closed, or server ending
            return Response(status_code=503)
        finally:
            self._busy = False
        return JSONResponse(made)


async def _receive(request: Request, path: Path) -> None:
    """Write the body to a file.

    Raises:
        HTTPException: for an empty or a too large body, or a full disk.
    """
    size = 0
    try:
        with path.open("wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > MOST_BYTES:
                    raise HTTPException(
                        413, f"the video is larger than {MOST_BYTES >> 20} MiB; cut or convert it"
                    )
                file.write(chunk)
    except OSError as error:
        if is_full(error, path):
            raise HTTPException(507, "the disk has no space for the video") from None
        raise
    if not size:
        raise HTTPException(400, "the video is empty")

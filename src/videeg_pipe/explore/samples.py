"""Answers about the samples of a release."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from videeg_pipe.explore.browse import FILTERS, Browser
from videeg_pipe.explore.contents import Contents
from videeg_pipe.explore.frames import Frames
from videeg_pipe.explore.model import Model
from videeg_pipe.explore.neighbours import Neighbours
from videeg_pipe.explore.recordings import Recordings
from videeg_pipe.reader.release import load_release
from videeg_pipe.report.head import head_data

PAGE = 50
"""Samples of one page of the list."""
_NEIGHBOURS = 6
_MOST_TEXT = 200
_CONDITION = ("clip_features", "stimulus_track", "subject")


class Samples:
    """The samples, with what the run's results and a generator add to them."""

    def __init__(self, contents: Contents, model: Model | None) -> None:
        """Open the release and read its labels.

        Raises:
            UserError: if it is damaged, or not a release.
        """
        assert contents.release is not None
        self._release = load_release(contents.release, fields=("eeg",))
        self._browser = Browser(self._release)
        self._frames = Frames(self._release, contents.results)
        self._neighbours = Neighbours(self._release)
        self._eeg: dict[str, Callable[[int], NDArray[np.float32]]] = {"generated": self._generated}
        if contents.results is not None:
            recordings = Recordings(contents.results, self._release.channel_names)
            seed = self._browser.seed
            self._eeg["real"] = lambda row: recordings.window(seed(row))
            if recordings.have_truth:
                self._eeg["truth"] = lambda row: recordings.window(seed(row), truth=True)
        if model is not None and model.fits(self._release.channel_names):
            of_condition = self._release.with_fields(_CONDITION)
            self._eeg["mean"] = lambda row: model.conditional_mean(of_condition[row])

    @property
    def routes(self) -> list[Route]:
        """Addresses of the answers."""
        one = "/api/samples/{row:int}"
        return [
            Route("/api/samples", self.search),
            Route(one, self.one),
            Route(f"{one}/eeg/{{kind}}", self.eeg),
            Route(f"{one}/frames", self.frames),
            Route(f"{one}/neighbours", self.neighbours),
        ]

    @property
    def title(self) -> str:
        """Title and version of the release."""
        facts = self._release.attributes
        return f"{facts['title']} {facts.get('version', '')}".strip()

    def setup(self) -> dict[str, Any]:
        """Return what the page needs once, as JSON-able values."""
        release = self._release
        return {
            "n": len(release),
            "page": PAGE,
            "choices": self._browser.choices,
            "kinds": list(self._eeg),
            "frames": self._frames.exist,
            "head": head_data(release.channel_names, release.channel_positions_m, release.sfreq),
        }

    def search(self, request: Request) -> JSONResponse:
        """Answer with one page of the samples that filters and text leave."""
        rows = self._selected(request)
        try:
            first = max(0, int(request.query_params.get("offset", 0)))
        except ValueError:
            raise HTTPException(400, "the offset must be a whole number") from None
        shown = [self._browser.describe(int(row)) for row in rows[first : first + PAGE]]
        return JSONResponse({"total": len(rows), "offset": first, "samples": shown})

    def one(self, request: Request) -> JSONResponse:
        """Answer with the labels of a sample."""
        return JSONResponse(self._browser.describe(self._row(request)))

    def eeg(self, request: Request) -> Response:
        """Answer with EEG, (C, T) float32, little-endian, microvolts."""
        row, kind = self._row(request), request.path_params["kind"]
        if kind not in self._eeg:
            raise HTTPException(404, f"no such kind of EEG here; there are {', '.join(self._eeg)}")
        values = np.ascontiguousarray(self._eeg[kind](row), "<f4")
        return Response(values.tobytes(), media_type="application/octet-stream")

    def frames(self, request: Request) -> Response:
        """Answer with the frames of a sample, as JPEG."""
        row = self._row(request)
        picture = self._frames.strip(row, self._browser.describe(row)["video_id"])
        if picture is None:
            raise HTTPException(404, "no frames of this sample")
        return Response(picture, media_type="image/jpeg")

    def neighbours(self, request: Request) -> JSONResponse:
        """Answer with the nearest of the samples that filters and text leave."""
        row, rows = self._row(request), self._selected(request)
        found, searched = self._neighbours.nearest(row, rows, _NEIGHBOURS)
        shown = [self._browser.describe(at) | {"distance_db": round(db, 2)} for at, db in found]
        return JSONResponse({"total": len(rows), "searched": searched, "samples": shown})

    def _generated(self, row: int) -> NDArray[np.float32]:
        eeg: NDArray[np.float32] = self._release[row]["eeg"]
        return eeg

    def _row(self, request: Request) -> int:
        row: int = request.path_params["row"]
        if row >= len(self._release):
            raise HTTPException(404, f"no such sample; there are {len(self._release)}")
        return row

    def _selected(self, request: Request) -> NDArray[np.intp]:
        chosen = {name: request.query_params.get(name, "") for name in FILTERS}
        return self._browser.select(chosen, request.query_params.get("text", "")[:_MOST_TEXT])

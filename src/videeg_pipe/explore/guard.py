"""What keeps the page on this computer: hosts, origins, headers, and errors without tracebacks."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from videeg_pipe.runtime.errors import UserError

HOSTS = ("127.0.0.1", "localhost")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class _Headers:
    """Add the headers to every response, refusals included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def check_origin(request: Request) -> None:
    """Refuse a request that a page of another site makes.

    Raises:
        HTTPException: unless the browser says that this page makes it.
    """
    if request.headers.get("origin") != f"http://{request.headers['host']}":
        raise HTTPException(403, "only this page may upload")


def _refused(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 400)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def _internal(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "internal error; the terminal shows it"}, 500)


def guarded(routes: Sequence[BaseRoute]) -> ASGIApp:
    """Make an application that answers this computer alone, and never with a traceback."""
    errors: dict[Any, Any] = {UserError: _refused, HTTPException: _http, Exception: _internal}
    # a page of another site whose name leads here (DNS rebinding) sends its own name as the host
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False)
    return _Headers(Starlette(routes=routes, middleware=[hosts], exception_handlers=errors))

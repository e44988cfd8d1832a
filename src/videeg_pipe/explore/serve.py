"""`explore`: the page's server on this computer."""

import socket
import webbrowser
from pathlib import Path

from videeg_pipe.explore.contents import find_contents
from videeg_pipe.reader.readable import check_readable
from videeg_pipe.runtime.errors import UserError

HOST, PORT = "127.0.0.1", 8765
_PARTS = {"starlette", "uvicorn"}


def explore(
    path: str | Path,
    *,
    model: str | Path | None = None,
    port: int | None = None,
    open_browser: bool = False,
) -> None:
    """Serve the page until it is interrupted.

    Args:
        path: videeg-gen.h5, its folder, the results of a run, or the folder of a generator.
        model: Folder of a generator, to be used with a release.
        port: By default 8765, or a free one if that is taken.
        open_browser: Open the page in the default browser.

    Raises:
        UserError: if the path offers nothing to see, its release is damaged, the port is taken, or
            packages are missing.
    """
    contents = find_contents(Path(path), None if model is None else Path(model))
    if contents.release is not None:
        check_readable(contents.release)
    try:
        import uvicorn

        from videeg_pipe.explore.app import make_app
    except ModuleNotFoundError as error:
        if error.name not in _PARTS:
            raise
        raise UserError(
            "videeg explore",
            expected="its packages",
            found=f"no {error.name}",
            next_step="pip install '.[explore]' in the repository",
        ) from None
    app = make_app(contents)
    with _listening(port) as listening:
        address = f"http://{HOST}:{listening.getsockname()[1]}/"
        print(f"{address} (only on this computer; Ctrl-C ends it)", flush=True)
        if open_browser:
            webbrowser.open(address)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="off",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:
            print("ended")


def _listening(port: int | None) -> socket.socket:
    """Return a socket on the loopback interface."""
    tried = [PORT, 0] if port is None else [port]
    for number in tried:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, number))
            listening.listen()  # a browser that is early waits
        except (OSError, OverflowError) as error:
            listening.close()
            problem = getattr(error, "strerror", None) or str(error)
        else:
            return listening
    raise UserError(
        "port",
        expected="a free port from 1 to 65535",
        found=f"{port}, {problem.lower()}",
        next_step="name another one, or none",
    )

"""The page in headless Chromium, driven by a script that a test adds to it."""

import contextlib
import html
import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.responses import HTMLResponse, Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.report.browser import chromium
from videeg_pipe.explore.app import make_app
from videeg_pipe.explore.contents import find_contents
from videeg_pipe.explore.serve import _listening

HELP = """
const find = (id) => document.getElementById(id);
const text = (id) => find(id).textContent;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
async function until(is) {
  for (let i = 0; i < 600 && !is(); i++) await sleep(50);
  if (!is()) throw new Error(`never: ${is}`);
}
const ready = () => until(() => "ready" in document.body.dataset);
const pick = (id, value) => {
  find(id).value = value;
  find(id).dispatchEvent(new Event("change"));
};
const key = (name, on = document.body) =>
  on.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
const line = (id) =>
  (find(id).querySelector("path.chosen") ?? find(id).querySelector("path.line")).getAttribute("d");
"""
"""Functions of drivers."""


_DRIVER = '<script type="module" src="/driver.js"></script></body>'
_PHONE = f'<!doctype html><body><iframe src="/plain" width="390" height="1400"></iframe>{_DRIVER}'


class _Driven:
    """The application with a driver as one more file of its page, whose policy holds.

    `/phone` has the page in a frame as wide as a phone: windows of the browser are wider.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.script = ""
        self.files: dict[str, bytes] = {}
        page = TestClient(app, base_url="http://localhost").get("/")
        policy = page.headers["content-security-policy"]
        self._policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        driven = page.text.replace("</body>", _DRIVER)
        self._pages = {"/": driven, "/plain": page.text, "/phone": _PHONE}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, app = scope["path"], self._app
        if path in self._pages:
            headers = {} if path == "/phone" else {"content-security-policy": self._policy}
            app = HTMLResponse(self._pages[path], headers=headers)
        elif path == "/driver.js":
            app = Response(self.script, media_type="text/javascript")
        elif path in self.files:
            app = Response(self.files[path])
        await app(scope, receive, send)


class Browser:
    """A server of one path and a browser."""

    def __init__(self, app: _Driven, address: str, folder: Path) -> None:
        self._app, self._address, self._folder = app, address, folder

    def drive(
        self, script: str, *, page: str = "", files: dict[str, bytes] | None = None
    ) -> tuple[Any, list[str]]:
        """Load the page, run a script that returns a value, and close the page.

        Args:
            script: Body of an asynchronous function, with the functions of `HELP`.
            page: `phone` for a narrow one.
            files: Further files of the server, by path.

        Returns:
            The value, and the lines of the browser's console.
        """
        self._app.files = files or {}
        self._app.script = (
            f"{HELP}\nlet value; try {{ value = await (async () => {{ {script} }})(); }}"
            "catch (error) { value = { failed: String(error.stack) }; }"
            'const out = document.createElement("pre"); out.id = "driven";'
            "out.textContent = JSON.stringify(value ?? null); document.body.append(out);"
        )
        done = subprocess.run(
            [
                chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
                f"--user-data-dir={self._folder / 'profile'}", "--window-size=1280,1500",
                "--virtual-time-budget=60000", "--enable-logging=stderr", "--v=0",
                self._address + page,
            ],
            capture_output=True,
            text=True,
            timeout=600,
        )  # fmt: skip
        console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        shown = re.search(r'<pre id="driven">(.*?)</pre>', done.stdout, re.DOTALL)
        assert shown, "\n".join(console) or done.stderr[-2000:]
        value = json.loads(html.unescape(shown[1]))
        assert "failed" not in (value or ()), value["failed"]
        return value, console


@contextlib.contextmanager
def browsing(path: Path, folder: Path) -> Iterator[Browser]:
    """Serve a path for a browser, whose profile lies in a folder."""
    chromium()  # skips the test without one
    app = _Driven(make_app(find_contents(path)))
    config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with _listening(0) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield Browser(app, f"http://127.0.0.1:{listening.getsockname()[1]}/", folder)
        server.should_exit = True
        thread.join(20)

"""The page in headless Chromium, controlled by a script of the test, without network."""

import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Path of the browser; without it the test is skipped, or fails in CI without NO_CHROMIUM."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        message = "no Chromium to open the report's page with"
        strict = os.environ.get("CI") == "true" and os.environ.get("NO_CHROMIUM") != "true"
        pytest.fail(message) if strict else pytest.skip(message)
    return found


def drive(page: str, script: str, folder: Path, *, width: int = 1280) -> tuple[Any, list[str]]:
    """Load the page, run a script that returns a value, and close the page.

    The page's security policy holds: only its own script and this one may run.

    Returns:
        The value, and the lines of the browser's console.
    """
    own = (
        "{const out = document.createElement('pre'); out.id = 'driven';"
        f"out.textContent = JSON.stringify((() => {{{script}}})()); document.body.append(out);}}"
    )
    digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
    page = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    file = folder / "driven.html"
    file.write_text(page.replace("</body>", f"<script>{own}</script></body>"), encoding="utf-8")
    done = subprocess.run(
        [
            chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
            f"--user-data-dir={folder / 'profile'}", f"--window-size={width},2000",
            "--virtual-time-budget=5000", "--enable-logging=stderr", "--v=0", file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    shown = re.search(r'<pre id="driven">(.*?)</pre>', done.stdout, re.DOTALL)
    assert shown, "\n".join(console) or done.stderr[-2000:]
    return json.loads(html.unescape(shown[1])), console

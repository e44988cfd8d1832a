"""Fetch a gated file: resumed where it stopped, checked, and silent about credentials."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests

from videeg_pipe.config.source import SourceOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.runtime.progress import progress

logger = logging.getLogger(__name__)

_CHUNK = 1 << 20  # bytes
_TIMEOUT_S = (20, 120)  # to connect, and between two pieces
_PARTIAL, _RANGE_REFUSED = 206, 416
_LOGIN = "set {username} and {password} in the environment to what your mail says"
_ADVICE = {
    401: _LOGIN,
    403: f"{_LOGIN}, or ask BCMI whether the application was granted",
    404: "the link may have expired: ask BCMI for a new one and put it into source.urls",
    410: "the link has expired: ask BCMI for a new one and put it into source.urls",
}
_AGAIN = "run again later: it goes on where it stopped"


def download(source: SourceOptions, *, name: str, out: Path) -> None:
    """Fetch one file of `source.urls`.

    What has arrived stays in `<out>.part` when a try fails, and the next try goes on from there
    where the server can. Credentials come from the environment variables that the config names;
    no message holds a user name, a password or the query of a link.

    Args:
        source: `urls`, `sha256`, `username_env` and `password_env` are read.
        name: Key of `source.urls`.
        out: Where the whole file goes, once its checksum is right.

    Raises:
        UserError: if the server refuses, the transfer breaks off, or another file comes than was
            asked for.
    """
    url = source.urls[name]
    part = out.with_name(f"{out.name}.part")
    out.parent.mkdir(parents=True, exist_ok=True)
    with _writing(part) as file:
        try:
            _fetch(source, url, part, file)
        except requests.RequestException as error:  # its text holds the link with its query
            raise UserError(
                _public(url),
                expected="the whole file",
                found=f"{type(error).__name__} after {file.tell()} bytes",
                next_step=f"check link and network, and {_AGAIN}",
            ) from None
        file.flush()
        os.fsync(file.fileno())
        _check_sha256(source.sha256.get(name), url, part)
        part.replace(out)
        _version_file(part).unlink(missing_ok=True)
    logger.info("%s: %d bytes from %s", out, out.stat().st_size, _public(url))


def _fetch(source: SourceOptions, url: str, part: Path, file: BinaryIO) -> None:
    """Bring the unfinished file to its end."""
    have = file.tell()
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if _version_file(part).is_file():  # the server sends all if the file is another by now
            headers["If-Range"] = _version_file(part).read_text(encoding="utf-8")
    with requests.get(
        url, headers=headers, auth=_credentials(source), stream=True, timeout=_TIMEOUT_S
    ) as response:
        has = response.headers.get("Content-Range", "")
        if response.status_code == _RANGE_REFUSED and has == f"bytes */{have}":
            return  # nothing was missing but the last step
        starts_elsewhere = response.status_code == _PARTIAL and not has.startswith(f"bytes {have}-")
        if starts_elsewhere or response.status_code == _RANGE_REFUSED:
            raise _other_file(url, part, f"Content-Range {has!r} for byte {have} on")
        _check_status(response, source, url)
        _receive(response, part, file, url)


def _receive(response: requests.Response, part: Path, file: BinaryIO, url: str) -> None:
    length = response.headers.get("Content-Length")
    total = None if length is None else -(-int(length) // _CHUNK)
    resumes = response.status_code == _PARTIAL
    pieces = response.iter_content(_CHUNK)
    for number, piece in enumerate(progress(pieces, f"{part.stem} (MiB)", total)):
        if number == 0 and not resumes:
            _refuse_web_page(response, piece, url)
            file.truncate(0)
            _remember_version(response, part)
        file.write(piece)


def _check_status(response: requests.Response, source: SourceOptions, url: str) -> None:
    status = response.status_code
    if response.ok:
        return
    advice = _ADVICE.get(status, _AGAIN)
    raise UserError(
        _public(url),
        expected="a file",
        found=f"HTTP status {status}",
        next_step=advice.format(username=source.username_env, password=source.password_env),
    )


def _refuse_web_page(response: requests.Response, start: bytes, url: str) -> None:
    kind = response.headers.get("Content-Type", "").lower()
    tag = start.lstrip()[:14].lower()
    if kind.startswith("text/html") or tag.startswith((b"<!doctype html", b"<html")):
        raise UserError(
            _public(url),
            expected="a file",
            found="a web page, maybe one to log in",
            next_step="open the link in a browser and put the link of the file into source.urls",
        )


def _check_sha256(expected: str | None, url: str, part: Path) -> None:
    found = sha256_file(part)
    if expected is not None and found != expected.lower():
        raise _other_file(url, part, f"{found}, not {expected} of source.sha256")


def _other_file(url: str, part: Path, found: str) -> UserError:
    """Make the error for bytes that are of no use; they go, so that the next try starts anew."""
    part.unlink()
    _version_file(part).unlink(missing_ok=True)
    return UserError(
        _public(url),
        expected="the file that was asked for",
        found=found,
        next_step="run again, or correct source.sha256",
    )


@contextmanager
def _writing(part: Path) -> Iterator[BinaryIO]:
    """Open the unfinished file at its end; only one process may write it."""
    with part.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                str(part),
                expected="one download of it at a time",
                found="another that is still running",
                next_step="wait for it, or end it",
            ) from None
        try:
            yield file
        finally:
            file.flush()
            if part.is_file() and not part.stat().st_size:
                part.unlink()


def _remember_version(response: requests.Response, part: Path) -> None:
    """Keep what tells this version of the file, so that two are never joined."""
    tag = response.headers.get("ETag", "")
    version = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
    if version:
        _version_file(part).write_text(version, encoding="utf-8")
    else:
        _version_file(part).unlink(missing_ok=True)


def _version_file(part: Path) -> Path:
    return part.with_name(f"{part.name}-version")


def _credentials(source: SourceOptions) -> tuple[bytes, bytes] | None:
    user, password = os.environ.get(source.username_env), os.environ.get(source.password_env)
    if user is None and password is None:
        return None
    return (user or "").encode(), (password or "").encode()  # requests would take Latin-1


def _public(url: str) -> str:
    """Return a link without user, password, query and fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

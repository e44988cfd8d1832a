"""Download of access-restricted files: resumed, checked, and without credentials in messages."""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin

import requests

from videeg_pipe.acquire.links import public, whole_link
from videeg_pipe.config.source import SourceOptions, is_protected
from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file, sync
from videeg_pipe.runtime.lock import only_writer
from videeg_pipe.runtime.progress import progress

logger = logging.getLogger(__name__)

_CHUNK = 1 << 20  # bytes
_TIMEOUT_S = (20, 120)  # to connect, and between two chunks
_PARTIAL, _RANGE_REFUSED = 206, 416
_LOGIN = "set {username} and {password} in the environment to the values in your mail"
_ADVICE = {
    401: _LOGIN,
    403: f"{_LOGIN}, or ask BCMI whether the application was granted",
    404: "the link may have expired: ask BCMI for a new one and put it into source.urls",
    410: "the link has expired: ask BCMI for a new one and put it into source.urls",
}
_PASSING = {408, 425, 429}  # a timeout, and too many requests
_AGAIN = "run again later: the download resumes"


class _PassingError(Exception):
    """A failure that another try may not have; its text has no credentials."""


def download(
    source: SourceOptions, *, name: str, out: Path, pauses_s: Sequence[float] = ()
) -> None:
    """Download one file of `source.urls`.

    After a failure the received bytes stay in `<out>.part`, and the next try resumes from there if
    the server supports it. Credentials come from the environment variables that the configuration
    names. No message contains a user name, a password or the query of a link.

    Args:
        source: `urls`, `sha256`, `username_env` and `password_env` are read.
        name: Key of `source.urls`.
        out: Path of the file; it appears when complete and its checksum is right.
        pauses_s: Seconds before each further try after a failure of the network or the server. A
            refusal, such as of a password, is never tried again: the user has to act.

    Raises:
        UserError: if the server refuses, the transfer breaks off, or the file has another checksum
            than expected.
    """
    url = whole_link(name, source.urls[name])
    part = out.with_name(f"{out.name}.part")
    out.parent.mkdir(parents=True, exist_ok=True)
    with _writing(part) as file:
        for pause_s in (*pauses_s, None):
            received = file.tell()
            try:
                _fetch(source, url, part, file)
                break
            except _PassingError as error:
                found = str(error)
            except requests.RequestException as error:  # its text contains the link with its query
                found = f"{type(error).__name__} after {file.tell()} bytes"
            if pause_s is None:
                raise UserError(
                    public(url),
                    expected="the whole file",
                    found=found,
                    next_step=f"check link and network, and {_AGAIN}",
                    passing=True,
                )
            logger.warning("%s: %s; tried again", public(url), found)
            file.flush()
            time.sleep(pause_s if file.tell() == received else 0)  # not after progress
        file.flush()
        os.fsync(file.fileno())
        sha256 = _check_sha256(source.sha256.get(name), url, part)
        part.replace(out)
        sync(out.parent)
        _version_file(part).unlink(missing_ok=True)
    logger.info("%s: %d bytes from %s", out, out.stat().st_size, public(url))
    if name not in source.sha256:
        logger.warning(
            "%s: not verified, source.sha256 has no checksum for %s; its SHA-256 is %s",
            *(out, name, sha256),
        )


def _fetch(source: SourceOptions, url: str, part: Path, file: BinaryIO) -> None:
    """Download the rest of the unfinished file."""
    received = file.tell()
    headers = {"Accept-Encoding": "identity"}
    if received:
        headers["Range"] = f"bytes={received}-"
        if _version_file(part).is_file():  # the server sends the whole file if it has changed
            headers["If-Range"] = _version_file(part).read_text(encoding="utf-8")
    with requests.get(
        url,
        headers=headers,
        auth=_credentials(source),
        stream=True,
        timeout=_TIMEOUT_S,
        hooks={"response": _refuse_http},
    ) as response:
        content_range = response.headers.get("Content-Range", "")
        if response.status_code == _RANGE_REFUSED and content_range == f"bytes */{received}":
            return  # all bytes had been received
        starts_elsewhere = response.status_code == _PARTIAL and not content_range.startswith(
            f"bytes {received}-"
        )
        if starts_elsewhere or response.status_code == _RANGE_REFUSED:
            raise _other_file(url, part, f"Content-Range {content_range!r} for byte {received} on")
        _check_status(response, source, url)
        _receive(response, part, file, url)


def _receive(response: requests.Response, part: Path, file: BinaryIO, url: str) -> None:
    length = response.headers.get("Content-Length")
    total = None if length is None else -(-int(length) // _CHUNK)
    resumes = response.status_code == _PARTIAL
    if length is not None:
        check_space(part, int(length))
    chunks = response.iter_content(_CHUNK)
    for number, chunk in enumerate(progress(chunks, f"{part.stem} (MiB)", total)):
        if number == 0 and not resumes:
            _refuse_web_page(response, chunk, url)
            file.truncate(0)
            _store_version(response, part)
        file.write(chunk)


def _refuse_http(response: requests.Response, **_: Any) -> None:
    """Refuse a redirection to http before it is followed."""
    target = urljoin(response.url, response.headers["Location"]) if response.is_redirect else None
    if target is not None and not is_protected(target):
        raise UserError(
            public(response.url),
            expected="a file, or a redirection to an https link",
            found=f"a redirection to {public(target)}",
            next_step="ask BCMI for an https link and put it into source.urls",
        )


def _check_status(response: requests.Response, source: SourceOptions, url: str) -> None:
    status = response.status_code
    if response.ok:
        return
    if status in _PASSING or status >= 500:
        raise _PassingError(f"HTTP status {status}")
    advice = _ADVICE.get(status, _AGAIN)
    raise UserError(
        public(url),
        expected="a file",
        found=f"HTTP status {status}",
        next_step=advice.format(username=source.username_env, password=source.password_env),
    )


def _refuse_web_page(response: requests.Response, start: bytes, url: str) -> None:
    kind = response.headers.get("Content-Type", "").lower()
    tag = start.lstrip()[:14].lower()
    if kind.startswith("text/html") or tag.startswith((b"<!doctype html", b"<html")):
        raise UserError(
            public(url),
            expected="a file",
            found="a web page, perhaps a login",
            next_step="open the link in a browser and put the file's own link into source.urls",
        )


def _check_sha256(expected: str | None, url: str, part: Path) -> str:
    """Return the checksum of a file, which must be the expected one."""
    found = sha256_file(part)
    if expected is not None and found != expected.lower():
        raise _other_file(url, part, f"{found}, not {expected} of source.sha256")
    return found


def _other_file(url: str, part: Path, found: str) -> UserError:
    """Make the error for unusable bytes, and delete them so that the next try starts afresh."""
    part.unlink()
    _version_file(part).unlink(missing_ok=True)
    return UserError(
        public(url),
        expected="the requested file",
        found=found,
        next_step="run again, or correct source.sha256",
        passing=True,
    )


@contextmanager
def _writing(part: Path) -> Iterator[BinaryIO]:
    """Open the unfinished file at its end; only one process may write it."""
    lock = part.with_name(f"{part.name}.lock")
    with only_writer(lock), part.open("ab") as file:
        try:
            yield file
        finally:
            file.flush()
            if part.is_file() and not part.stat().st_size:
                part.unlink()
            lock.unlink()


def _store_version(response: requests.Response, part: Path) -> None:
    """Store the version of the file, so that parts of two versions are never joined."""
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
    return (user or "").encode(), (password or "").encode()  # requests would encode as Latin-1

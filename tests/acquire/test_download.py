"""Downloads from a local server with the faults of real ones."""

import base64
import hashlib
import logging
import os
import re
import shutil
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import numpy as np
import pytest

from tests.workflow.clone import make_clone, run_snakemake, write_config
from videeg_pipe.acquire.download import download
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.lock import only_writer

CONTENT = np.random.default_rng(0).bytes(3 * 2**20 + 17)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
USER, PASSWORD, TOKEN = "äüser", "pässword of BCMI", "t0ken-of-the-mail"
NAME = "EEG/sub1.npy"


class Handler(BaseHTTPRequestHandler):
    """Serves `server.content`, with Range unless `ranges` is off."""

    def do_GET(self):
        behaviour = self.server.behaviour
        self.server.asked.append(self.headers.get("Range"))
        if behaviour.password is not None and not self._allowed(behaviour.password):
            return self._answer(401, b"who are you?", "text/plain")
        if behaviour.status != 200:
            return self._answer(behaviour.status, b"no", "text/plain")
        if behaviour.moved_to and not self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", behaviour.moved_to)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if behaviour.page:
            return self._answer(200, behaviour.page, behaviour.page_type)
        self._send_file(behaviour)

    def _allowed(self, password):
        expected = base64.b64encode(f"{USER}:{password}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _answer(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_file(self, behaviour):
        content, start, status = behaviour.content, 0, 200
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, behaviour.etag)
        if match and behaviour.ranges and same:
            start, status = int(match[1]), 206
            if start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content) - start))
        if behaviour.etag:
            self.send_header("ETag", behaviour.etag)
        if status == 206:
            last = len(content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(content)}")
        self.end_headers()
        self.wfile.write(content[start : start + (behaviour.stop_after or len(content))])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.asked = []
        made.behaviour = SimpleNamespace(
            content=CONTENT, ranges=True, etag='"v1"', stop_after=None, password=None, status=200,
            page=None, page_type="text/html; charset=utf-8", moved_to=None,
        )  # fmt: skip
        Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def fetch(server, tmp_path):
    """Download from the server; the file's path is `fetch.out`."""
    out = tmp_path / 'it\'s "data" für' / "EEG" / "sub1.npy"

    def run(pauses_s=(), **options):
        url = f"http://127.0.0.1:{server.server_port}/share/sub1.npy?token={TOKEN}"
        values = {"kind": "seed-dv", "path": "data", "urls": {NAME: url}} | options
        download(SourceOptions(**values), name=NAME, out=out, pauses_s=pauses_s)

    run.out = out
    run.part = out.with_name("sub1.npy.part")
    return run


def interrupt(server, fetch, after=2**20 + 5):
    server.behaviour.stop_after = after
    with pytest.raises(UserError, match=r"found \w+ after \d+ bytes.*the download resumes"):
        fetch()
    server.behaviour.stop_after = None
    assert not fetch.out.exists()
    return fetch.part.stat().st_size


def left(fetch):
    return sorted(path.name for path in fetch.out.parent.iterdir())


def test_a_file_arrives_complete_and_without_leftovers(fetch):
    fetch(sha256={NAME: SHA256.upper()})
    assert fetch.out.read_bytes() == CONTENT
    assert left(fetch) == ["sub1.npy"]


def test_an_interrupted_download_resumes(server, fetch):
    size = interrupt(server, fetch)
    assert 0 < size < len(CONTENT)
    fetch(sha256={NAME: SHA256})
    assert server.asked == [None, f"bytes={size}-"]
    assert fetch.out.read_bytes() == CONTENT
    assert left(fetch) == ["sub1.npy"]


def test_a_server_without_ranges_sends_all_again(server, fetch):
    server.behaviour.ranges = False
    assert interrupt(server, fetch)
    fetch(sha256={NAME: SHA256})
    assert fetch.out.read_bytes() == CONTENT


def test_two_versions_of_a_file_are_never_joined(server, fetch):
    assert interrupt(server, fetch)
    server.behaviour.etag = '"v2"'
    server.behaviour.content = CONTENT[::-1]
    fetch()
    assert fetch.out.read_bytes() == CONTENT[::-1]


def test_a_download_without_a_version_resumes_too(server, fetch):
    server.behaviour.etag = None
    size = interrupt(server, fetch)
    fetch()
    assert server.asked[-1] == f"bytes={size}-"
    assert fetch.out.read_bytes() == CONTENT


def test_a_download_killed_before_the_rename_is_finished(server, fetch):
    fetch.part.parent.mkdir(parents=True)
    fetch.part.write_bytes(CONTENT)
    fetch(sha256={NAME: SHA256})
    assert server.asked == [f"bytes={len(CONTENT)}-"]
    assert fetch.out.read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_discarded(fetch):
    fetch.part.parent.mkdir(parents=True)
    fetch.part.write_bytes(CONTENT + b"more")
    with pytest.raises(UserError, match="run again"):
        fetch()
    fetch()
    assert fetch.out.read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_only_the_old_file(server, fetch):
    fetch()
    server.behaviour.content = CONTENT[:-1] + b"?"
    with pytest.raises(UserError, match=rf"sub1\.npy.*not {SHA256} of source\.sha256"):
        fetch(sha256={NAME: SHA256})
    assert left(fetch) == ["sub1.npy"]
    assert fetch.out.read_bytes() == CONTENT
    server.behaviour.content = CONTENT
    fetch(sha256={NAME: SHA256})


def test_credentials_come_from_the_environment(server, fetch, monkeypatch):
    server.behaviour.password = PASSWORD
    with pytest.raises(UserError, match=r"HTTP status 401; set VIDEEG_USERNAME and VIDEEG_PASS"):
        fetch()
    monkeypatch.setenv("MY_USER", USER)
    monkeypatch.setenv("MY_PASSWORD", PASSWORD)
    fetch(username_env="MY_USER", password_env="MY_PASSWORD")
    assert fetch.out.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password": "another"}, r"HTTP status 401; set VIDEEG_USERNAME"),
        ({"status": 403}, r"HTTP status 403; set VIDEEG_USERNAME.*application was granted"),
        ({"status": 404}, r"HTTP status 404; the link may have expired"),
        ({"status": 503}, r"HTTP status 503; check link and network, and run again later"),
        ({"page": b"<p>log in"}, r"a web page, perhaps a login"),
        ({"page": b"\n<!DOCTYPE html>", "page_type": "application/octet-stream"}, r"a web page"),
        ({"stop_after": 5000}, r"found \w+ after \d+ bytes"),
    ],
)
def test_refusals_name_the_next_step_and_no_credentials(
    change, message, server, fetch, monkeypatch, caplog
):
    monkeypatch.setenv("VIDEEG_USERNAME", USER)
    monkeypatch.setenv("VIDEEG_PASSWORD", PASSWORD)
    vars(server.behaviour).update(change)
    caplog.set_level(logging.INFO)
    with pytest.raises(UserError, match=message) as error:
        fetch()
    assert "\n" not in str(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None
    for secret in (USER, PASSWORD, TOKEN):
        assert secret not in str(error.value) + caplog.text
    assert not fetch.out.exists()


def test_a_refusal_keeps_the_received_bytes(server, fetch):
    size = interrupt(server, fetch)
    for change in ({"status": 403}, {"status": 200, "page": b"<html>log in</html>"}):
        vars(server.behaviour).update(change)
        with pytest.raises(UserError):
            fetch()
        assert fetch.part.stat().st_size == size
    server.behaviour.page = None
    fetch(sha256={NAME: SHA256})


def test_a_refusal_at_the_start_leaves_no_empty_file(server, fetch):
    server.behaviour.status = 404
    with pytest.raises(UserError):
        fetch()
    assert left(fetch) == []


def test_a_file_that_moved_is_found(server, fetch):
    server.behaviour.moved_to = f"http://127.0.0.1:{server.server_port}/moved/sub1.npy"
    fetch(sha256={NAME: SHA256})
    assert fetch.out.read_bytes() == CONTENT


def test_a_redirection_to_http_on_another_machine_is_not_followed(server, fetch):
    server.behaviour.moved_to = f"http://0.0.0.0:{server.server_port}/moved/sub1.npy?token={TOKEN}"
    with pytest.raises(UserError, match=r"a redirection to http://0\.0\.0\.0:\d+/moved") as error:
        fetch()
    assert TOKEN not in str(error.value)
    assert server.asked == [None]
    assert left(fetch) == []


def test_an_unreachable_server_leaks_no_credentials(tmp_path):
    url = f"http://{USER}:{PASSWORD}@127.0.0.1:9/sub1.npy?token={TOKEN}"
    source = SourceOptions(kind="seed-dv", path="data", urls={NAME: url})
    with pytest.raises(
        UserError, match=r"^http://127\.0\.0\.1:9/sub1\.npy; .*ConnectionE"
    ) as error:
        download(source, name=NAME, out=tmp_path / "sub1.npy")
    for secret in (USER, PASSWORD, TOKEN):
        assert secret not in str(error.value)


def test_a_failure_of_the_server_is_tried_again(server, fetch):
    server.behaviour.stop_after = 2**20
    fetch(pauses_s=(0, 0, 0), sha256={NAME: SHA256})  # one chunk each
    assert len(server.asked) == 4
    assert fetch.out.read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "tries"), [(401, 1), (404, 1), (451, 1), (503, 3), (429, 3)])
def test_a_refusal_is_not_tried_again(server, fetch, monkeypatch, status, tries):
    server.behaviour.status, paused = status, []
    monkeypatch.setattr("time.sleep", paused.append)
    with pytest.raises(UserError, match=f"HTTP status {status};") as refused:
        fetch(pauses_s=(5, 9))
    assert refused.value.passing is (tries > 1)  # whether a cluster tries the job again
    assert paused == [5, 9][: tries - 1]


def test_a_file_that_cannot_fit_is_refused(fetch, monkeypatch):
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20, total=2**30, used=0)
    )
    with pytest.raises(UserError, match=r"3\.1 MB free on its disk; found 1\.0 MB of"):
        fetch(pauses_s=(5, 9))


def test_a_second_download_of_the_same_file_is_refused(fetch):
    lock = fetch.part.with_name(f"{fetch.part.name}.lock")
    with only_writer(lock), pytest.raises(UserError, match="still running; wait until it ends"):
        fetch()
    fetch()
    assert not fetch.part.exists() and not lock.exists()


@pytest.mark.slow
def test_the_rule_retries_and_keeps_existing_files(server, tmp_path):
    clone = make_clone(tmp_path / "it's a clone")
    server.behaviour.stop_after = 2**20
    url = f"http://127.0.0.1:{server.server_port}/sub1.npy?token={TOKEN}"
    source = {"kind": "seed-dv", "path": "my data", "urls": {NAME: url}, "sha256": {NAME: SHA256}}
    config = write_config(tmp_path / "config.yaml", source=source)
    done = run_snakemake(clone, "--until", "download", "--configfile", str(config))
    assert done.returncode == 0, done.stderr
    assert (clone / "my data" / NAME).read_bytes() == CONTENT
    assert server.asked[0] is None
    assert len(server.asked) == 4  # one chunk each
    log = (clone / "results" / "logs" / "download_EEG" / "sub1.npy.log").read_text()
    assert TOKEN not in done.stdout + done.stderr + log
    folders = (clone / ".snakemake", clone / "results", clone / "my data")
    written = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert [path for path in written if TOKEN.encode() in path.read_bytes()] == []
    write_config(config, source=source | {"urls": {NAME: f"{url}2"}})  # a new link came by mail
    done = run_snakemake(clone, "acquire", "--dry-run", "--configfile", str(config))
    assert done.returncode == 0, done.stderr
    assert "rule acquire" in done.stdout
    assert "rule download" not in done.stdout


def test_a_file_without_a_checksum_in_the_options_is_named_with_its_own(fetch, caplog):
    fetch(sha256={NAME: SHA256})
    assert "source.sha256" not in caplog.text
    fetch.out.unlink()
    fetch()
    assert f"source.sha256 has no checksum for {NAME}; its SHA-256 is {SHA256}" in caplog.text


def test_success_is_logged_without_credentials(fetch, caplog):
    caplog.set_level(logging.INFO)
    fetch()
    assert f"{len(CONTENT)} bytes from http://127.0.0.1" in caplog.text
    assert TOKEN not in caplog.text
    assert os.environ.get("VIDEEG_PASSWORD") is None

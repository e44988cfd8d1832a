"""The page, its files, and whom the server answers."""

import html.parser

import numpy as np
import pytest

from benchmarks.reader import write_samples
from tests.explore.conftest import client_of
from videeg_pipe.explore.samples import Samples

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
TRAVERSAL = (
    "/static/../explore/app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fapp.py",
    "/static/%2fetc%2fpasswd",
    "/static//etc/passwd",
    "/../../../etc/passwd",
    "/api/samples/..%2f..%2fetc%2fpasswd",
    "/api/samples/-1",
    "/api/samples/0/eeg/..%2f..%2fmodel.json",
    "/api/samples/0/frames/..%2f..%2fvideo1.mp4",
    "/eeg/index.json",
    "/release/videeg-gen.h5",
    "/pseudonyms.csv",
)


class Tags(html.parser.HTMLParser):
    """Tags of a page with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_page_and_its_files_come_from_this_server_alone(client):
    page = client.get("/")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    tags = Tags(page.text).found
    addresses = [attrs[name] for _, attrs in tags for name in ("src", "href") if name in attrs]
    local = [one for one in addresses if one.startswith("/static/")]
    assert len(local) == 4
    assert {one.split(":")[0][0] for one in addresses if one not in local} <= {"d", "#"}
    for address in local:
        file = client.get(address)
        assert file.status_code == 200 and "://" not in file.text.replace("http://www.w3.org", "")
    kinds = {client.get(one).headers["content-type"].split(";")[0] for one in local}
    assert kinds == {"text/css", "text/javascript"}


def test_no_script_or_style_is_inline(client):
    for tag, attrs in Tags(client.get("/").text).found:
        assert tag != "style" and "style" not in attrs
        assert tag != "script" or "src" in attrs
        assert not [name for name in attrs if name.startswith("on")]


@pytest.mark.parametrize("address", ["/", "/static/explore.js", "/api/samples/0/eeg/real", "/no"])
def test_the_policy_holds_for_every_answer(client, address):
    headers = client.get(address).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'" and policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'" and policy["frame-ancestors"] == "'none'"
    assert not [value for value in policy.values() if "unsafe" in value or "*" in value]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example",
     "192.168.1.5:8765", "0.0.0.0", "[::1", "", "127.0.0.1@evil.example"],
)  # fmt: skip
def test_other_hosts_are_refused(client, host):
    """A name of another site that leads to this computer (DNS rebinding)."""
    for address in ("/", "/api/samples/0/eeg/real"):
        answer = client.get(address, headers={"host": host})
        assert answer.status_code == 400 and len(answer.content) < 100


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1", "localhost:8765", "LOCALHOST"])
def test_this_computer_is_answered(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", TRAVERSAL)
def test_no_path_leads_outside(client, path):
    answer = client.get(path)
    assert answer.status_code == 404 and len(answer.content) < 300


def test_nothing_can_be_changed(client, run):
    before = {path: path.stat().st_mtime_ns for path in sorted(run.rglob("*"))}
    for address in ("/", "/api/samples", "/api/samples/0", "/static/explore.js"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.request(method, address).status_code == 405
    assert {path: path.stat().st_mtime_ns for path in sorted(run.rglob("*"))} == before


def test_no_traceback_leaves_the_server(run, monkeypatch):
    def broken(self, request):
        raise ValueError("a secret of the program")

    monkeypatch.setattr(Samples, "one", broken)
    answer = client_of(run, raise_server_exceptions=False).get("/api/samples/0")
    assert answer.status_code == 500
    assert answer.json() == {"error": "internal error; the terminal shows it"}
    assert "content-security-policy" in answer.headers


def test_hostile_titles_and_labels_are_text(tmp_path):
    import h5py

    path = tmp_path / "videeg-gen.h5"
    labels = {name: [HOSTILE, "b"] for name in ("sample_id", "subject", "concept", "video_id")}
    write_samples(path, np.zeros((2, 4, 8), np.float32), ("FZ", "CZ", "PZ", "OZ"), labels)
    with h5py.File(path, "a") as file:
        file.attrs["title"] = HOSTILE
    client = client_of(path)
    page = client.get("/").text
    assert "<script>alert" not in page and "<img src=x" not in page and "&lt;script&gt;" in page
    listed = client.get("/api/samples")
    assert listed.headers["content-type"] == "application/json"
    assert listed.json()["samples"][0]["concept"] == HOSTILE


def test_a_release_alone_offers_neither_recordings_nor_uploads(alone):
    client = client_of(alone)
    found = client.get("/api/setup").json()
    assert found["own"] is None and found["samples"]["kinds"] == ["generated"]
    assert not found["samples"]["frames"]
    page = client.get("/").text
    assert "recordings" not in page and 'id="file"' not in page
    assert client.get("/api/samples/0/eeg/real").status_code == 404
    assert client.get("/api/samples/0/frames").status_code == 404
    assert client.post("/api/own", headers={"origin": "http://127.0.0.1:8765"}).status_code == 404


def test_a_generator_alone_offers_uploads_only(run):
    client = client_of(run / "generator")
    found = client.get("/api/setup").json()
    assert found["samples"] is None and found["own"]["people"] == ["sub1", "sub2"]
    assert 'id="list"' not in client.get("/").text
    assert client.get("/api/samples").status_code == 404

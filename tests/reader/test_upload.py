"""An upload is described to the byte, for releases that may be shared, and never made."""

import json
import os
import shutil
import socket
import subprocess
import sysconfig
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import h5py
import pytest
import yaml

from tests.release.parts import NAMES, write_release
from videeg_pipe import load_release
from videeg_pipe.cli.main import main
from videeg_pipe.contracts.sharing import QUESTION
from videeg_pipe.reader.upload import plan_upload
from videeg_pipe.runtime.errors import UserError

RECORDED = {"kind": "bids", "licence": "CC-BY-4.0", "video_licence": "CC-BY-4.0"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("no connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def folder(released, tmp_path):
    return shutil.copytree(released, tmp_path / "my release")


def change_card(folder, old, new):
    card = folder / "README.md"
    card.write_text(card.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    list_again(card)


def list_again(path):
    """Correct the checksum of a file that was changed."""
    listed = path.with_name("SHA256SUMS")
    sums = [line for line in listed.read_text().splitlines() if path.name not in line]
    sums.append(f"{sha256(path.read_bytes()).hexdigest()}  {path.name}")
    listed.write_text("\n".join(sums) + "\n")


def test_files_sizes_and_metadata_are_those_of_the_release(folder, tmp_path, capsys):
    (folder / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    plan = plan_upload(folder)
    assert plan.answer.startswith("Yes, under CC-BY-4.0.") and plan.left_out == ["notes.txt"]
    zenodo, hub = plan.uploads
    assert zenodo.files == {name: (folder / name).stat().st_size for name in zenodo.files}
    assert set(zenodo.files) == set(NAMES)
    facts = json.loads(zenodo.metadata)["metadata"]
    assert facts["license"] == "cc-by-4.0" and "SYNTHETIC" in facts["title"]
    assert facts["creators"] == [{"name": "VidEEG-Gen contributors"}]
    assert f"'{folder}/LICENSE' \"$BUCKET\"/LICENSE" in "\n".join(zenodo.commands)
    made = load_release(folder / "videeg-gen.h5").to_huggingface(tmp_path / "hub")
    sizes = {str(p.relative_to(made)): p.stat().st_size for p in made.rglob("*") if p.is_file()}
    assert hub.files == sizes
    assert yaml.safe_load(hub.metadata)["license"] == "cc-by-4.0"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert main(["publish", str(folder), "--dry-run"]) == 0
    printed = capsys.readouterr().out
    (folder.parent / "results").mkdir()
    shutil.copytree(folder, folder.parent / "results" / "release")
    assert main(["publish", str(folder.parent / "results"), "--dry-run"]) == 0
    assert "/results/release/videeg-gen.h5" in capsys.readouterr().out
    assert "Dry run: nothing was uploaded" in printed
    assert f"{zenodo.files['videeg-gen.h5']:,}  videeg-gen.h5" in printed


@pytest.mark.parametrize(
    ("answer", "message"),
    [("**Not yet.** Not stated: release.consent.", "found Not yet; Not stated: release.consent"),
     ("**No.** The samples copy recordings.", "found No; The samples copy recordings")],
)  # fmt: skip
def test_a_release_that_must_not_be_shared_is_refused(folder, answer, message):
    card = (folder / "README.md").read_text(encoding="utf-8")
    (line,) = [one for one in card.splitlines() if one.startswith("**Yes, under")]
    change_card(folder, line, answer)
    with pytest.raises(UserError, match=rf'README\.md; expected "Yes" to .*; {message}'):
        plan_upload(folder)
    change_card(folder, f"## {QUESTION}", "## Nothing")
    with pytest.raises(UserError, match="the box"):
        plan_upload(folder)


def test_recordings_without_stated_consent_are_refused_by_their_card(results, tmp_path):
    """With the card that a run writes for them."""
    root, _ = results
    copy = shutil.copytree(root, tmp_path / "results")
    shutil.rmtree(copy / "release", ignore_errors=True)
    folder = write_release(copy, **RECORDED)
    with pytest.raises(UserError, match=r"found (Not yet|No); .*release\.consent"):
        plan_upload(folder)


@pytest.mark.parametrize("name", ["license", "authors", "version", "description"])
def test_a_release_that_lacks_a_statement_is_refused_in_one_line(folder, capsys, name):
    with h5py.File(folder / "videeg-gen.h5", "r+") as file:
        del file.attrs[name]
    list_again(folder / "videeg-gen.h5")
    assert main(["publish", str(folder), "--dry-run"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"description; found no {name}; make the release again" in line


def test_a_card_of_other_bytes_is_refused_in_one_line(folder, capsys):
    card = folder / "README.md"
    card.write_bytes(card.read_bytes() + b"\xff\xfe")
    list_again(card)
    assert main(["publish", str(folder), "--dry-run"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "README.md; expected text in UTF-8; found other bytes" in line


@pytest.mark.parametrize(
    "given", ["10.1234/a.b-5", "https://doi.org/10.1234/a.b-5", "doi:10.1234/a.b-5"]
)
def test_the_recordings_are_a_related_work(folder, given):
    zenodo, _ = plan_upload(folder, derived_from=given).uploads
    facts = json.loads(zenodo.metadata)["metadata"]
    (related,) = facts["related_identifiers"]
    assert (related["identifier"], related["relation"]) == ("10.1234/a.b-5", "isDerivedFrom")
    assert "--derived-from" not in "\n".join(zenodo.commands)


def test_recordings_without_a_doi_are_a_reminder(folder, capsys):
    zenodo, _ = plan_upload(folder).uploads
    assert "related_identifiers" not in zenodo.metadata
    assert "--derived-from" in zenodo.commands[-2]
    assert main(["publish", str(folder), "--dry-run", "--derived-from", "openneuro"]) == 1
    assert "--derived-from; expected a DOI" in capsys.readouterr().err


def test_changed_files_and_foreign_names_are_refused(folder):
    with (folder / "LICENSE").open("a") as file:
        file.write("more")
    with pytest.raises(UserError, match=r"LICENSE; expected SHA-256"):
        plan_upload(folder)
    with (folder / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  ../secret\n")
    with pytest.raises(UserError, match=r"in this folder; found \.\./secret"):
        plan_upload(folder)


@pytest.fixture
def zenodo():
    """Address of a server with Zenodo's two calls, and the requests that it got."""
    got = {}

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got[self.path] = self.headers["Authorization"], self.headers["Content-Type"], body
            bucket = f"http://127.0.0.1:{self.server.server_port}/api/files/a-bucket"
            answer = json.dumps({"links": {"bucket": bucket}}).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_PUT(self):
            got[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201 if self.headers["Authorization"] == "Bearer secret" else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def test_the_commands_for_zenodo_send_all_files(folder, zenodo, tmp_path):
    address, got = zenodo
    upload, _ = plan_upload(folder).uploads
    (tmp_path / "zenodo.json").write_text(upload.metadata, encoding="utf-8")
    script = "set -e\n" + "\n".join(upload.commands).replace("https://zenodo.org", address)
    done = subprocess.run(["bash", "-c", script], input="secret\n", cwd=tmp_path, text=True,
                          capture_output=True, env=os.environ | {"no_proxy": "*"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    token, kind, body = got.pop("/api/deposit/depositions")
    assert (token, kind) == ("Bearer secret", "application/json")
    assert json.loads(body) == json.loads(upload.metadata)
    assert got == {f"/api/files/a-bucket/{name}": (folder / name).read_bytes() for name in NAMES}


def test_the_hub_knows_the_options_of_its_commands(folder):
    """Against an address where nothing listens: another error than that of a wrong command."""
    _, hub = plan_upload(folder).uploads
    (folder / "hub").mkdir()
    (upload,) = [line for line in hub.commands if line.startswith("hf upload")]
    path = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
    nowhere = {"PATH": path, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "none"}
    for command, message in ((upload, "refused"), (f"{upload} --wrong", "No such option")):
        done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True,
                              env=os.environ | nowhere)  # fmt: skip
        assert message in done.stdout + done.stderr

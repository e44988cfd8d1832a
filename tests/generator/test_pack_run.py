"""Packing from a results folder gives what the workflow packs, with the options of the records."""

import json
import shutil

import pytest

from tests.packed import recorded_run
from videeg_pipe.contracts.generator_folder import RECORD
from videeg_pipe.generator.folder import read_folder
from videeg_pipe.generator.pack_run import pack_run
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_record


@pytest.fixture
def run(packable_inputs, tmp_path):
    return recorded_run(packable_inputs, tmp_path / "results")


def test_it_is_the_generator_that_the_workflow_packs(run, packed, tmp_path):
    pack_run(run, tmp_path / "mine")
    names = {path.relative_to(packed) for path in packed.rglob("*")}
    assert {path.relative_to(tmp_path / "mine") for path in (tmp_path / "mine").rglob("*")} == names
    for name in names - {packed / RECORD}:
        one, other = packed / name, tmp_path / "mine" / name
        assert one.is_dir() or name.suffix == ".json" or one.read_bytes() == other.read_bytes()
    mine, theirs = (read_folder(folder).record for folder in (tmp_path / "mine", packed))
    embed = mine.pop("embed")
    assert embed == {name: theirs["embed"][name] for name in embed}
    assert "captions" not in embed
    del theirs["embed"]
    assert mine == theirs  # also the sampler, of the samples' record
    assert mine["sample"]["steps"] == 2


def test_an_existing_folder_is_replaced_on_demand(run, packed, tmp_path):
    out = tmp_path / "mine"
    shutil.copytree(packed, out)
    (out / "old").touch()
    with pytest.raises(UserError, match="allow it with --overwrite"):
        pack_run(run, out)
    pack_run(run, out, overwrite=True)
    assert not (out / "old").exists() and (out / RECORD).is_file()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    with pytest.raises(UserError, match=r"a folder that exists; choose another name$"):
        pack_run(run, foreign, overwrite=True)


def _no_key(run):
    (run / "pseudonyms.csv").unlink()


def _edited(run):
    (run / "normalisation.json").write_text("{}")


def _other_options(run):
    path = run / "made_from" / "text" / "texts.json.json"
    record = json.loads(path.read_text())
    record.pop("checksum")
    record["options"]["embed"]["batch_size"] = 3
    write_record(path, record)


def _no_inputs(run):
    write_record(run / "made_from" / "text" / "texts.json.json", {"rule": "embed_text"})


def _two_models(run):
    shutil.copytree(run / "models" / "spgn", run / "models" / "other")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_no_key, "pseudonyms.csv"),
        (_edited, "normalisation.json; expected the file that its job made"),
        (_other_options, "embed.batch_size"),
        (_no_inputs, "texts.json.json; expected the entries that this version writes"),
        (_two_models, "found other, spgn; choose one with --model"),
        (lambda run: shutil.rmtree(run / "models"), "found none; name the results folder"),
    ],
)
def test_results_that_do_not_fit_together_are_refused(run, tmp_path, edit, words):
    edit(run)
    with pytest.raises(UserError, match=words):
        pack_run(run, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["results"]

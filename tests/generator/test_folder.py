"""A folder of a generator that is not whole is refused when it is loaded, and named."""

import shutil

import pytest

from videeg_pipe import load_generator
from videeg_pipe.contracts.generator_folder import CHECKPOINT, CLIP, MODEL, RECORD, SCALES
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record, write_record


def entries(name, change):
    """Return a change of a record's entries."""

    def edit(folder):
        record = read_record(folder / name)
        change(record)
        write_record(folder / name, record)

    return name, edit


def layout(**other):
    return entries(MODEL, lambda model: model["layout"].update(other))


def scales(values):
    return entries(SCALES, lambda record: record["scales_uv"].update({"person-1": values}))


DAMAGE = {
    "no options": entries(MODEL, lambda model: model.pop("config")),
    "unknown model": entries(MODEL, lambda model: model.update(name="nobody")),
    "no layout": entries(MODEL, lambda model: model.update(layout=None)),
    "few entries": entries(MODEL, lambda model: model.update(layout={})),
    "rate zero": layout(sfreq=0),
    "rate below zero": layout(sfreq=-200),
    "rate as text": layout(sfreq="fast"),
    "no model": (MODEL, lambda folder: write_record(folder / MODEL, {})),
    "missing model": (MODEL, lambda folder: (folder / MODEL).unlink()),
    "missing weights": (CHECKPOINT, lambda folder: (folder / CHECKPOINT).unlink()),
    "folder of weights": (
        CHECKPOINT,
        lambda folder: ((folder / CHECKPOINT).unlink(), (folder / CHECKPOINT).mkdir()),
    ),
    "other weights": (CHECKPOINT, lambda folder: (folder / CHECKPOINT).write_text("x")),
    "scales below zero": scales([-1.0] * 12),
    "scales without number": scales(["a"] * 12),
    "scales of few": entries(SCALES, lambda record: record["scales_uv"].pop("person-1")),
    "no scales": entries(SCALES, lambda record: record.pop("scales_uv")),
    "missing scales": (SCALES, lambda folder: (folder / SCALES).unlink()),
    "no sampler": entries(RECORD, lambda record: record.update(sample={})),
    "steps below zero": entries(RECORD, lambda record: record["sample"].update(steps=-1)),
    "no embedding": entries(RECORD, lambda record: record.update(embed={})),
    "unknown arithmetic": entries(RECORD, lambda record: record["embed"].update(dtype="float9")),
}


@pytest.fixture
def folder(packed, tmp_path):
    """A copy without CLIP, which is read later."""
    ignored = shutil.ignore_patterns("clip")
    return shutil.copytree(packed, tmp_path / "copy", ignore=ignored)


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named(folder, name):
    file, damage = DAMAGE[name]
    damage(folder)
    with pytest.raises(UserError, match=r"; copy the folder again, or train again$") as said:
        load_generator(folder)
    assert str(said.value).startswith(f"{folder / file}; expected ")
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda manifest: manifest.unlink(),
        lambda manifest: manifest.write_text("{}"),
        lambda manifest: manifest.write_text("["),
        lambda manifest: write_record(manifest, {"revision": None, "sha256": ""}),
    ],
)
def test_damage_of_clip_is_named(folder, flashing, damage):
    manifest = folder / CLIP
    manifest.parent.mkdir()
    manifest.write_text("[]")
    damage(manifest)
    with pytest.raises(UserError, match=r"; copy the folder again, or train again$") as said:
        load_generator(folder).generate(flashing, seconds=0.5)
    assert str(said.value).startswith(f"{manifest}; expected ")

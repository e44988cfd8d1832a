"""Pack a trained generator into a folder of its own."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
import torch

from videeg_pipe import __version__
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.generator.folder import CARD, CLIP, NO_EFFECT_R, SCALES, SCHEMA_VERSION
from videeg_pipe.models.checkpoint import CHECKPOINT, MODEL, LoadedGenerator, load_generator
from videeg_pipe.runtime.files import (
    atomic_path,
    read_record,
    sha256_file,
    write_record,
)
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.person import Person

_WINDOWS = 32
_DESCRIPTIONS = (Person(age=25, sex="F", handedness="R"), Person(age=70, sex="M", handedness="L"))


def pack_generator(*, inputs: Inputs, config: Mapping[str, Any], record: Path) -> None:
    """Write the folder of a trained generator; see `generator.folder`.

    People have the codes of the release. What the description of a new person changes is measured.

    Args:
        inputs: `checkpoint` and `model`, `normalisation`, `clip`, `participants`, `key` (codes of
            the release), and `cut`, `videos` and `texts` of some windows.
        config: `source.kind`, `preprocess`, `embed` and `sample`.
        record: generator.json, written last; the other files lie beside it.
    """
    folder = record.parent
    record.unlink(missing_ok=True)  # it describes the files before this change
    key = pd.read_csv(inputs.path("key"), dtype=str)
    codes = dict(zip(key["subject"].tolist(), key["released_as"].tolist(), strict=True))
    loaded = load_generator(inputs.path("model").parent)
    _copy(inputs.path("checkpoint"), folder / CHECKPOINT)
    stored = read_record(inputs.path("model"))
    stored["layout"]["subjects"] = [codes[name] for name in loaded.layout.subjects]
    stored["config"]["train"]["leave_out"] = []  # names of people
    write_record(folder / MODEL, stored)
    scales = read_record(inputs.path("normalisation"))
    known = {name: scale for name, scale in scales["scales_uv"].items() if name in codes}
    scales["scales_uv"] = {codes[name]: scale for name, scale in known.items()}
    write_record(folder / SCALES, scales)
    _copy_clip(inputs.path("clip"), folder / CLIP)
    content = {
        "schema_version": SCHEMA_VERSION,
        "videeg_pipe": __version__,
        "source": config["source"]["kind"],
        "checkpoint_sha256": sha256_file(folder / CHECKPOINT),
        "l_freq": config["preprocess"]["l_freq"],
        "h_freq": config["preprocess"]["h_freq"],
        "reference": config["preprocess"]["reference"],
        "embed": config["embed"],
        "sample": config["sample"],
        "people": _people(read_table(inputs.path("participants"), "participants"), codes),
        "description_r": _description_r(loaded, inputs, config),
    }
    _write_card(folder / CARD, content, loaded)
    write_record(record, content)


def _copy(source: Path, target: Path) -> None:
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)


def _copy_clip(source: Path, target: Path) -> None:
    """Copy the untrained CLIP; of a trained one, keep what identifies it."""
    found = read_record(source)
    if found["trained"]:
        write_record(target, found | {"folder": ""})
        return
    weights = target.parent / found["folder"]
    shutil.rmtree(weights, ignore_errors=True)
    shutil.copytree(source.parent / found["folder"], weights)
    _copy(source, target)


def _people(participants: pd.DataFrame, codes: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Facts of the people of the training that their sentence was made of, by released code."""
    facts = ["age", "sex", "handedness"]
    rows = participants[participants["subject"].isin(list(codes))].set_index("subject")[facts]
    return {
        codes[str(name)]: {str(fact): value for fact, value in row.items() if pd.notna(value)}
        for name, row in rows.iterrows()
    }


@torch.no_grad()
def _description_r(loaded: LoadedGenerator, inputs: Inputs, config: Mapping[str, Any]) -> float:
    """Correlation of windows with equal noise and stimulus for two descriptions of a new person.

    1 means that the description changes nothing.
    """
    embed, settings = (
        section(EmbedOptions, config["embed"]),
        section(SampleOptions, config["sample"]),
    )
    rows = inputs.windows("train").head(_WINDOWS)
    condition = loaded.conditions(rows, inputs).batch(np.arange(len(rows)))
    subject = torch.full_like(condition.subject, len(loaded.layout.subjects))
    encoder = ClipEncoder(inputs.path("clip"), dtype=embed.dtype)
    tokens = encoder.tokens([person.sentence for person in _DESCRIPTIONS], embed.batch_size)
    one, other = (
        loaded.generator.sample(
            replace(
                condition, subject=subject, text=torch.from_numpy(text).expand(len(rows), -1, -1)
            ).to(loaded.device),
            list(range(len(rows))),
            settings,
        ).cpu().numpy()
        for text in tokens
    )  # fmt: skip
    pairs = zip(one.reshape(len(rows), -1), other.reshape(len(rows), -1), strict=True)
    return float(np.mean([np.corrcoef(pair)[0, 1] for pair in pairs]))


def _write_card(path: Path, content: Mapping[str, Any], loaded: LoadedGenerator) -> None:
    template = resources.files("videeg_pipe.generator").joinpath("model_card.md.j2")
    text = jinja2.Environment(autoescape=True, keep_trailing_newline=True).from_string(
        template.read_text(encoding="utf-8")
    )
    with atomic_path(path) as temporary:
        temporary.write_text(
            text.render(
                **content,
                layout=loaded.layout,
                model=loaded.model,
                ignores_descriptions=content["description_r"] > NO_EFFECT_R,
            ),
            encoding="utf-8",
        )

"""Pack a trained generator into a folder of its own."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file

from videeg_pipe import __version__
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.generator_folder import (
    CARD,
    CHECKPOINT,
    CLIP,
    MODEL,
    SCALES,
    SCHEMA_VERSION,
)
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.generator.card import write_card
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint, make_generator
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.files import atomic_path, read_record, sha256_file, write_record
from videeg_pipe.stimuli.clip import FILES, ClipEncoder
from videeg_pipe.stimuli.person import Person

_WINDOWS = 32
_DESCRIPTIONS = (Person(age=25, sex="F", handedness="R"), Person(age=70, sex="M", handedness="L"))
_WEIGHTS = "weights"  # folder of a CLIP that no hub has


def pack_generator(*, inputs: Inputs, config: Mapping[str, Any], record: Path) -> None:
    """Write the folder of a trained generator as a whole; see `contracts.generator_folder`.

    People have the codes of the release and stand in the order of these codes. Under pseudonyms,
    nothing else about them is stored. What the description of a new person changes is measured.

    Args:
        inputs: `checkpoint` and `model`, `normalisation`, `clip`, `participants`, `key` (codes of
            the release), and `cut`, `videos` and `texts` of some windows.
        config: `source.kind`, `preprocess`, `embed` and `sample`.
        record: generator.json; the other files lie beside it, and no others.

    Raises:
        UserError: if the disk is full.
    """
    loaded = load_checkpoint(inputs.path("model").parent)
    codes = _codes(inputs.path("key"), loaded.layout.subjects)
    description_r = _description_r(loaded, inputs, config)
    copied = [inputs.path("checkpoint"), *_clip_files(inputs.path("clip"))]
    check_space(record.parent, sum(path.stat().st_size for path in copied))
    with atomic_path(record.parent) as made:
        clip = _write_clip(inputs.path("clip"), made / CLIP)
        _write_weights(loaded, codes, inputs, made)
        scales = read_record(inputs.path("normalisation"))
        own = {code: scales["scales_uv"][name] for name, code in _by_code(codes)}
        write_record(made / SCALES, scales | {"scales_uv": own})
        content = {
            "schema_version": SCHEMA_VERSION,
            "videeg_pipe": __version__,
            "source": config["source"]["kind"],
            "checkpoint_sha256": sha256_file(made / CHECKPOINT),
            "l_freq": config["preprocess"]["l_freq"],
            "h_freq": config["preprocess"]["h_freq"],
            "reference": config["preprocess"]["reference"],
            "embed": config["embed"] | {"model": clip},
            "sample": config["sample"],
            "people": _sentences(read_table(inputs.path("participants"), "participants"), codes),
            "description_r": description_r,
            "continuous": _is_continuous(loaded),
        }
        write_card(made / CARD, content, loaded.model, loaded.layout)
        write_record(made / record.name, content)


def _codes(key: Path, subjects: Sequence[str]) -> dict[str, str]:
    """Code of each person of the training; of those who are not in the release, a number."""
    table = pd.read_csv(key, dtype=str)
    released = dict(zip(table["subject"].tolist(), table["released_as"].tolist(), strict=True))
    if all(name == code for name, code in released.items()):
        return {name: name for name in subjects}
    others = [name for name in subjects if name not in released]
    return {name: released.get(name) or f"unreleased-{others.index(name) + 1}" for name in subjects}


def _by_code(codes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names and codes in the order of the codes: that of the names would reveal the key."""
    return sorted(codes.items(), key=lambda pair: pair[1])


def _sentences(participants: pd.DataFrame, codes: Mapping[str, str]) -> dict[str, str | None]:
    """Sentence of each person of the training, by code; under pseudonyms, none."""
    prompts = participants.set_index("subject")["prompt"].astype(str).to_dict()
    return {code: prompts[name] if name == code else None for name, code in _by_code(codes)}


def _write_weights(
    loaded: LoadedGenerator, codes: Mapping[str, str], inputs: Inputs, folder: Path
) -> None:
    """Write weights and model.json with the people in the order of their codes."""
    layout, model = loaded.layout, loaded.model
    C, S = len(layout.channels), len(layout.subjects)
    order = [layout.subjects.index(name) for name, _ in _by_code(codes)]
    more = replace(layout, subjects=(*layout.subjects, "one more"))
    adjacency = torch.zeros(len(layout.graphs), C, C)
    larger = make_generator(model["name"], more, adjacency, model["config"]).state_dict()
    rows = torch.tensor([*order, S])  # the last row of a table of people is the population
    weights = load_file(inputs.path("checkpoint"))
    for name, values in weights.items():
        if values.shape != larger[name].shape:
            weights[name] = values[rows].contiguous()
    save_file(weights, folder / CHECKPOINT)
    stored = read_record(inputs.path("model"))
    stored["layout"]["subjects"] = [code for _, code in _by_code(codes)]
    stored["config"]["train"]["leave_out"] = []  # names of people
    stored["config"].pop("run", None)  # its seed gives the order of the pseudonyms
    del stored["config_sha256"]
    write_record(folder / MODEL, stored | {"checkpoint_sha256": sha256_file(folder / CHECKPOINT)})


def _write_clip(source: Path, target: Path) -> str:
    """Copy the CLIP, or record what identifies one on the hub; return its name."""
    found = read_record(source)
    if found["revision"] is not None:
        write_record(target, found | {"folder": ""})
        return str(found["model"])
    name = "local" if found["trained"] else str(found["model"])  # not the path of a folder
    weights = target.parent / _WEIGHTS
    weights.mkdir(parents=True)
    for path in _clip_files(source):
        shutil.copyfile(path, weights / path.name)
    write_record(target, found | {"folder": _WEIGHTS, "model": name})
    return name


def _clip_files(source: Path) -> list[Path]:
    """Files of a CLIP that no hub has."""
    found = read_record(source)
    if found["revision"] is not None:
        return []
    folder = source.parent / found["folder"]
    return [path for pattern in FILES for path in folder.glob(pattern)]


def _is_continuous(loaded: LoadedGenerator) -> bool:
    """Whether `videeg generate` can use it."""
    generator = loaded.generator
    if not isinstance(generator, Spgn):
        return False
    return generator.coordinates.whitening is not None and generator.coordinates.head is not None


@torch.no_grad()
def _description_r(
    loaded: LoadedGenerator, inputs: Inputs, config: Mapping[str, Any]
) -> float | None:
    """Correlation of windows with equal noise and stimulus for two descriptions of a new person.

    1 means that the description changes nothing; None, that the windows are constant.
    """
    embed = section(EmbedOptions, config["embed"])
    settings = section(SampleOptions, config["sample"])
    rows = inputs.windows("train").head(_WINDOWS)
    condition = loaded.conditions(rows, inputs).batch(np.arange(len(rows)))
    subject = torch.full_like(condition.subject, len(loaded.layout.subjects))
    encoder = ClipEncoder(inputs.path("clip"), dtype=embed.dtype)
    tokens = encoder.tokens([person.sentence for person in _DESCRIPTIONS], embed.batch_size)
    made = []
    for text in tokens:
        texts = torch.from_numpy(text).expand(len(rows), -1, -1)
        described = replace(condition, subject=subject, text=texts).to(loaded.device)
        x = loaded.generator.sample(described, list(range(len(rows))), settings)
        made.append(x.cpu().numpy().reshape(len(rows), -1))
    if any(np.ptp(x, axis=1).min() == 0 for x in made):
        return None
    return float(np.mean([np.corrcoef(pair)[0, 1] for pair in zip(*made, strict=True)]))

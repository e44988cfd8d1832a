"""The data card `README.md`, from a template that escapes every value, and the checksums."""

import html
import re
from collections.abc import Collection, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import h5py
import jinja2
import pandas as pd

from videeg_pipe.contracts.constants import NOT_STATED
from videeg_pipe.contracts.held_out import HeldOut, read_held_out
from videeg_pipe.contracts.sharing import QUESTION, sharing
from videeg_pipe.contracts.tables import SPLITS, read_parquet, read_table
from videeg_pipe.reader.checks import open_release
from videeg_pipe.reader.volumes import volume_names
from videeg_pipe.release.fields import FIELDS, FRAMES, SCHEMA_VERSION
from videeg_pipe.release.generator_record import GeneratorRecord, read_generator_record
from videeg_pipe.release.pseudonyms import without_codes
from videeg_pipe.release.rights import citation, licence_address
from videeg_pipe.release.split import disjoint, split_rule
from videeg_pipe.runtime.files import atomic_path, read_json, read_record, sha256_file
from videeg_pipe.sources.registry import SOURCES

_SHARED = {
    "subject": "people: scores on them do not carry over to new people",
    "block": "blocks: the slow drifts of one block occur in several splits",
    "video": "videos, but possibly different parts of them",
    "stretch_of_video": "stretches of video: a model can score well by memorising the clips",
}
"""Consequence of each property that splits share."""

_WORD = re.compile(r"[\w./-]+")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~])")


class Markdown(str):
    """Markdown text, which is not escaped."""


def write_card(
    *, inputs: dict[str, Path], outputs: dict[str, Path], left_out: Collection[str] = ()
) -> None:
    """Write the data card with the result of the audit, and the checksums of all released files.

    The volumes of a large release lie beside its `h5`.

    Args:
        inputs: Paths of the released `h5`, `split`, `manifest`, `croissant` and `licence`, of
            `metrics` (metrics.json), `model` (model.json), `clip` (the CLIP's record), the
            tables `findings`, `windows` and `recordings`, and `key` (the codes of the subjects).
        outputs: Paths of `card` and `sums`, in the folder of the release.
        left_out: People whose windows the training leaves out (`train.leave_out`).

    Raises:
        UserError: if an input or a volume is missing or cannot be read.
    """
    with open_release(inputs["h5"]) as file:
        volumes = [inputs["h5"].with_name(name) for name in volume_names(file)]
        values = card_values(
            file,
            read_parquet(inputs["manifest"]),
            read_generator_record(inputs["model"]),
            findings=without_codes(read_table(inputs["findings"], "findings"), inputs["key"]),
            clip=read_record(inputs["clip"]),
            privacy=read_json(inputs["metrics"]).get("privacy", {}),
            held_out=read_held_out(inputs["windows"], inputs["recordings"], left_out),
            sha256_h5=sha256_file(inputs["h5"]),
        )
    with atomic_path(outputs["card"]) as temporary:
        temporary.write_text(render_card(values), encoding="utf-8")
    names = ("h5", "split", "manifest", "croissant", "licence")
    listed = [*(inputs[name] for name in names), *volumes, outputs["card"]]
    with atomic_path(outputs["sums"]) as temporary:
        lines = [f"{sha256_file(path)}  {path.name}\n" for path in listed]
        temporary.write_text("".join(lines), encoding="utf-8")


def card_values(
    file: h5py.File,
    manifest: pd.DataFrame,
    generator: GeneratorRecord,
    *,
    findings: pd.DataFrame,
    clip: dict[str, Any],
    privacy: Mapping[str, Any],
    held_out: HeldOut,
    sha256_h5: str,
) -> dict[str, Any]:
    """Collect the values of the data card's template.

    Args:
        file: The released HDF5 file.
        manifest: Content of manifest.parquet, one row per sample.
        generator: The generator's record.
        findings: `findings` table; its file names stay out of the card.
        clip: The CLIP's record, `clip/model.json`.
        privacy: Section `privacy` of metrics.json, for the answer to "May I share this?".
        held_out: What the test split shares with the training.
        sha256_h5: Checksum of the HDF5 file.
    """
    properties, attributes = disjoint(manifest), dict(file.attrs)
    # people who differ share no block, although their blocks have the same numbers
    shared = {name for name, is_disjoint in properties.items() if not is_disjoint}
    shared -= {"block"} if properties["subject"] else set()
    source = SOURCES[attributes["source"]]
    frames = FRAMES.name in file
    return {
        "attributes": attributes,
        "generator": generator,
        "layout": generator.layout,
        "n": len(manifest),
        "source": source.card,
        "simulated": source.simulated,
        "sharing": sharing(
            attributes,
            privacy,
            simulated=source.simulated,
            frames=frames,
            units=held_out.units,
        ),
        "held_out": held_out.text,
        "question": QUESTION,
        "clip": clip | {"model": _clip_name(clip["model"])},
        "emotions": _emotions(manifest),
        "split_rule": split_rule(properties, "run" if attributes["source"] == "bids" else "block"),
        "splits": [_split(name, manifest[manifest["split"] == name]) for name in SPLITS],
        "shared": [text for name, text in _SHARED.items() if name in shared],
        "concepts": sorted(manifest["concept"].unique()),
        "findings": list(findings.value_counts(["action", "what"], sort=False).items()),
        "schema_version": SCHEMA_VERSION,
        "fields": _fields(file),
        "frames": frames,
        "volumes": volume_names(file),
        "licence_address": licence_address(attributes["license"]),
        "not_stated": NOT_STATED,
        "citation": Markdown(citation(attributes)),
        "sha256_h5": sha256_h5,
    }


def render_card(values: dict[str, Any]) -> str:
    """Fill in the data card.

    Args:
        values: The template's values, from `card_values`. All are escaped: a concept called
            `<script>` or `a|b` is shown as these characters.
    """
    template = resources.files(__package__).joinpath("templates/README.md.j2")
    environment = jinja2.Environment(
        autoescape=False,  # noqa: S701 - `finalize` escapes for Markdown, which includes HTML
        finalize=_escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"code": _code, "thousands": "{:,}".format}
    return environment.from_string(template.read_text(encoding="utf-8")).render(values)


def _fields(file: h5py.File) -> list[dict[str, Any]]:
    return [
        {
            "name": field.name,
            "shape": " x ".join(map(str, ("n", *file[field.name].shape[1:]))),
            "dtype": field.dtype,
            "units": field.units,
            "description": Markdown(field.description),
            "labels": field.labels,
        }
        for field in (*FIELDS, FRAMES)
        if field.name in file
    ]


def _split(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    counts = {f"n_{column}": rows[column].nunique() for column in ("subject", "block", "video_id")}
    return {"name": name, "n": len(rows), **counts}


def _clip_name(model: str) -> str:
    """Name of a model on the hub, or the last part of a local path."""
    return model if re.fullmatch(r"[\w.-]+/[\w.-]+", model) else Path(model).name


def _emotions(table: pd.DataFrame) -> str:
    words = {
        "source": "labelled by the source",
        "zero-shot": "labelled by CLIP, zero-shot over prompts, with probabilities",
        "none": "without a label",
    }
    counts = table["emotion_origin"].value_counts()
    return "; ".join(f"{n} samples {words[str(origin)]}" for origin, n in counts.items()) + "."


def _escaped(value: Any) -> str:
    if isinstance(value, Markdown):
        return value
    text = html.escape(" ".join(str(value).split()), quote=False)
    return _MARKDOWN.sub(r"\\\1", text)


def _code(value: Any) -> Markdown:
    """Fixed-width text, valid inside a table too."""
    text = " ".join(str(value).split())
    if _WORD.fullmatch(text):
        return Markdown(f"`{text}`")
    safe = html.escape(text, quote=False)
    return Markdown(f"<code>{_MARKDOWN.sub(lambda sign: f'&#{ord(sign[0])};', safe)}</code>")

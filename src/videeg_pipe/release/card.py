"""The data card `README.md`, from a template that escapes every value."""

import html
import re
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.release.fields import FIELDS, FRAMES, SCHEMA_VERSION
from videeg_pipe.release.merge import MergeInputs, sample_shapes
from videeg_pipe.release.split import disjoint, split_rule
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


def card_values(
    merge: MergeInputs,
    release: ReleaseOptions,
    attributes: dict[str, Any],
    *,
    videos: pd.DataFrame,
    findings: pd.DataFrame,
    clip: dict[str, Any],
    sha256_h5: str,
) -> dict[str, Any]:
    """Collect the values of the data card's template.

    Args:
        merge: The samples and their origin.
        release: Title and version.
        attributes: Root attributes of the HDF5 file.
        videos: `videos` table.
        findings: `findings` table; its file names stay out of the card.
        clip: The CLIP's record, `clip/model.json`.
        sha256_h5: Checksum of the HDF5 file.
    """
    table, generator = merge.table, merge.generator
    properties = disjoint(table)
    shown = videos[videos["video_id"].isin(table["video_id"])]
    return {
        "release": release,
        "attributes": attributes,
        "generator": generator,
        "layout": generator.layout,
        "n": len(table),
        "source": SOURCES[attributes["source"]].card,
        "clip": clip | {"model": _clip_name(clip["model"])},
        "emotions": _emotions(table),
        "split_rule": split_rule(properties),
        "splits": [_split(name, table[table["split"] == name]) for name in SPLITS],
        "shared": [_SHARED[name] for name, is_disjoint in properties.items() if not is_disjoint],
        "concepts": sorted(table["concept"].unique()),
        "findings": list(findings.value_counts(["action", "what"], sort=False).items()),
        "schema_version": SCHEMA_VERSION,
        "fields": _fields(merge),
        "frames": merge.frames_from is not None,
        "video_licences": sorted(shown["licence"].unique()),
        "citation": Markdown(citation(release, attributes["created"])),
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


def licence_text() -> str:
    """Return the legal text of CC-BY-4.0."""
    path = resources.files(__package__).joinpath("templates/CC-BY-4.0.txt")
    return path.read_text(encoding="utf-8")


def citation(release: ReleaseOptions, created: str) -> str:
    """Return the BibTeX entry of the release."""
    title = " ".join(re.sub(r"[{}\\]", "", release.title).split())
    key = re.sub(r"\W+", "-", title, flags=re.ASCII).strip("-").lower() or "videeg-gen"
    year = datetime.fromisoformat(created).year
    return (
        f"@misc{{{key}-{release.version}, title = {{{{{title}: synthetic EEG generated from "
        f"video}}}}, author = {{{{{title} contributors}}}}, year = {{{year}}}, "
        f"version = {{{release.version}}}}}"
    )


def _fields(merge: MergeInputs) -> list[dict[str, Any]]:
    shapes = sample_shapes(merge)
    return [
        {
            "name": field.name,
            "shape": " x ".join(map(str, ("n", *shapes[field.name]))),
            "dtype": field.dtype,
            "units": field.units,
            "description": Markdown(field.description),
            "labels": field.labels,
        }
        for field in (*FIELDS, FRAMES)
        if field.name in shapes
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

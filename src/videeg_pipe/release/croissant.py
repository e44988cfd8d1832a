"""`croissant.json`: the machine-readable description of the release.

The record set `samples` is the rows of `manifest.parquet`, which Croissant's tools can read. The
record set `arrays` describes the data sets of `videeg-gen.h5`; Croissant has no way to extract
them, so their fields name the file as source and state the data set in words.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import mlcroissant as mlc
import pandas as pd

from videeg_pipe.release.fields import FIELDS, FRAMES
from videeg_pipe.release.rights import citation, licence_address
from videeg_pipe.runtime.files import sha256_file

_RAI = "http://mlcommons.org/croissant/RAI/1.0"
_FORMATS = {
    ".h5": "application/x-hdf5",
    ".parquet": "application/x-parquet",
    ".json": "application/json",
}
_TYPES = {
    "float16": mlc.DataType.FLOAT16,
    "float32": mlc.DataType.FLOAT32,
    "float64": mlc.DataType.FLOAT64,
    "int64": mlc.DataType.INT64,
    "uint8": mlc.DataType.UINT8,
    "string": mlc.DataType.TEXT,
}
_MEANINGS = {field.name: field.description for field in FIELDS} | {
    "row": "Index along the first dimension of every data set in videeg-gen.h5.",
    "block": "Block of the source recording.",
    "concept_group": "Group of the concept in the source, or empty.",
    "p_negative": "Probability of a negative emotion; null without a label.",
    "p_neutral": "Probability of a neutral emotion; null without a label.",
    "p_positive": "Probability of a positive emotion; null without a label.",
    "sha256": "SHA-256 of the sample's float32 EEG in C order.",
    "model": "Name of the generator.",
    "config_sha256": "SHA-256 of the generator's configuration.",
    "checkpoint_sha256": "SHA-256 of the generator's weights.",
    "code_version": "Version of the code that trained the generator.",
}
"""Columns of the manifest."""


def croissant(
    files: dict[str, Path],
    manifest: pd.DataFrame,
    attributes: Mapping[str, Any],
    *,
    source: str,
) -> dict[str, Any]:
    """Describe the release in Croissant 1.1 with the responsible-AI terms.

    Args:
        files: The files to list, by their final names; the HDF5 file before its volumes.
        manifest: Content of `manifest.parquet`.
        attributes: Root attributes of the HDF5 file.
        source: Description of the generator's training data.
    """
    licence = str(attributes["license"])
    context = mlc.Context(conforms_to="http://mlcommons.org/croissant/1.1")
    distribution = [_file_object(context, name, path) for name, path in files.items()]
    h5 = next(name for name in files if name.endswith(".h5"))
    record_sets = [_samples(context, manifest), _arrays(context, h5, files[h5])]
    described = mlc.Metadata(
        ctx=context,
        name=attributes["title"],
        description=f"SYNTHETIC EEG generated from video by a model trained on {source}. "
        "No recorded EEG is part of it.",
        version=attributes["version"],
        license=[licence_address(licence) or licence],
        cite_as=citation(attributes),
        creators=[mlc.Organization(ctx=context, name=name) for name in attributes["authors"]],
        date_published=datetime.fromisoformat(attributes["created"]),
        keywords=["EEG", "synthetic data", "video", "diffusion model"],
        distribution=distribution,
        record_sets=record_sets,
        **_responsible_ai(manifest, attributes, source),
    )
    document = json.loads(json.dumps(described.to_json(), default=str))
    document["conformsTo"] = [document["conformsTo"], _RAI]
    return document | {"isLiveDataset": False}


def _responsible_ai(
    manifest: pd.DataFrame, attributes: Mapping[str, Any], source: str
) -> dict[str, Any]:
    """Return the responsible-AI terms; they say nothing that nobody has stated."""
    zero_shot = "zero-shot" in set(manifest["emotion_origin"])
    return {
        "data_collection": "None: every sample was drawn from a generative model.",
        "data_collection_type": ["Synthetic"],
        "data_collection_raw_data": f"The generator was trained on {source}. That EEG is not part "
        "of the release.",
        "data_collection_missing_data": "No sample is missing or incomplete. Emotion labels are "
        "empty where emotion_origin is none.",
        "data_preprocessing_protocol": [
            f"The EEG of the training was filtered to {attributes['highpass_hz']:g} to "
            f"{attributes['lowpass_hz']:g} Hz; reference: {attributes['reference']}.",
            "Generated samples are released as drawn.",
        ],
        "data_annotation_protocol": [
            "Concepts are those of the video, from the source.",
            "Emotions describe the video, not a person; emotion_origin says where each is from.",
        ],
        "machine_annotation_tools": ["CLIP, zero-shot over prompts: emotion"] if zero_shot else [],
        "data_limitations": [
            "Samples do not replace recordings of a particular person.",
            "The validation report of the same run states their quality.",
        ],
        "data_biases": ["Those of the people, videos and concepts of the training data."],
        "data_use_cases": ["Method development, augmentation and teaching; no clinical use."],
        "data_social_impact": "Methods can be developed without handing out recordings. Samples "
        "must not be presented as recordings, nor used to identify people.",
        "personal_sensitive_information": [
            "No recorded EEG and no demographics. There is no formal privacy guarantee.",
            f"Subject codes: {attributes['subject_codes']}.",
            f"Consent: {attributes['consent']}.",
            f"Licence of the videos: {attributes['video_licence']}.",
        ],
        "data_release_maintenance_plan": "Not stated. A changed release has another version and "
        "other checksums.",
    }


def _file_object(context: Any, name: str, path: Path) -> Any:
    return mlc.FileObject(
        ctx=context,
        id=name,
        name=name,
        content_url=name,
        content_size=f"{path.stat().st_size} B",
        encoding_formats=[_FORMATS[path.suffix]],
        sha256=sha256_file(path),
    )


def _samples(context: Any, manifest: pd.DataFrame) -> Any:
    types = {"i": mlc.DataType.INTEGER, "f": mlc.DataType.FLOAT}
    fields = [
        mlc.Field(
            ctx=context,
            id=f"samples/{name}",
            name=name,
            description=_MEANINGS[name],
            data_types=[types.get(manifest[name].dtype.kind, mlc.DataType.TEXT)],
            source=mlc.Source(
                ctx=context,
                file_object="manifest.parquet",
                extract=mlc.Extract(ctx=context, column=name),
            ),
        )
        for name in manifest.columns
    ]
    return mlc.RecordSet(
        ctx=context,
        id="samples",
        name="samples",
        description="One record per sample; `row` is the index of its arrays in videeg-gen.h5.",
        key=["samples/sample_id"],
        fields=fields,
    )


def _arrays(context: Any, name: str, path: Path) -> Any:
    """Describe the data sets of the HDF5 file; the first dimension is the record."""
    with h5py.File(path) as file:
        shapes = {data: file[data].shape[1:] for data in file}
        details = {
            "eeg": f" Channels by time, {file.attrs['sfreq']:g} Hz; channels: "
            + f"{', '.join(file.attrs['channel_names'])}."
        }
    fields = []
    for field in (*FIELDS, FRAMES):
        if field.name not in shapes:
            continue
        shape, unit = shapes[field.name], field.units if field.units not in ("", "1") else ""
        described = f"{field.description}{details.get(field.name, '')}"
        described += f" Labels: {', '.join(field.labels)}." if field.labels else ""
        described += f" Unit: {unit}." if unit else ""
        array = {"is_array": True, "array_shape": ",".join(map(str, shape))} if shape else {}
        fields.append(
            mlc.Field(
                ctx=context,
                id=f"arrays/{field.name}",
                name=field.name,
                description=f"Data set /{field.name}. {described}",
                data_types=[_TYPES[field.dtype]],
                source=mlc.Source(ctx=context, file_object=name),
                **array,
            )
        )
    return mlc.RecordSet(
        ctx=context,
        id="arrays",
        name="arrays",
        description=f"Data sets of {name}, one record per sample, in the order of `samples/row`. "
        "Read them with h5py or videeg_pipe.load_release: Croissant's tools have no reader.",
        key=["arrays/sample_id"],
        fields=fields,
    )

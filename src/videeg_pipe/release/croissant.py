"""`croissant.json`: the machine-readable description of the release.

Croissant cannot read HDF5. That file is listed with its checksum, and the records are the rows of
`manifest.parquet`.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import mlcroissant as mlc
import pandas as pd

from videeg_pipe.release.rights import citation, licence_address
from videeg_pipe.runtime.files import sha256_file

_RAI = "http://mlcommons.org/croissant/RAI/1.0"
_FORMATS = {
    ".h5": "application/x-hdf5",
    ".parquet": "application/x-parquet",
    ".json": "application/json",
}
_MEANINGS = {
    "sample_id": "Name of the sample: the id of the source window it was generated for, or under "
    "pseudonyms a number per person.",
    "row": "Index along the first dimension of every dataset in videeg-gen.h5.",
    "subject": "Person, real or simulated, whose EEG was modelled.",
    "block": "Block of the source recording.",
    "split": "train, validation or test.",
    "concept": "Concept that the video shows.",
    "concept_id": "Number of the concept in the source.",
    "concept_group": "Group of the concept in the source, or empty.",
    "emotion": "Emotion label, or empty.",
    "emotion_origin": "Origin of the emotion label: source, zero-shot or none.",
    "p_negative": "Probability of a negative emotion; null without a label.",
    "p_neutral": "Probability of a neutral emotion; null without a label.",
    "p_positive": "Probability of a positive emotion; null without a label.",
    "video_id": "Video that the sample was generated for.",
    "video_time_s": "Time in the video at the sample's first value, in seconds.",
    "seed": "Random seed of the sample.",
    "sha256": "SHA-256 of the sample's float32 EEG in C order.",
    "model": "Name of the generator.",
    "config_sha256": "SHA-256 of the generator's configuration.",
    "checkpoint_sha256": "SHA-256 of the generator's weights.",
    "code_version": "Version of the code that trained the generator.",
}


def croissant(
    files: dict[str, Path],
    manifest: pd.DataFrame,
    attributes: Mapping[str, Any],
    *,
    source: str,
) -> dict[str, Any]:
    """Describe the release in Croissant 1.1 with the responsible-AI terms.

    Args:
        files: The files to list, by their final names.
        manifest: Content of `manifest.parquet`.
        attributes: Root attributes of the HDF5 file.
        source: Description of the generator's training data.
    """
    licence = str(attributes["license"])
    context = mlc.Context(conforms_to="http://mlcommons.org/croissant/1.1")
    distribution = [_file_object(context, name, path) for name, path in files.items()]
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
        record_sets=[_record_set(context, manifest)],
        data_collection="None: every sample was drawn from a generative model.",
        data_collection_type=["Synthetic"],
        data_limitations=[
            "Samples do not replace recordings of a particular person.",
            "The validation report of the same run states their quality.",
        ],
        data_biases=["Those of the people, videos and concepts of the training data."],
        data_use_cases=["Method development, augmentation and teaching; no clinical use."],
        personal_sensitive_information=[
            "No recorded EEG and no demographics. There is no formal privacy guarantee.",
            f"Subject codes: {attributes['subject_codes']}.",
            f"Consent: {attributes['consent']}.",
            f"Licence of the videos: {attributes['video_licence']}.",
        ],
    )
    document = json.loads(json.dumps(described.to_json(), default=str))
    document["conformsTo"] = [document["conformsTo"], _RAI]
    return document | {"isLiveDataset": False}


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


def _record_set(context: Any, manifest: pd.DataFrame) -> Any:
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

"""The tables that stages exchange, checked against their schema on write and on read.

The metadata of the Parquet file hold a checksum of the values.
"""

from pathlib import Path
from typing import Literal, get_args

import pandas as pd
import pandera.pandas as pan
import pyarrow as pa
import pyarrow.parquet as pq

from videeg_pipe.runtime.errors import UserError, listed, make_again
from videeg_pipe.runtime.files import atomic_path, damaged, missing, sha256_json

_CHECKSUM = b"videeg_sha256"  # key in the metadata of a Parquet file
_NO_TABLE = (
    *(pa.ArrowException, OSError, ValueError, KeyError, TypeError),
    # where the metadata for pandas are damaged
    *(AttributeError, AssertionError, SyntaxError, ArithmeticError, IndexError),
)

SPLITS = ("train", "validation", "test")
EMOTIONS = ("negative", "neutral", "positive")
Action = Literal["repaired", "skipped", "assumed"]
"""What was done about an odd file."""
SAFE_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
"""Ids become file names: they must not contain path separators or need quoting."""

_SHA256 = pan.Check.str_matches(r"^[0-9a-f]{64}$")
_POSITIVE = pan.Check.gt(0)
_AT_LEAST_0 = pan.Check.ge(0)


def _id(**options: bool) -> pan.Column:
    return pan.Column(str, pan.Check.str_matches(SAFE_NAME), **options)


def _text(*, nullable: bool = False, required: bool = True) -> pan.Column:
    return pan.Column(str, nullable=nullable, required=required)


def _table(**columns: pan.Column) -> pan.DataFrameSchema:
    return pan.DataFrameSchema(columns, strict=True, ordered=True, coerce=True)


TABLES: dict[str, pan.DataFrameSchema] = {
    # One row per continuous recording. `truth_path` is set where the evoked part is known.
    "recordings": _table(
        recording_id=_id(unique=True),
        subject=_id(),
        session=pan.Column(int, pan.Check.ge(1)),
        block=pan.Column(int, pan.Check.ge(1)),
        path=_text(),
        sfreq=pan.Column(float, _POSITIVE),  # Hz
        n_samples=pan.Column(int, _POSITIVE),
        n_channels=pan.Column(int, _POSITIVE),
        scale_to_uv=pan.Column(float, _POSITIVE),  # factor from stored values to microvolts
        sha256=pan.Column(str, _SHA256),
        truth_path=_text(nullable=True),
        # BIDS: how acquire opened the file (source.units, bids.electrodes), for preprocess
        units=_text(required=False),
        electrodes=_text(required=False),
    ),
    # One row per video shown in a recording.
    "clips": _table(
        clip_id=_id(unique=True),
        recording_id=_id(),
        onset_s=pan.Column(float, _AT_LEAST_0),  # from the recording's first sample
        duration_s=pan.Column(float, _POSITIVE),
        video_id=_id(),
        video_start_s=pan.Column(float, _AT_LEAST_0),  # presentation time of the clip's first frame
        concept_id=pan.Column(int, _AT_LEAST_0),
        concept=_text(),
        concept_group=_text(nullable=True),
        emotion=_text(nullable=True),
        caption=_text(nullable=True),
        # false where nobody recorded when in its cycle a flicker began; true where not stated
        phase_known=pan.Column(bool, required=False),
    ),
    # One row per video file. Frames may enter the release only where `redistributable`.
    "videos": _table(
        video_id=_id(unique=True),
        path=_text(),
        fps=pan.Column(float, _POSITIVE),
        width=pan.Column(int, _POSITIVE),
        height=pan.Column(int, _POSITIVE),
        duration_s=pan.Column(float, _POSITIVE),
        sha256=pan.Column(str, _SHA256),
        licence=_text(),
        redistributable=pan.Column(bool),
    ),
    # One row per person. `prompt` is the sentence for the text encoder.
    "participants": _table(
        subject=_id(unique=True),
        age=pan.Column(float, nullable=True),  # years
        sex=_text(nullable=True),
        handedness=_text(nullable=True),
        prompt=_text(),
    ),
    # One row per thing that acquire repaired, skipped or assumed. `file` is relative to the source.
    "findings": _table(
        file=_text(),
        action=pan.Column(str, pan.Check.isin(get_args(Action))),
        what=_text(),  # one sentence, which the data card quotes
    ),
    # One row per clip. `origin` is the origin of the label; where it is "none", the rest is null.
    "emotions": _table(
        clip_id=_id(unique=True),
        emotion=pan.Column(str, pan.Check.isin(EMOTIONS), nullable=True),
        origin=pan.Column(str, pan.Check.isin(["source", "zero-shot", "none"])),
        p_negative=pan.Column(float, pan.Check.in_range(0, 1), nullable=True),
        p_neutral=pan.Column(float, pan.Check.in_range(0, 1), nullable=True),
        p_positive=pan.Column(float, pan.Check.in_range(0, 1), nullable=True),
    ),
    # One row per window of EEG, cut inside a clip. Samples count at the preprocessed rate;
    # `video_time_s` is the presentation time in the video at the window's first sample.
    "cut": _table(
        window_id=_id(unique=True),
        recording_id=_id(),
        clip_id=_id(),
        subject=_id(),
        block=pan.Column(int, pan.Check.ge(1)),
        start_sample=pan.Column(int, _AT_LEAST_0),
        n_samples=pan.Column(int, _POSITIVE),
        video_id=_id(),
        video_time_s=pan.Column(float, _AT_LEAST_0),
        concept_id=pan.Column(int, _AT_LEAST_0),
        concept=_text(),
        emotion=_text(nullable=True),
        phase_known=pan.Column(bool, required=False),
        split=pan.Column(str, pan.Check.isin(SPLITS)),
    ),
    # One row per clip of EEG, for decoding. All who saw this part of the video share `stimulus_id`.
    # A run is a series of clips of one concept without gaps, named after its first stimulus.
    "clips_cut": _table(
        clip_id=_id(unique=True),
        recording_id=_id(),
        subject=_id(),
        block=pan.Column(int, pan.Check.ge(1)),
        run_id=_id(),
        position=pan.Column(int, pan.Check.ge(1)),  # in the run
        start_sample=pan.Column(int, _AT_LEAST_0),
        n_samples=pan.Column(int, _POSITIVE),
        stimulus_id=_id(),
        video_id=_id(),
        video_start_s=pan.Column(float, _AT_LEAST_0),
        concept_id=pan.Column(int, _AT_LEAST_0),
        concept=_text(),
        caption=_text(nullable=True),
        split=pan.Column(str, pan.Check.isin(SPLITS)),
    ),
    # One row per stimulus, and per row of the arrays in `pictures/`.
    "stimuli": _table(
        stimulus_id=_id(unique=True),
        run_id=_id(),
        position=pan.Column(int, pan.Check.ge(1)),
        video_id=_id(),
        video_start_s=pan.Column(float, _AT_LEAST_0),
        concept_id=pan.Column(int, _AT_LEAST_0),
        concept=_text(),
        caption=_text(),  # the name of the concept where the source has none
        split=pan.Column(str, pan.Check.isin(SPLITS)),
    ),
}
# `windows` is `cut` with the columns that the release needs. They are two files so that another
# number of released samples does not retrain the generator.
TABLES["windows"] = TABLES["cut"].add_columns(
    {"released": pan.Column(bool), "seed": pan.Column("int64", _AT_LEAST_0)}
)


def write_table(path: Path, name: str, frame: pd.DataFrame) -> None:
    """Check `frame` against the schema called `name` and write it as Parquet.

    Raises:
        UserError: naming the column and the first offending value.
    """
    checked = check_table(path, name, frame)
    write_parquet(path, checked)


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as Parquet with a checksum of its values in the metadata."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {**table.schema.metadata, _CHECKSUM: _sha256(table)}
    with atomic_path(path) as temporary:
        pq.write_table(table.replace_schema_metadata(metadata), temporary)


def read_parquet(path: Path) -> pd.DataFrame:
    """Read what `write_parquet` wrote; a file without a checksum is read as it is.

    Raises:
        UserError: if the file is missing, no Parquet table, or differs from its checksum.
    """
    try:
        table = pq.ParquetFile(path).read()
        table.validate(full=True)  # text must be UTF-8
        checksum = (table.schema.metadata or {}).get(_CHECKSUM)
        if checksum is None or checksum == _sha256(table):
            return table.to_pandas()
    except FileNotFoundError:
        raise missing(path) from None
    except _NO_TABLE as error:
        raise UserError(
            str(path),
            expected="a Parquet table",
            found=str(error),
            next_step=make_again(str(path)),
        ) from None
    raise damaged(path)


def _sha256(table: pa.Table) -> bytes:
    """Return the SHA-256 of names, values and types, the same for any version of Parquet."""
    types = (table.schema.metadata or {}).get(b"pandas", b"").decode(errors="replace")
    return sha256_json([table.to_pydict(), types]).encode()


def read_table(path: Path, name: str) -> pd.DataFrame:
    """Read a table and check it against the schema called `name`.

    Raises:
        UserError: if the file is missing, damaged, or does not fit the schema.
    """
    return check_table(path, name, read_parquet(path))


def check_table(path: Path, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Check `frame` against the schema called `name`, to be written to or read from `path`.

    Raises:
        UserError: naming the column and the offending values.
    """
    schema = TABLES[name]
    try:
        return schema.validate(frame.reset_index(drop=True))
    except (pan.errors.SchemaError, pan.errors.SchemaErrors) as error:
        first = error.schema_errors[0] if isinstance(error, pan.errors.SchemaErrors) else error
        # after the brace pandera prints the whole schema
        found, several, _ = str(first).split("\n")[0].split(" {")[0].partition("cases: ")
        if several:
            found += several + listed(first.failure_cases["failure_case"].astype(str).unique())
        raise UserError(
            str(path),
            expected=f"a table of kind {name}",
            found=found,
            next_step=f"correct the source, or {make_again(str(path))}",
        ) from None

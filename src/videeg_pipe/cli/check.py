"""`videeg check`: say what a run would make of a data set, without running anything long."""

import logging
import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from videeg_pipe.runtime.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from videeg_pipe.config import Config
    from videeg_pipe.sources.survey import Survey

EXAMPLE = "videeg check my/data --configfile config/bids.yaml"

_ONSET = """\
An onset is the moment when a player starts the video file, in seconds of clock time from the first
sample of the EEG file; pauses count unless a line below says that a file's onsets count samples.
A picture with presentation time t is seen at onset + t.
"""
_NOT_CHECKED = "Not checked: the samples (dead channels, NaN, amplitudes). A run checks them first."
_UNTRAINED = """\
embed.model is untrained: CLIP has random weights, and its embeddings carry no meaning.
For the real one: --config 'embed={model: openai/clip-vit-large-patch14}' (a download of 1.7 GB).
"""
_LISTED = 6  # members of a split that are named one by one
_SPLIT = {"by": "subject", "validation": [-2], "test": [-1]}  # as in config/bids.yaml


def _one_file_each(arguments: list[str]) -> Iterator[str]:
    """Write `--configfile a b` as `--configfile a --configfile b`."""
    inside = False
    for before, argument in pairwise(["", *arguments]):
        if argument.startswith("-"):
            inside = argument == "--configfile"
        elif inside and before != "--configfile":
            yield "--configfile"
        yield argument


class Command(TyperCommand):
    """A command whose `--configfile` takes several files, as that of snakemake."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line."""
        return super().parse_args(ctx, list(_one_file_each(args)))


def run(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A BIDS-EEG or SEED-DV folder.")],
    configfile: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="YAML...",
            help="Configuration of the run, as for snakemake; later files override earlier ones.",
        ),
    ] = None,
) -> int:
    """Say what a run would make of a data set: what it uses, skips, repairs and refuses.

    Returns:
        Status 1 if anything is refused.

    Raises:
        UserError: if the folder or the configuration cannot be read.
    """
    logging.disable(logging.WARNING)  # the printed lines say the same
    try:
        return _check(data, _config(data, configfile or []))
    finally:
        logging.disable(logging.NOTSET)


def _check(data: Path, config: "Config") -> int:
    tables, survey = _survey(data, config)
    print("\n".join([*_lines(data, config), *_data_lines(tables)]))
    lines: list[str] = []
    if len(tables["recordings"]) and len(tables["clips"]):
        try:
            lines += _window_lines(tables, survey, config)
        except UserError as error:
            if survey.refused:  # perhaps only because recordings are missing
                lines = ["windows: not counted, as files are refused\n"]
            else:
                survey.refused.append(str(error))
    print("\n".join([*_finding_lines(data, tables["findings"]), *lines, _NOT_CHECKED, ""]))
    refused = _grouped(survey.refused)
    for message in refused:
        print(f"refused: {_short(message, data)}")
    print(f"refused: {len(refused)}" if refused else "Nothing is refused.")
    return int(bool(survey.refused))


def _config(data: Path, files: list[Path]) -> "Config":
    """Return the options of a run on `data` with these files, or with config/bids.yaml for none."""
    from videeg_pipe.config import ConfigError, load, merged
    from videeg_pipe.runtime.option_files import read_config_file
    from videeg_pipe.sources.registry import SOURCES

    values: dict[str, Any] = {}
    for file in files:
        values = merged(values, read_config_file(file))
    source = values.get("source", {})
    if isinstance(source, Mapping):  # otherwise `load` says what is wrong
        kind = source.get("kind") or _kind(data)
        if not files and kind == "bids":
            values["split"] = _SPLIT
        recorded = [name for name, spec in SOURCES.items() if not spec.simulated]
        if str(kind) in {*SOURCES} - {*recorded}:
            raise UserError(
                "source.kind",
                expected=f"{' or '.join(recorded)}: only recordings can be checked",
                found=kind,
                next_step="state the kind of the folder, or leave source.kind out",
            )
        values = merged(values, {"source": {"kind": kind, "path": str(data)}})
    try:
        config = load(values)
    except ConfigError as error:
        raise UserError(
            ", ".join(map(str, files)) or "the configuration",
            expected="options as in config/README.md",
            found="; also ".join(str(error).removeprefix("config: ").split("\nconfig: ")),
            next_step="correct them",
        ) from None
    return config


def _grouped(refused: list[str]) -> list[str]:
    """Return one message for a file that several recordings need, and for one fault of many files.

    Args:
        refused: Messages of `UserError`.
    """
    by_file: dict[str, str] = {}
    for message in refused:
        by_file.setdefault(message.split("; expected ")[0], message)
    by_fault: dict[str, list[str]] = {}
    for file, message in by_file.items():
        by_fault.setdefault(message.removeprefix(file), []).append(file)
    return [
        f"{files[0]}{f' and {len(files) - 1} more' if len(files) > 1 else ''}{fault}"
        for fault, files in by_fault.items()
    ]


def _short(message: str, data: Path) -> str:
    """Write the paths of a message relative to the data set."""
    return re.sub(rf"(?<![\w./-]){re.escape(str(data))}/", "", message)


def _kind(data: Path) -> str:
    arrays = [*data.glob("EEG/sub*.npy"), *data.glob("sub*.npy")]
    return "seed-dv" if arrays and not any(data.glob("sub-*/")) else "bids"


def _survey(data: Path, config: "Config") -> "tuple[dict[str, pd.DataFrame], Survey]":
    from videeg_pipe.config import slice_of
    from videeg_pipe.sources.registry import SOURCES
    from videeg_pipe.sources.survey import Survey

    source, survey = SOURCES[config.source.kind], Survey()
    sections = slice_of(config, "source", *source.options)
    return source.tables().make_tables(sections, data, survey), survey


def _lines(data: Path, config: "Config") -> Iterator[str]:
    yield f"{data}: {config.source.kind}, split by {config.split.by}"
    yield _ONSET


def _data_lines(tables: "dict[str, pd.DataFrame]") -> Iterator[str]:
    recordings, clips = tables["recordings"], tables["clips"]
    clips = clips[clips["recording_id"].isin(recordings["recording_id"])]
    if recordings.empty:
        yield "used: nothing\n"
        return
    minutes = (recordings["n_samples"] / recordings["sfreq"]).sum() / 60
    rates = ", ".join(f"{rate:g}" for rate in sorted(recordings["sfreq"].unique()))
    counts = ", ".join(str(n) for n in sorted(recordings["n_channels"].unique()))
    yield f"used: {len(recordings)} recordings of {recordings['subject'].nunique()} people, " + (
        f"{minutes:.0f} min, {counts} EEG channels at {rates} Hz"
    )
    yield f"      {len(clips)} clips of {clips['video_id'].nunique()} videos and " + (
        f"{clips['concept'].nunique()} concepts\n"
    )


def _finding_lines(data: Path, findings: "pd.DataFrame") -> Iterator[str]:
    """Say each finding once, with the number of its files."""
    for (action, what), rows in findings.groupby(["action", "what"], sort=False):
        first = Path(rows["file"].iloc[0])
        name = first.relative_to(data) if first.is_relative_to(data) else first
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        yield f"{action}: {name}{more}: {what}"
    if len(findings):
        yield ""


def _window_lines(
    tables: "dict[str, pd.DataFrame]", survey: "Survey", config: "Config"
) -> Iterator[str]:
    """Count the windows per split as cut_windows would cut them.

    Raises:
        UserError: if filters, channels, windows or split do not fit the data.
    """
    import pandas as pd

    from videeg_pipe.contracts.held_out import held_out
    from videeg_pipe.contracts.tables import SPLITS
    from videeg_pipe.preprocess.channels import match_channels, shared_positions
    from videeg_pipe.preprocess.plans import check_filters, check_montage, listed_segments
    from videeg_pipe.preprocess.split import assign_splits
    from videeg_pipe.preprocess.windows import plan_windows

    recordings, clips = tables["recordings"], tables["clips"]
    rows: list[Any] = list(recordings.itertuples(index=False))
    for row in rows:
        check_filters(row, config.preprocess)
        check_montage(row, config.preprocess)
    if config.preprocess.montage == "own" and survey.electrodes:
        known = {name: survey.electrodes[name] for name in recordings["recording_id"]}
        order = match_channels({name: names for name, (names, _) in known.items()})
        shared_positions(
            next(iter(known.values()))[0],
            {name: [xyz[row] for row in order[name]] for name, (_, xyz) in known.items()},
        )
    sfreq = config.preprocess.sfreq
    entries = [
        {
            "recording_id": row.recording_id,
            "n_samples": math.ceil(row.n_samples * sfreq / row.sfreq),  # as `resample` does
            "segments": listed_segments(survey.segments[row.recording_id])
            if row.recording_id in survey.segments
            else [],
        }
        for row in rows
    ]
    clips = clips[clips["recording_id"].isin(recordings["recording_id"])]
    cut, dropped = plan_windows(recordings, clips, entries, sfreq, config.windows)
    where = recordings.set_index("recording_id")[["subject", "session", "block"]]
    at = list(where.loc[cut["recording_id"]].itertuples(index=False, name=None))
    splits = pd.Series(assign_splits(at, config.split))
    shared = held_out(cut.assign(split=splits), recordings).text
    yield f"windows of {config.windows.length_s:g} s every {config.windows.stride_s:g} s:"
    column = "block" if config.split.by == "run" else config.split.by
    groups = cut["recording_id"].map(where[column])
    for name in SPLITS:
        members = _members(sorted(set(groups[splits == name])))
        yield f"  {name:10} {int((splits == name).sum()):6}  {config.split.by} {members}"
    for reason, n in dropped.items():
        yield f"  dropped    {n:6}  they touch: {reason}"
    yield ""
    yield f"The test split is held out from training. {shared}\n"
    if config.embed.model == "untrained":
        yield _UNTRAINED


def _members(members: list[Any]) -> str:
    if len(members) <= _LISTED:
        return ", ".join(map(str, members))
    return f"{members[0]} to {members[-1]} ({len(members)})"

"""A release as a BIDS derivative data set."""

import warnings
from pathlib import Path
from typing import Any, Literal

import mne
import mne_bids
import numpy as np
import pandas as pd

from videeg_pipe import __version__
from videeg_pipe.contracts.constants import NOT_STATED, V_PER_UV
from videeg_pipe.reader.checks import check_samples
from videeg_pipe.reader.folders import file_labels, new_folder
from videeg_pipe.reader.mne_epochs import recording_info
from videeg_pipe.reader.release import Release
from videeg_pipe.runtime.files import read_json, write_json

TASK = "video"

_COLUMNS = {
    "stim_file": "Text that stands in for the video, which is not part of these data.",
    "video_id": "Id of the video that the sample was generated for.",
    "video_time_s": "Time in the video at the sample's first value, in seconds.",
    "sample_id": "Id of the sample in the release.",
    "label": "Class of the concept, counted from 0.",
    "concept_id": "Number of the concept in the source.",
    "emotion": "Emotion label.",
    "emotion_origin": "Origin of the emotion label.",
    "split": "train, validation or test.",
    "seed": "Random seed of the sample.",
}
"""Columns of events.tsv besides BIDS's own, with their descriptions."""


def write_bids(release: Release, folder: Path) -> Path:
    """Write one BrainVision recording per subject and split; returns the folder.

    A recording joins samples, which are not consecutive in time; its events give each sample's
    onset, duration, concept (`trial_type`) and video (`video_id`). BIDS requires that each
    `stim_file` exists, so a line of text stands in for each video. Values are float32.

    Raises:
        UserError: if the folder exists and is not empty, or the release is damaged or has no
            samples.
    """
    check_samples(release)
    labels = file_labels(release.subjects)
    splits = file_labels(np.unique(release.values("split")).tolist())
    videos = file_labels(np.unique(release.values("video_id")).tolist())
    with new_folder(folder) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as of a missing date of measurement
        _describe(release, temporary)
        for subject, label in labels.items():
            of_subject = release.select(subject=subject)
            for split in np.unique(of_subject.values("split")).tolist():
                path = mne_bids.BIDSPath(
                    subject=label,
                    task=TASK,
                    description=splits[split],
                    datatype="eeg",
                    root=temporary,
                )
                _write_recording(of_subject.select(split=split), path, videos)
        for video, label in videos.items():
            write_stand_in(temporary, label, video)
        _name_subjects(temporary, labels)
    return folder


def write_stand_in(folder: Path, label: str, stimulus: str) -> str:
    """Write a text in `stimuli/` that stands in for a stimulus; returns its `stim_file`."""
    path = folder / "stimuli" / f"{label}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"This text stands in for the stimulus {stimulus}, which is not part of these data.\n",
        encoding="utf-8",
    )
    return path.name


def _write_recording(part: Release, path: mne_bids.BIDSPath, videos: dict[str, str]) -> None:
    raw = _recording(part, videos)
    mne_bids.write_raw_bids(
        raw,
        path,
        event_id={_cell(name): number for number, name in enumerate(part.classes, 1)},
        extra_columns_descriptions=_COLUMNS,
        format="BrainVision",
        allow_preload=True,
        readme=False,
        verbose="error",
    )
    facts = part.attributes
    known = "highpass_hz" in facts and "lowpass_hz" in facts
    describe_generated(
        path,
        reference=facts.get("reference"),
        band_hz=(facts["highpass_hz"], facts["lowpass_hz"]) if known else None,
        seconds=raw.n_times / part.sfreq,
        kind="discontinuous",
    )


def describe_generated(
    path: mne_bids.BIDSPath,
    *,
    reference: str | None,
    band_hz: tuple[float, float] | None,
    seconds: float,
    kind: Literal["continuous", "discontinuous"],
) -> None:
    """Correct the sidecar of MNE-BIDS, which describes an amplifier: this EEG is generated.

    Args:
        path: The recording.
        reference: Of the EEG, if it is known.
        band_hz: Pass band of its filter, if it is known.
        seconds: Its length.
        kind: Whether it joins samples that are not consecutive in time.
    """
    filters: Any = "n/a"
    if band_hz is not None:
        low, high = map(float, band_hz)
        filters = {"Band-pass": {"Low edge (Hz)": low, "High edge (Hz)": high}}
    sidecar = path.copy().update(suffix="eeg", extension=".json").fpath
    write_json(
        sidecar,
        read_json(sidecar)
        | {
            "TaskName": TASK,
            "TaskDescription": "EEG generated for a video. Nobody was recorded.",
            "Manufacturer": "n/a",
            "EEGReference": reference or "n/a",
            "SoftwareFilters": filters,
            "RecordingDuration": seconds,
            "RecordingType": kind,
        },
    )


def _recording(part: Release, videos: dict[str, str]) -> mne.io.RawArray:
    """Join samples to one recording with one annotation per sample."""
    eeg = part.values("eeg")  # (n, C, T)
    n, n_channels, n_times = eeg.shape
    volts = eeg.swapaxes(0, 1).reshape(n_channels, n * n_times).astype(np.float64)
    volts *= V_PER_UV
    raw = mne.io.RawArray(volts, recording_info(part, standard_names=True), verbose=False)
    raw.info["line_freq"] = None
    table = part.to_pandas()
    table["stim_file"] = table["video_id"].map(videos) + ".txt"
    extras = table[list(_COLUMNS)].astype(object).map(_cell)
    onsets_s = np.arange(n) * n_times / part.sfreq
    raw.set_annotations(
        mne.Annotations(
            onsets_s,
            np.full(n, n_times / part.sfreq),
            table["concept"].map(_cell).to_list(),
            extras=extras.to_dict("records"),
        )
    )
    return raw


def _cell(value: Any) -> Any:
    """Return a value as a table of BIDS holds it: no tabs, line ends or empty cells."""
    return (" ".join(value.split()) or "n/a") if isinstance(value, str) else value


def _describe(release: Release, folder: Path) -> None:
    """Write dataset_description.json and README."""
    facts = release.attributes
    title = f"{facts['title']} {facts.get('version', '')}".strip()
    licence = str(facts.get("license", NOT_STATED))
    mne_bids.make_dataset_description(
        path=folder,
        name=f"{title}: synthetic EEG generated from video",
        dataset_type="derivative",
        data_license=None if licence == NOT_STATED else licence,
        authors=[str(name) for name in facts.get("authors", [])] or [NOT_STATED],
        generated_by=[
            {
                "Name": "VidEEG-Gen",
                "Version": __version__,
                "Description": "Export of a release of generated EEG. Generator: "
                + str(facts["generator"]),
            }
        ],
        overwrite=True,
        verbose="error",
    )
    (folder / "README").write_text(
        f"{title}: SYNTHETIC EEG. {facts.get('description', '')}\n\n"
        "Nobody was recorded. Each recording joins the samples of one subject and one split.\n"
        "Samples are not consecutive in time: cut them by the onsets and durations in events.tsv\n"
        "before filtering. video_id gives the id of the video. The data contain no videos: the\n"
        "texts in stimuli/ stand in for them.\n",
        encoding="utf-8",
    )


def _name_subjects(folder: Path, labels: dict[str, str]) -> None:
    """Add the release's names of the subjects to participants.tsv."""
    path = folder / "participants.tsv"
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    names = {f"sub-{label}": subject for subject, label in labels.items()}
    table["release_subject"] = table["participant_id"].map(names)
    table.to_csv(path, sep="\t", index=False)
    described = read_json(path.with_suffix(".json"))
    described["release_subject"] = {"Description": "Name of the subject in the release."}
    write_json(path.with_suffix(".json"), described)

"""A BIDS data set as labs have them: sessions, rest, runs without video, videos in sub-folders."""

import json
from pathlib import Path

import mne
import numpy as np
import pandas as pd

from tests.sources.builders import write_video
from tests.sources.eeg_files import write_edf
from videeg_pipe.contracts.montage import electrode_positions

PEOPLE = ("P01", "P02", "P03")
NAMES = ("FP1", "FP2", "F7", "F3", "FZ", "F4", "F8", "T7", "C3", "CZ", "C4", "T8", "P7", "P3",
         "PZ", "P4", "P8", "O1", "OZ", "O2")  # fmt: skip
SFREQ, LENGTH_S = 200, 24
ONSETS = (1.5, 7.0, 13.0, 18.5)
FILES = ("nature/river.mp4", "faces/happy/anna.mp4", "nature/river.mp4", "faces/happy/anna.mp4")


def build_lab(root: Path) -> Path:
    """Write three people with two sessions: two runs of videos, one of pictures, and rest.

    P03 came to the first session only. Events are inherited from the data set's folder.
    """
    for place, name in enumerate(sorted(set(FILES))):
        write_video(root / "stimuli" / name, 96 + 24 * place)
    (root / "dataset_description.json").write_text(
        json.dumps({"Name": "lab", "BIDSVersion": "1.9"})
    )
    rows = zip([name[1:] for name in PEOPLE], [25, 9, "n/a"], [*"wmd"], strict=True)
    people = pd.DataFrame(rows, columns=["Participant_ID", "Age", "Sex"])
    people.assign(Participant_ID=PEOPLE).to_csv(root / "participants.tsv", sep="\t", index=False)
    shown = {"onset": ONSETS, "duration": "n/a", "trial_type": "stimulus/video"}
    pd.DataFrame(shown | {"stim_file": FILES, "category": [*"nfnf"]}).to_csv(
        root / "task-movies_events.tsv", sep="\t", index=False
    )
    for place, person in enumerate(PEOPLE):
        for session in ("1", "2")[: 1 if person == "P03" else 2]:
            for task, run in (("movies", "1"), ("movies", "2"), ("pictures", "1"), ("rest", None)):
                seed = [place, int(session), int(run or 0), len(task)]
                _write_recording(root, person, session, task, run, np.random.default_rng(seed))
    return root


def _write_recording(
    root: Path, person: str, session: str, task: str, run: str | None, rng: np.random.Generator
) -> None:
    folder = root / f"sub-{person}" / f"ses-{session}" / "eeg"
    start = f"sub-{person}_ses-{session}"
    name = f"{start}_task-{task}" + ("" if run is None else f"_run-{run}")
    smooth = rng.standard_normal((6, SFREQ * LENGTH_S)).cumsum(axis=1)
    smooth -= mne.filter.filter_data(smooth, SFREQ, None, 0.5, verbose="error")
    places = electrode_positions(NAMES)
    mixed = np.exp(-((places[:, None] - rng.permutation(places)[:6]) ** 2).sum(-1) / 0.005) @ smooth
    eeg = 10 * mixed / mixed.std() + rng.standard_normal(mixed.shape)
    write_edf(folder / f"{name}_eeg.edf", eeg, NAMES, SFREQ)
    channels = pd.DataFrame({"name": NAMES, "type": "EEG", "units": "uV"})
    channels.to_csv(folder / f"{name}_channels.tsv", sep="\t", index=False)
    electrodes = pd.DataFrame(places, columns=[*"xyz"]).assign(name=NAMES)[["name", *"xyz"]]
    electrodes.to_csv(folder / f"{start}_space-CapTrak_electrodes.tsv", sep="\t", index=False)
    system = {"EEGCoordinateSystem": "CapTrak", "EEGCoordinateUnits": "m"}
    (folder / f"{start}_space-CapTrak_coordsystem.json").write_text(json.dumps(system))
    if task == "pictures":
        events = {"onset": [1.0, 5.0], "duration": [2.0, 2.0], "stim_file": ["a.png", "b.jpg"]}
        pd.DataFrame(events).to_csv(folder / f"{name}_events.tsv", sep="\t", index=False)

"""Small data sets on disk: SEED-DV's layout, BIDS-EEG, and videos."""

from pathlib import Path
from typing import Any

import av
import mne
import numpy as np
import pandas as pd
from mne_bids import BIDSPath, make_dataset_description, write_raw_bids

from videeg_pipe.acquire.stage import acquire
from videeg_pipe.config import load, slice_of
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.sources.registry import SOURCES

TABLES = ("recordings", "clips", "videos", "participants", "findings")

LAYOUT = {"n_blocks": 2, "concepts_per_block": 3, "clips_per_concept": 2, "hint_s": 1, "clip_s": 1}
"""Two blocks of 9 s: 1800 samples, 216 frames, 6 clips."""

SHAPE = (2, 62, 1800)
N_FRAMES = 216
LABELS = np.array([[3, 40, 1], [40, 1, 3]])


def run_acquire(values: dict[str, Any], out: Path, results: str = "no results"):
    """Run the stage as its rule does; returns the five tables."""
    config = load(values)
    paths = {name: out / f"{name}.parquet" for name in TABLES}
    source = SOURCES[config.source.kind]
    acquire(
        slice_of(config, "source", *source.options),
        root=source.listing().root(config, results),
        tables=paths,
    )
    return {name: read_table(path, name) for name, path in paths.items()}


def write_video(
    path: Path,
    n_frames: int,
    *,
    fps: int = 24,
    options: dict[str, str] | None = None,
    sound_s: float = 0.0,
) -> Path:
    """Write an H.264 video of noise; with `sound_s`, silence of that length beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([n_frames, *path.name.encode()])
    with av.open(path, "w", options=options or {}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        sound = container.add_stream("aac", rate=48_000) if sound_s else None
        for _ in range(n_frames):
            picture = rng.integers(0, 255, (32, 48), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray8")))
        container.mux(stream.encode())
        if sound is not None:
            silence = np.zeros((1, round(sound_s * 48_000)), np.float32)
            frame = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            frame.sample_rate = 48_000
            container.mux(sound.encode(frame))
            container.mux(sound.encode())
    return path


def eeg(seed: int = 0, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    """Noise of 10 uV on the offsets and the scale that raw EEG has, in microvolts."""
    rng = np.random.default_rng(seed)
    return 10 * rng.standard_normal(shape) + rng.normal(0, 300, (*shape[:-1], 1))


def build_seed_dv(root: Path, *, flat: bool = False) -> dict[str, Any]:
    """Write a SEED-DV folder: sub1 in volts with a second session, sub2 in microvolts.

    Returns:
        The configuration that reads it.
    """
    places = {
        "eeg": "EEG",
        "video": "Video",
        "meta_info": "Video/meta-info",
        "captions": "Video/BLIP-caption",
    }
    if flat:
        places = dict.fromkeys(places, ".")
    for name in places.values():
        (root / name).mkdir(parents=True, exist_ok=True)
    folder = root / places["eeg"]
    np.save(folder / "sub1.npy", (eeg(1) * 1e-6).astype(np.float32))
    np.save(folder / "sub1_session2.npy", (eeg(2) * 1e-6).astype(np.float32))
    np.save(folder / "sub2.npy", eeg(3))
    np.save(root / places["meta_info"] / "All_video_label.npy", LABELS)
    videos = ["1st_10min.mp4", "2nd_10min.mp4"]
    for name in videos:
        write_video(root / places["video"] / name, N_FRAMES)
        captions = "".join(f"clip {place} of {name}\r\n" for place in range(6))
        path = root / places["captions"] / name.replace(".mp4", ".txt")
        path.write_bytes(captions.encode())
    return {
        "source": {"kind": "seed-dv", "path": str(root)},
        "seed_dv": {**places, "videos": videos, "layout": LAYOUT},
    }


BIDS_SFREQ = 128.0
BIDS_LENGTH_S = 12.0


def build_bids(root: Path, subjects: tuple[str, ...] = ("01", "02")) -> dict[str, Any]:
    """Write a BIDS-EEG data set: 20 channels at 128 Hz, 12 s per run, one run per person.

    Each run shows clip.mp4 (2 s, 24 fps) at 1 s and at 6 s, and other.mp4 (1 s, 30 fps) at 4 s.

    Returns:
        The configuration that reads it.
    """
    names = mne.channels.make_standard_montage("colin27_1020").ch_names[:20]
    write_video(root / "stimuli" / "clip.mp4", 48)
    write_video(root / "stimuli" / "more" / "other.mp4", 30, fps=30)
    for number, subject in enumerate(subjects):
        write_bids_run(root, names, subject=subject, seed=number, run="1")
    make_dataset_description(
        path=root, name="test", data_license="CC0", overwrite=True, verbose="error"
    )
    people = pd.DataFrame({"participant_id": [f"sub-{name}" for name in subjects]})
    people["age"], people["sex"], people["hand"] = "n/a", "n/a", "n/a"
    people.loc[0, ["age", "sex", "hand"]] = ["81", "M", "L"]
    people.to_csv(root / "participants.tsv", sep="\t", index=False)
    return {"source": {"kind": "bids", "path": str(root)}}


def write_bids_run(root: Path, names: list[str], seed: int = 0, **entities: str) -> BIDSPath:
    """Write one recording and its events."""
    values = eeg(seed, (len(names), round(BIDS_SFREQ * BIDS_LENGTH_S))) * 1e-6
    raw = mne.io.RawArray(values, mne.create_info(names, BIDS_SFREQ, "eeg"), verbose="error")
    raw.set_montage("colin27_1020")
    path = BIDSPath(root=root, datatype="eeg", **{"task": "video", **entities})
    made = write_raw_bids(
        raw, path, format="EDF", allow_preload=True, overwrite=True, verbose="error"
    )
    write_events(
        made,
        onset=[1.0, 4.0, 6.0, 11.0],
        duration=[2.0, 1.0, 2.0, "n/a"],
        trial_type=["walk", "talk", "walk", "button"],
        stim_file=["clip.mp4", "more/other.mp4", "clip.mp4", "n/a"],
    )
    return made


def write_events(path: BIDSPath, **columns: list[Any]) -> Path:
    """Write the events of a recording."""
    file = Path(path.copy().update(suffix="events", extension=".tsv").fpath)
    pd.DataFrame(columns).to_csv(file, sep="\t", index=False)
    return file

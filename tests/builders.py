"""A small results folder with planted structure, to test a stage without the others."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.contracts.tables import EMOTIONS, write_table
from videeg_pipe.runtime.files import read_json, sha256_file, write_json, write_npy
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.sources.findings import findings_table

SFREQ = 200.0
CLIP_S = 2.0
HINT_S = 3.0
NO_FILE = "0" * 64


def build_results(
    root: Path,
    *,
    n_subjects: int = 2,
    n_blocks: int = 3,
    n_concepts: int = 4,
    channels: tuple[str, ...] = SEED_DV_CHANNELS,
    n_released: int | None = None,
    truth: bool = True,
) -> Path:
    """Write the files of all stages before `graphs` and `train`.

    Each concept has two clips of 2 s, which give four windows of 1 s. The last block is the test
    split, the block before it is validation. The EEG is 10 uV of noise that is correlated between
    neighbours in `channels`, plus an evoked part that follows the video's luminance at the last ten
    channels.

    Returns:
        `root`, laid out as `results/` is.
    """
    rng = np.random.default_rng(0)
    subjects = [f"sub{i + 1}" for i in range(n_subjects)]
    concept_s = HINT_S + 2 * CLIP_S
    duration_s = n_concepts * concept_s
    n_samples = int(duration_s * SFREQ)
    videos = _write_videos(root, n_blocks, duration_s, rng)
    recordings, clips = [], []
    for subject in subjects:
        entries = []
        for block in range(1, n_blocks + 1):
            name = f"{subject}-s1-b{block}"
            evoked = _evoked(videos[block - 1], n_samples, len(channels))
            noise = rng.standard_normal((len(channels) + 2, n_samples))
            noise = 10 * (noise[:-2] + noise[1:-1] + noise[2:]) / np.sqrt(3)
            path = root / "eeg" / f"{name}.npy"
            write_npy(path, (evoked + noise).astype(np.float32))
            if truth:
                write_npy(root / "eeg" / f"{name}_truth.npy", evoked.astype(np.float32))
            entries.append(
                {
                    "recording_id": name,
                    "subject": subject,
                    "n_samples": n_samples,
                    "sha256": sha256_file(path),
                    "bad_channels": [],
                    "segments": [],
                }
            )
            if truth:
                entries[-1]["truth_sha256"] = sha256_file(path.with_stem(f"{name}_truth"))
            recordings.append(
                (name, subject, 1, block, str(path), SFREQ, n_samples, len(channels), 1.0, NO_FILE)
            )
            for place in range(2 * n_concepts):
                concept, clip = divmod(place, 2)
                onset_s = concept * concept_s + HINT_S + clip * CLIP_S
                clips.append(
                    (
                        f"{name}-c{place:03d}", name, onset_s, CLIP_S, f"video{block}", onset_s,
                        concept + 1, f"concept {concept + 1}", None, EMOTIONS[concept % 3], None,
                    )
                )  # fmt: skip
        write_json(
            root / "eeg" / f"{subject}.json",
            {
                "subject": subject,
                "channels": list(channels),
                "positions_m": electrode_positions(channels).tolist(),
                "sfreq": SFREQ,
                "reference": "average",
                "recordings": entries,
            },
        )
    manifests = [read_json(root / "eeg" / f"{subject}.json") for subject in subjects]
    shared = {
        name: manifests[0][name] for name in ("channels", "positions_m", "sfreq", "reference")
    }
    listed = [entry for manifest in manifests for entry in manifest["recordings"]]
    write_json(root / "eeg" / "index.json", shared | {"recordings": listed, "dropped_windows": {}})
    _write_tables(root, subjects, recordings, clips)
    _write_windows(root, clips, n_blocks, n_released)
    write_json(
        root / "normalisation.json",
        {
            "scale": "sd",
            "scales_uv": {name: [10.0] * len(channels) for name in subjects},
            "population_uv": [10.0] * len(channels),
        },
    )
    _write_texts(root, subjects, rng)
    return root


def change_recording(path: Path, eeg: NDArray[Any]) -> None:
    """Replace a preprocessed recording, (C, N), and its checksum in the index."""
    write_npy(path, eeg.astype(np.float32))
    index = read_json(path.with_name("index.json"))
    for entry in index["recordings"]:
        for name, suffix in (("sha256", ""), ("truth_sha256", "_truth")):
            if path.stem == entry["recording_id"] + suffix:
                entry[name] = sha256_file(path)
    write_json(path.with_name("index.json"), index)


def _write_videos(
    root: Path, n_blocks: int, duration_s: float, rng: np.random.Generator
) -> list[VideoFeatures]:
    made = []
    for block in range(1, n_blocks + 1):
        track_s = np.arange(round(duration_s * 24)) / 24
        luminance = np.convolve(rng.standard_normal(len(track_s)), np.ones(6) / 6, "same")
        rest = rng.standard_normal((3, len(track_s)))
        grid_s = np.arange(0, duration_s, 0.5)
        features = VideoFeatures(
            rng.standard_normal((len(grid_s), 768)).astype(np.float32),
            grid_s,
            np.vstack([luminance, rest]).astype(np.float32),
            track_s,
        )
        features.write(root / "video" / f"video{block}.npz")
        made.append(features)
    write_json(
        root / "video" / "videos.json",
        {
            "clip": {"model": "untrained", "trained": False},
            "videos": {
                f"video{i + 1}": {
                    "file": f"video{i + 1}.npz",
                    "sha256": sha256_file(root / "video" / f"video{i + 1}.npz"),
                }
                for i in range(n_blocks)
            },
        },
    )
    return made


def _evoked(features: VideoFeatures, n_samples: int, n_channels: int) -> np.ndarray:
    luminance = features.track_at(np.arange(n_samples) / SFREQ - 0.1)[0]
    topography = np.zeros(n_channels)
    topography[-10:] = np.linspace(0.2, 1.0, 10)[-n_channels:]
    return 15 * topography[:, None] * luminance


def _write_tables(root: Path, subjects: list[str], recordings: list, clips: list) -> None:
    columns = (
        "recording_id subject session block path sfreq n_samples n_channels scale_to_uv sha256"
    )
    frame = pd.DataFrame(recordings, columns=columns.split()).assign(truth_path=None)
    write_table(root / "manifest" / "recordings.parquet", "recordings", frame)
    columns = (
        "clip_id recording_id onset_s duration_s video_id video_start_s "
        "concept_id concept concept_group emotion caption"
    )
    clip_table = pd.DataFrame(clips, columns=columns.split())
    write_table(root / "manifest" / "clips.parquet", "clips", clip_table)
    emotions = clip_table[["clip_id", "emotion"]].assign(origin="source")
    for name in EMOTIONS:
        emotions[f"p_{name}"] = (emotions["emotion"] == name).astype(float)
    write_table(root / "emotions.parquet", "emotions", emotions)
    people = pd.DataFrame(
        {
            "subject": subjects,
            "age": 25.0,
            "sex": "F",
            "handedness": "R",
            "prompt": [f"EEG of {name}." for name in subjects],
        }
    )
    write_table(root / "manifest" / "participants.parquet", "participants", people)
    write_table(root / "manifest" / "findings.parquet", "findings", findings_table([]))
    video_ids = sorted(clip_table["video_id"].unique())
    duration_s = float(clip_table["video_start_s"].max() + CLIP_S)
    videos = pd.DataFrame(
        {
            "video_id": video_ids,
            "path": [f"{name}.mp4" for name in video_ids],
            "fps": 24.0,
            "width": 160,
            "height": 120,
            "duration_s": duration_s,
            "sha256": NO_FILE,
            "licence": "CC-BY-4.0",
            "redistributable": False,
        }
    )
    write_table(root / "manifest" / "videos.parquet", "videos", videos)


def _write_windows(root: Path, clips: list, n_blocks: int, n_released: int | None) -> None:
    rows = []
    for clip in clips:
        block = int(clip[4].removeprefix("video"))
        split = {n_blocks: "test", n_blocks - 1: "validation"}.get(block, "train")
        for place in range(2):
            start = round((clip[2] + place) * SFREQ)
            rows.append(
                (
                    f"{clip[0]}-w{place}", clip[1], clip[0], clip[1].split("-")[0], block, start,
                    int(SFREQ), clip[4], clip[5] + place, clip[6], clip[7], clip[9], split,
                )
            )  # fmt: skip
    columns = (
        "window_id recording_id clip_id subject block start_sample n_samples video_id "
        "video_time_s concept_id concept emotion split"
    )
    cut = pd.DataFrame(rows, columns=columns.split())
    write_table(root / "windows" / "cut.parquet", "cut", cut)
    released = np.arange(len(cut)) < (len(cut) if n_released is None else n_released)
    seeds = [derive_seed(42, name) for name in cut["window_id"]]
    write_table(root / "windows.parquet", "windows", cut.assign(released=released, seed=seeds))


def _write_texts(root: Path, subjects: list[str], rng: np.random.Generator) -> None:
    texts = {}
    for name in subjects:
        path = root / "text" / f"{name}.npy"
        write_npy(path, rng.standard_normal((77, 768)).astype(np.float32))
        texts[name] = {"file": path.name, "sha256": sha256_file(path)}
    write_json(root / "text" / "texts.json", {"texts": texts})

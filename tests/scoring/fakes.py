"""Generators with a known answer, and a release made with one of them."""

import json
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor

from tests.builders import SFREQ
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.conditions.files import Conditions, Inputs
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.runtime.files import write_json
from videeg_pipe.scoring.draws import Sampler

SUBJECTS = ["sub1", "sub2"]
SCALE_UV = 10.0


def evoked_and_noise(noise: float = 1.0, *, sees: bool = True, late_s: float = 0.0) -> Sampler:
    """A generator that answers with the evoked part of `build_results`, plus noise of its own.

    Args:
        noise: Spread of the noise, in units of the planted one's.
        sees: Whether it looks at the video.
        late_s: How much later than planted it answers, in seconds.
    """
    topography = np.zeros((62, 1))
    topography[-10:, 0] = np.linspace(0.2, 1.0, 10)
    times_s = np.arange(int(SFREQ)) / SFREQ - 0.1 - late_s

    def sample(condition: Condition, seeds: Sequence[int], *, mirrored: bool = False) -> Tensor:
        sign = -1 if mirrored else 1
        track_s = np.arange(condition.track.shape[-1]) / 24 - 1
        out = []
        for luminance, seed in zip(condition.track[:, 0].numpy(), seeds, strict=True):
            evoked = 15 / SCALE_UV * topography * np.interp(times_s, track_s, luminance)
            white = np.random.default_rng(seed).standard_normal((64, len(times_s)))
            correlated = (white[:-2] + white[1:-1] + white[2:]) / np.sqrt(3)
            out.append(sees * evoked + sign * noise * correlated)
        return torch.tensor(np.array(out), dtype=torch.float32)

    return sample


def inputs_of(results: Path) -> Inputs:
    """Inputs as the rule names them."""
    write_json(results / "clip" / "model.json", {"model": "untrained", "trained": False})
    return Inputs(
        {
            "windows": results / "windows.parquet",
            "normalisation": results / "normalisation.json",
            "videos": results / "video" / "videos.json",
            "texts": results / "text" / "texts.json",
            "clip": results / "clip" / "model.json",
            "checkpoint": results / "models" / "spgn" / "checkpoint.safetensors",
            "index": results / "eeg" / "index.json",
        }
    )


def conditions_of(inputs: Inputs, windows) -> Conditions:
    return Conditions(
        windows,
        videos=inputs.path("videos"),
        texts=inputs.path("texts"),
        sfreq=SFREQ,
        subjects=SUBJECTS,
        config=ConditionOptions(),
    )


def write_release(results: Path, sample: Sampler, **changes) -> Path:
    """Write what of the release validation reads, all splits; `changes` replace columns."""
    inputs = inputs_of(results)
    windows = inputs.windows(table="windows")
    windows = windows[windows["released"]].reset_index(drop=True)
    condition = conditions_of(inputs, windows).batch(np.arange(len(windows)))
    eeg = sample(condition, list(windows["seed"])).numpy() * SCALE_UV
    columns = {
        "eeg": eeg,
        "sample_id": np.array([f"sample-{row:06d}" for row in range(len(windows))], object),
        "seed": windows["seed"].to_numpy(),
        **{
            name: windows[name].to_numpy(object)
            for name in ("subject", "split", "video_id", "concept")
        },
    } | changes
    path = results / "release" / "videeg-gen.h5"
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs.update(
            {
                "title": "VidEEG-Gen",
                "version": "1.0.0",
                "protocol": "generation",
                "source": "phantom",
                "license": "CC-BY-4.0",
                "authors": ["VidEEG-Gen contributors"],
                "consent": "not needed: the people are simulated",
                "video_licence": "CC-BY-4.0",
                "subject_codes": "the codes of the simulation",
                "created": "2025-01-01T00:00:00Z",
                "generator": json.dumps(
                    {
                        "model": "spgn",
                        "config_sha256": "c" * 64,
                        "checkpoint_sha256": "d" * 64,
                        "code_version": "0.1.0",
                    }
                ),
            }
        )
        for name, values in columns.items():
            file.create_dataset(name, data=values)
    path.with_name("SHA256SUMS").write_text(f"{'e' * 64}  {path.name}\n")
    return path

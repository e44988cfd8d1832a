"""Ceilings: test clips made from better answers than EEG can give."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from videeg_pipe.config import section
from videeg_pipe.config.pictures import PicturesOptions
from videeg_pipe.contracts.decoding import list_folders, write_reconstruction
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.models.pictures.drawing import ClipArtist, noise_of
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.threads import compute_reproducibly

_PENALTIES = np.logspace(-2, 4, 7)


def reconstruct_ceilings(
    names: list[str], *, pictures: Path, config: Mapping[str, Any], record: Path
) -> None:
    """Make the test stimuli of each ceiling, and write arrays and records.

    Args:
        names: `codec`: true latents, decoded. `generator`: drawn from true text, latents and first
            frame. `information`: drawn from text and latents that are predicted from all that
            drives the phantom's EEG: concept, luminance and motion of both halves of the picture.
        pictures: Folder of the `PictureStore`.
        config: Slice of the configuration: seed, threads and sampler.
        record: List of the ceilings' records, written last; their folders lie beside it.
    """
    compute_reproducibly(config["decode"]["threads"])
    store, done = PictureStore(pictures), {}
    artist = ClipArtist.load(store, section(PicturesOptions, config["pictures"]))
    stimuli = store.stimuli("test")
    rows = stimuli.index.to_numpy()
    text, true = store.array("texts")[rows], store.array("latents")[rows]
    noise = noise_of(stimuli["stimulus_id"], true.shape[1:], config["run"]["seed"])
    for name in progress(names, "ceilings"):
        own, latents = text, true
        if name == "generator":
            latents = artist.draw(own, true, noise, keyframe=true[:, 0])
        if name == "information":
            own, predicted = from_drives(store)
            latents = artist.draw(own, predicted, noise, make_keyframe=True)
        arrays = {"frames": artist.frames(latents), "latents": latents, "texts": own.mean(1)}
        done[name] = record.parent / name / "reconstruction.json"
        write_reconstruction(done[name], arrays, None, {"ceiling": name})
    list_folders(record, done)


def from_drives(store: PictureStore) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Predict text and latents of test stimuli linearly from what drives the phantom's EEG.

    Only training stimuli are fitted.

    Returns:
        Text (n, tokens, width) and latents (n, F, 4, h, w).
    """
    stimuli, train = store.stimuli(), store.stimuli("train").index.to_numpy()
    test = store.stimuli("test").index.to_numpy()
    x = drives(store.array("frames"), stimuli["concept"].to_numpy(str))
    scale = np.maximum(x[train].std(0), 1e-6)
    x = (x - x[train].mean(0)) / scale
    found = []
    for name in ("texts", "latents"):
        y = store.array(name)[train].reshape(len(train), -1).astype(np.float64)
        _, sizes, basis = np.linalg.svd(y - y.mean(0), full_matrices=False)
        basis = basis[sizes > 1e-9 * sizes[0]]
        model = RidgeCV(_PENALTIES).fit(x[train], (y - y.mean(0)) @ basis.T)
        made = y.mean(0) + model.predict(x[test]).reshape(len(test), -1) @ basis
        found.append(made.reshape(-1, *store.array(name).shape[1:]).astype(np.float32))
    return found[0], found[1]


def drives(frames: NDArray[np.uint8], concepts: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return concept, and luminance and motion of both halves of the picture, (n, p).

    Args:
        frames: (n, F, H, W, 3).
        concepts: (n,).
    """
    grey = np.stack([clip.mean(-1, dtype=np.float32) for clip in frames])  # (n, F, H, W)
    moved = np.abs(np.diff(grey, axis=1))
    half = grey.shape[3] // 2
    courses = [
        part.mean((2, 3)) for of in (grey, moved) for part in (of[..., :half], of[..., half:])
    ]
    return np.concatenate([*courses, concepts[:, None] == np.unique(concepts)], axis=1)

"""How far generated windows lie from real ones in the eyes of a network: an EEG-FID.

The Frechet distance of Heusel et al. (2017, arXiv 1706.08500), with a network for EEG in place of
the one for pictures.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.alignment.correlation import choose_windows
from videeg_pipe.scoring.fidelity.network import BATCH, SmallEEGNet, learn
from videeg_pipe.scoring.fidelity.statistics import N_SPLITS, split, white_noise
from videeg_pipe.scoring.scoring_data import Material
from videeg_pipe.scoring.stats import unknown

DEFINITIONS = {
    "eeg_fid": "Frechet distance |m_g - m_r|^2 + tr(S_g + S_r - 2 (S_g S_r)^(1/2)) between means m "
    "and covariances S of embedded windows. The encoder is a small network after EEGNet that "
    "learned to name concept and subject from real windows of the training split alone; an "
    "embedding is its last layer but one, 16 numbers without a unit. The fewer the windows, the "
    "larger: read it against the floor, which has as many. low and high are the extremes over the "
    "splits. Ideal 0.",
    "encoder": "Accuracy of that encoder at naming concept and subject of the real windows of the "
    "test split: what it cannot name, the distance may not see.",
}
QUESTIONS = ("concept", "subject")
"""What the encoder learns to name."""
WIDTH = 16
"""Numbers of an embedding: few, since their covariance is estimated from few windows."""
MOST_WINDOWS = 4000
"""Training windows that the encoder learns from."""
_EPOCHS = 8
_AT_A_TIME = 256


class Encoder(nn.Module):
    """SmallEEGNet with a narrow last layer but one, and a read-out of each question's classes."""

    def __init__(
        self, n_channels: int, n_samples: int, classes: Mapping[str, NDArray[np.str_]]
    ) -> None:
        """Make the network for C electrodes, T samples and the classes of each question."""
        super().__init__()
        self.classes = classes
        self.embed = SmallEEGNet(n_channels, n_samples, WIDTH)
        self.read_out = nn.Linear(WIDTH, sum(map(len, classes.values())))

    def forward(self, windows: Tensor) -> Tensor:
        """Map windows (B, C, T) to the logits of all questions, (B, sum of classes)."""
        return self.read_out(self.embed(windows))

    def split(self, logits: Tensor) -> dict[str, Tensor]:
        """Logits of each question, (B, its classes)."""
        parts = logits.split([len(names) for names in self.classes.values()], dim=1)
        return dict(zip(self.classes, parts, strict=True))


def score(inputs: Inputs, material: Material, seed: int) -> dict[str, Any]:
    """Score the released samples by an encoder that learned from windows of the training split.

    Args:
        inputs: Windows, normalisation and recordings, for the training split.
        material: Real windows and released samples of the test split.
        seed: Seed of the run.

    Returns:
        The entry of metrics.json.
    """
    table = inputs.windows("train", table="windows")
    table = table.iloc[choose_windows(table, MOST_WINDOWS, seed)].reset_index(drop=True)
    taught = inputs.eeg().windows(table) / inputs.normalisation().scale(table["subject"])
    return compare(material, taught, table, seed)


def compare(
    material: Material, taught: NDArray[np.float32], table: pd.DataFrame, seed: int
) -> dict[str, Any]:
    """Score generated windows against real windows of the same subjects.

    Args:
        material: Real and generated windows.
        taught: Windows that the encoder learns from, (n, C, T), normalised.
        table: n rows with those of QUESTIONS that the real windows have too.
        seed: Seed of the run.

    Returns:
        The entry of metrics.json: `value`, its `floor` and `white_noise`; or no value and the
        reason.
    """
    nothing: dict[str, Any] = {"ideal": 0, "unit": "1", "floor": None, "white_noise": None}
    splits = [
        split(material.windows, material.samples["subject"], derive_seed(seed, "fidelity", str(i)))
        for i in range(N_SPLITS)
    ]
    a, b, _ = splits[0]
    if len(a) < 2 * WIDTH:
        return nothing | unknown(f"{len(a)} windows in a half, the distance needs {2 * WIDTH}")
    if not set(QUESTIONS) & set(table):
        return nothing | unknown("training and real windows do not share two concepts or subjects")
    generated = material.generated / material.scale[material.matched]
    if not np.isfinite(generated).all():
        return nothing | unknown("some values are not finite")
    white = white_noise(material, len(b), seed) / material.scale[b]
    with one_thread():
        encoder = teach(taught, table, seed)
        seen, logits = embed(encoder, material.normalised)
        fake, noise = (embed(encoder, windows)[0] for windows in (generated, white))
    return nothing | {
        **_summary([frechet_distance(fake[g], seen[b]) for _, b, g in splits]),
        "floor": _summary([frechet_distance(seen[a], seen[b]) for a, b, _ in splits]),
        "white_noise": frechet_distance(noise, seen[b]),
        "n_windows": len(b),
        "encoder": {
            name: float((encoder.classes[name][chosen] == material.windows[name]).mean())
            for name, chosen in logits.items()
        },
    }


def teach(windows: NDArray[np.float32], table: pd.DataFrame, seed: int) -> Encoder:
    """Train an encoder to name concept and subject, or the one that is known.

    Args:
        windows: (n, C, T), normalised.
        table: n rows with some of QUESTIONS.
        seed: Seed of the run.
    """
    codes = {name: pd.factorize(table[name], sort=True) for name in QUESTIONS if name in table}
    labels = torch.from_numpy(np.stack([of for of, _ in codes.values()], axis=1))  # (n, questions)

    def loss(logits: Tensor, labels: Tensor) -> Tensor:
        answers = encoder.split(logits).values()
        pairs = zip(answers, labels.T, strict=True)
        return torch.stack([functional.cross_entropy(*pair) for pair in pairs]).sum()

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "eeg_fid"))
        classes = {name: of.to_numpy(str) for name, (_, of) in codes.items()}
        encoder = Encoder(windows.shape[1], windows.shape[2], classes)
        steps = _EPOCHS * -(-len(windows) // BATCH)
        learn(encoder, torch.from_numpy(windows), labels, steps, loss)
    return encoder


@torch.no_grad()
def embed(
    encoder: Encoder, windows: NDArray[np.float32]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.intp]]]:
    """Embed normalised windows (n, C, T).

    Returns:
        Embeddings (n, WIDTH), and the class that is named to each question, (n,).
    """
    batches = torch.from_numpy(windows.astype(np.float32, copy=False)).split(_AT_A_TIME)
    embedded = torch.cat([encoder.embed(batch) for batch in batches])
    logits = encoder.split(encoder.read_out(embedded))
    named = {name: part.argmax(1).numpy() for name, part in logits.items()}
    return embedded.double().numpy(), named


def frechet_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Squared 2-Wasserstein distance between Gaussians fitted to two clouds, (n, d) and (m, d)."""
    # tr (S_a S_b)^(1/2) is the sum of the singular values of R_a R_b^T with S = R^T R: no root is
    # taken of a matrix that may be singular
    roots = [np.linalg.qr(x - x.mean(0), "r") / np.sqrt(len(x) - 1) for x in (a, b)]
    overlap = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    spread = sum(np.square(root).sum() for root in roots)
    return float(np.square(a.mean(0) - b.mean(0)).sum() + max(spread - 2 * overlap, 0.0))


def _summary(values: list[float]) -> dict[str, float]:
    return {"value": float(np.mean(values)), "low": min(values), "high": max(values)}

"""EEG-FID: Frechet distance between embeddings of generated and of real windows.

The distance of Heusel et al. (2017, arXiv 1706.08500), with an encoder of EEG in place of one of
pictures.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.scores import Score, score_spec, unknown
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import one_thread
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.fidelity.network import BATCH, SmallEEGNet, train_classifier
from videeg_pipe.scoring.fidelity.statistics import N_SPLITS, split_halves, white_noise
from videeg_pipe.scoring.scoring_data import ScoringData

TASKS = ("concept", "subject")
"""Labels that the encoder is trained to classify."""
EMBEDDED = 16
"""Dimensions of an embedding: few, since their covariance is estimated from few windows."""
MOST_WINDOWS = 4000
"""Largest number of windows that the encoder is trained on."""
_EPOCHS = 8
_AT_A_TIME = 256


class Encoder(nn.Module):
    """SmallEEGNet with a narrow penultimate layer and one read-out per task."""

    def __init__(
        self, n_channels: int, n_samples: int, classes: Mapping[str, NDArray[np.str_]]
    ) -> None:
        """Build the network for C electrodes, T samples and the classes of each task."""
        super().__init__()
        self.classes = classes
        self.embed = SmallEEGNet(n_channels, n_samples, EMBEDDED)
        self.read_out = nn.Linear(EMBEDDED, sum(map(len, classes.values())))

    def forward(self, windows: Tensor) -> Tensor:
        """Map windows (B, C, T) to the logits of all tasks, (B, sum of classes)."""
        return self.read_out(self.embed(windows))

    def split_logits(self, logits: Tensor) -> dict[str, Tensor]:
        """Return the logits of each task, (B, its classes)."""
        parts = logits.split([len(names) for names in self.classes.values()], dim=1)
        return dict(zip(self.classes, parts, strict=True))


def score_eeg_fid(inputs: Inputs, data: ScoringData, seed: int) -> Score:
    """Score the released samples with an encoder of the training split.

    Args:
        inputs: Windows, normalisation and recordings, for the training split.
        data: Real windows and released samples of the test split.
        seed: Seed of the run.

    Returns:
        The entry `eeg_fid` of metrics.json.
    """
    table = inputs.windows("train", table="windows")
    table = table.iloc[choose_windows(table, MOST_WINDOWS, seed)].reset_index(drop=True)
    training = inputs.eeg().windows(table) / inputs.normalisation().scale(table["subject"])
    return eeg_fid(data, training, table, seed)


def eeg_fid(
    data: ScoringData, training: NDArray[np.float32], table: pd.DataFrame, seed: int
) -> Score:
    """Compute the distance of generated windows from real windows of the same subjects.

    Args:
        data: Real and generated windows.
        training: Windows to train the encoder on, (n, C, T), normalised.
        table: n rows, with those of TASKS that the real windows have too.
        seed: Seed of the run.

    Returns:
        `value` with its `floor` and `white_noise`; or no value and the reason.
    """
    facts = score_spec("fidelity", "eeg_fid").facts

    def nothing(reason: str) -> Score:
        return replace(unknown(reason), **facts, floor=None, white_noise=None)

    splits = [
        split_halves(data.windows, data.samples["subject"], derive_seed(seed, "fidelity", str(i)))
        for i in range(N_SPLITS)
    ]
    a, b, _ = splits[0]
    if len(a) < 2 * EMBEDDED:
        return nothing(f"{len(a)} windows in a half, the distance needs {2 * EMBEDDED}")
    if not set(TASKS) & set(table):
        return nothing("training and real windows do not share two concepts or subjects")
    generated = data.generated / data.scale[data.matched]
    if not np.isfinite(generated).all():
        return nothing("some values are not finite")
    white = white_noise(data, len(b), seed) / data.scale[b]
    with one_thread():
        encoder = train_encoder(training, table, seed)
        real, predicted = embed(encoder, data.normalised)
        fake, noise = (embed(encoder, windows)[0] for windows in (generated, white))
    return replace(
        _mean_and_extremes([frechet_distance(fake[g], real[b]) for _, b, g in splits]),
        **facts,
        floor=_mean_and_extremes([frechet_distance(real[a], real[b]) for a, b, _ in splits]),
        white_noise=frechet_distance(noise, real[b]),
        n_windows=len(b),
        encoder={
            name: float((encoder.classes[name][classes] == data.windows[name]).mean())
            for name, classes in predicted.items()
        },
    )


def train_encoder(windows: NDArray[np.float32], table: pd.DataFrame, seed: int) -> Encoder:
    """Train an encoder to classify concept and subject, or the one that is known.

    Args:
        windows: (n, C, T), normalised.
        table: n rows with some of TASKS.
        seed: Seed of the run.
    """
    codes = {name: pd.factorize(table[name], sort=True) for name in TASKS if name in table}
    labels = torch.from_numpy(np.stack([of for of, _ in codes.values()], axis=1))  # (n, tasks)

    def loss(logits: Tensor, labels: Tensor) -> Tensor:
        answers = encoder.split_logits(logits).values()
        pairs = zip(answers, labels.T, strict=True)
        return torch.stack([functional.cross_entropy(*pair) for pair in pairs]).sum()

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "eeg_fid"))
        classes = {name: of.to_numpy(str) for name, (_, of) in codes.items()}
        encoder = Encoder(windows.shape[1], windows.shape[2], classes)
        steps = _EPOCHS * -(-len(windows) // BATCH)
        train_classifier(encoder, torch.from_numpy(windows), labels, steps, loss)
    return encoder


@torch.no_grad()
def embed(
    encoder: Encoder, windows: NDArray[np.float32]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.intp]]]:
    """Embed normalised windows (n, C, T).

    Returns:
        Embeddings (n, EMBEDDED), and the predicted class for each task, (n,).
    """
    batches = torch.from_numpy(windows.astype(np.float32, copy=False)).split(_AT_A_TIME)
    embedded = torch.cat([encoder.embed(batch) for batch in batches])
    logits = encoder.split_logits(encoder.read_out(embedded))
    predicted = {name: part.argmax(1).numpy() for name, part in logits.items()}
    return embedded.double().numpy(), predicted


def frechet_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return the squared 2-Wasserstein distance of Gaussians fitted to (n, d) and (m, d)."""
    # tr (S_a S_b)^(1/2) is the sum of the singular values of R_a R_b^T with S = R^T R: this
    # takes no root of a possibly singular matrix
    roots = [np.linalg.qr(x - x.mean(0), "r") / np.sqrt(len(x) - 1) for x in (a, b)]
    overlap = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    spread = sum(np.square(root).sum() for root in roots)
    return float(np.square(a.mean(0) - b.mean(0)).sum() + max(spread - 2 * overlap, 0.0))


def _mean_and_extremes(values: list[float]) -> Score:
    return Score(float(np.mean(values)), min(values), max(values))

"""Train a generator from the inputs of the train rule."""

import json
import logging
import math
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config import section
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.train import TrainOptions, privacy_conflict
from videeg_pipe.contracts.generator_folder import CHECKPOINT, MODEL
from videeg_pipe.contracts.graphs import adjacency, read_weights
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.tables import write_parquet
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.checkpoint import make_generator, save_checkpoint
from videeg_pipe.models.registry import generator_spec
from videeg_pipe.runtime.closure import sha256_code
from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import sha256_file, sha256_json, write_json
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.train.loop import Training
from videeg_pipe.train.nodes import connected, launch
from videeg_pipe.train.resume import ResumeFile
from videeg_pipe.train.windows import TrainingWindows

logger = logging.getLogger(__name__)

_COPIES = 8
"""Weights and the optimiser's two moments, stored twice while they are replaced; checkpoint."""


def train(model: str, *, inputs: Inputs, config: dict[str, Any], folder: Path) -> None:
    """Train a generator and write checkpoint, model.json and history.

    Only windows of the training split reach the weights; those of the validation split are scored
    after each epoch. An interrupted training resumes after its last stored epoch and, without
    `max_minutes`, ends with the weights of an uninterrupted one. A finished training of the same
    inputs, options and code is kept: delete its `state` to train again.

    Args:
        model: Name in the registry of generators.
        inputs: `cut`, `normalisation`, `videos`, `texts`, `graphs` and `eeg`.
        config: Sections `run` (seed), `condition` and `train`, and that of the generator.
        folder: Folder of the three files.

    Raises:
        UserError: for an unknown generator, an unknown subject to leave out, no training windows,
            or EEG or a loss that is not finite; for more devices than GPUs, or more nodes than the
            job has; with differential privacy, for an option by which recordings bypass the noise.
    """
    settings = section(TrainOptions, config["train"])
    private = settings.privacy.epsilon is not None
    if private:
        _check_private(model, config)
    key = _key(model, inputs, config)
    finished = folder / "state" / "finished.json"
    if _is_finished(finished, key):
        logger.warning(
            "%s: the trained generator is kept, because inputs, options and code are unchanged; "
            "to train again, delete %s, then %s",
            *(folder, finished, make_again(str(folder / MODEL))),
        )
        return
    fabric = launch(settings)
    compute_reproducibly(settings.threads)  # Fabric sets another number

    graph_weights = read_weights(inputs.path("graphs"))
    rows = _included(inputs, settings.leave_out)
    layout = _layout(inputs, rows, tuple(graph_weights))
    n_train = int((rows["split"] == "train").sum())
    settings = enough_epochs(settings, n_train)
    logger.info(
        "%d training windows: %d epochs of the diffusion, %d of a phase before it",
        *(n_train, settings.epochs, settings.evoked_epochs),
    )
    config = config | {"train": settings.model_dump(mode="json")}
    seed = derive_seed(config["run"]["seed"], "train", model)
    torch.manual_seed(seed)
    generator = make_generator(model, layout, adjacency(graph_weights), config)
    weights = 4 * sum(one.numel() for one in generator.parameters())  # bytes
    check_space(folder, _COPIES * weights)
    condition = section(ConditionOptions, config["condition"])
    windows, validation = (
        TrainingWindows.read(
            rows[rows["split"] == split], inputs, layout, condition, generator.protocol
        )
        for split in ("train", "validation")
    )
    if not windows.is_finite():
        raise UserError(
            str(inputs.path("index")),
            expected="finite EEG in the windows of the training split",
            found="NaN or infinity",
            next_step=make_again("preprocess"),
        )
    started = time.monotonic()
    _fit(generator, windows, private)
    state = ResumeFile(folder / "state" / "last.pt", key)
    history: list[dict[str, Any]]
    privacy: dict[str, Any] | None = None
    if list(generator.parameters()):
        kind = Training
        if private:  # here, because Opacus takes seconds to import
            from videeg_pipe.train.private import PrivateTraining

            kind = PrivateTraining
        training = kind(generator, fabric=fabric, config=settings, seed=seed, state=state)
        with connected():
            generator, history = training.run(windows, validation), training.history
        privacy = training.privacy()
    else:  # nothing to minimise
        history = [{"epoch": 1, "phase": "fit", "seconds": time.monotonic() - started}]

    if fabric.is_global_zero:
        write_parquet(folder / "history.parquet", pd.DataFrame(history))
        facts = {
            "code_version": version("videeg-pipe"),
            "n_train_windows": len(windows),
            "n_validation_windows": len(validation),
            "epochs": len(history),
            "privacy": privacy,
            "losses": {k: v for k, v in history[-1].items() if k != "phase"},
        }
        save_checkpoint(folder, model, generator, config, facts)
        write_json(finished, _finished(finished, key))
        state.discard()


def _fit(generator: EegGenerator, windows: TrainingWindows, private: bool) -> None:
    """Fit what is not learned by gradient; the copies of the windows are freed afterwards."""
    if windows.conditions is None:
        return
    rows = np.arange(len(windows)) if generator.fits_on_all else windows.statistics_rows()
    clip, track = map(torch.from_numpy, windows.conditions.stimuli(rows))
    if private:
        generator.fit_stimuli(clip, track)
    else:
        generator.fit(windows.x[rows], torch.from_numpy(windows.subject[rows]), clip, track)


def enough_epochs(settings: TrainOptions, n_windows: int) -> TrainOptions:
    """Return the options with the epochs that `n_windows` need for `min_steps`.

    Differential privacy counts steps by people, and each costs privacy: its epochs stay.
    """
    if settings.privacy.epsilon is not None:
        return settings
    n_processes = settings.devices * settings.nodes
    batches = math.ceil(n_windows / settings.batch_size / n_processes)  # per epoch
    least = {"epochs": settings.min_steps, "evoked_epochs": settings.evoked_min_steps}
    return settings.model_copy(
        update={
            name: max(getattr(settings, name), math.ceil(steps / batches))
            for name, steps in least.items()
        }
    )


def _check_private(model: str, config: dict[str, Any]) -> None:
    """Refuse options by which recordings bypass the noise, for callers without a whole Config."""
    conflict = privacy_conflict(model, config)
    if conflict is not None:
        option, needed, found = conflict
        raise UserError(
            option,
            expected=f"{needed} where train.privacy.epsilon is set",
            found=found,
            next_step="correct the option; docs/privacy.md says why",
        )


def _included(inputs: Inputs, leave_out: list[str]) -> pd.DataFrame:
    """Return the windows of all subjects except those left out."""
    rows = inputs.windows()
    unknown = sorted(set(leave_out) - set(rows["subject"]))
    if unknown:
        raise UserError(
            "train.leave_out",
            expected=f"subjects among {', '.join(sorted(rows['subject'].unique()))}",
            found=", ".join(unknown),
            next_step="correct the option",
        )
    return rows[~rows["subject"].isin(leave_out)]


def _layout(inputs: Inputs, rows: pd.DataFrame, graphs: tuple[str, ...]) -> EegLayout:
    store, rows = inputs.eeg(), rows[rows["split"] == "train"]
    if rows.empty:
        raise UserError(
            str(inputs.path("cut")),
            expected="windows of the training split",
            found="none",
            next_step="check the section split and train.leave_out of the configuration",
        )
    return EegLayout(
        channels=store.channels,
        positions_m=store.positions,
        sfreq=store.sfreq,
        n_samples=int(rows["n_samples"].iloc[0]),
        subjects=tuple(sorted(rows["subject"].unique())),
        graphs=graphs,
    )


def _key(model: str, inputs: Inputs, config: dict[str, Any]) -> str:
    """Checksum over model, configuration, inputs and code; a state of another one is discarded.

    The manifests of features hold the checksums of the features themselves.
    """
    names = ("cut", "normalisation", "videos", "texts", "graphs")
    files = {name: sha256_file(inputs.path(name)) for name in names}
    eeg = inputs.eeg().index
    spec = generator_spec(model)
    code = sha256_code(__name__, spec.module)
    return sha256_json([model, spec.class_name, config, files, eeg, code])


def _is_finished(note: Path, key: str) -> bool:
    """Return whether a note of this key exists and the files beside it are those it describes."""
    try:
        return json.loads(note.read_text(encoding="utf-8")) == _finished(note, key)
    except (OSError, ValueError):
        return False


def _finished(note: Path, key: str) -> dict[str, Any]:
    """Return the key and checksums of a finished training.

    They are kept out of model.json, which may be published: the key depends on the recordings.
    """
    files = (CHECKPOINT, MODEL, "history.parquet")
    return {"key": key, "sha256": {name: sha256_file(note.parents[1] / name) for name in files}}

"""Sample one part of the release from a trained generator."""

import logging
import math
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import LoadedGenerator, load_checkpoint
from videeg_pipe.models.parts.compiled import compile_network
from videeg_pipe.models.registry import GENERATORS
from videeg_pipe.runtime.closure import sha256_code
from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file, sha256_json, write_record
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.sample.part import PartFiles

logger = logging.getLogger(__name__)

_FILES_PER_SAMPLE = 3  # its shard, in two folders of its own


def sample_part(
    part: int, *, size: int, inputs: Inputs, config: SampleOptions, manifest: Path
) -> None:
    """Generate the windows of one part of the release.

    Part p holds rows [p * size, (p + 1) * size) of the released windows, in the table's order.
    Samples lie in `part-NNN.zarr` beside the manifest, array `eeg` (n, C, T) float32, microvolts.
    They depend on the checkpoint, the settings and the seed of each window. Batches are fixed
    groups of rows, the same in every part and after an interruption.

    Args:
        part: p.
        size: Samples per part, whole batches.
        inputs: `windows`, `normalisation`, `videos`, `texts`, `checkpoint` and `model`.
        config: Sampler and batches.
        manifest: Written last, when the part is complete.

    Raises:
        UserError: if the generator needs real EEG, the part is empty, or a compiler is missing.
    """
    compute_reproducibly(config.threads)
    loaded = load_checkpoint(inputs.path("model").parent)
    if loaded.protocol != "generation":
        raise UserError(
            str(inputs.path("model")),
            expected="a generator that needs no EEG: a release is made by generation only",
            found=f"protocol {loaded.protocol}",
            next_step="set spgn.eeg_prior to off and train again",
        )
    if config.compile:
        compile_network(loaded.generator, "sample.compile")
    rows = _rows(part, size, inputs)
    files = PartFiles(manifest, _key(loaded, rows, config, inputs))
    manifest.unlink(missing_ok=True)  # it describes the samples before this change
    started = time.monotonic()
    n_made, sha256, cpu_s = _fill(files, loaded, rows, inputs, config)
    seconds = time.monotonic() - started
    write_record(
        manifest,
        {
            "key": files.key,
            "array": f"{files.group.name}/eeg",
            "model": loaded.model["name"],
            "checkpoint_sha256": loaded.model["checkpoint_sha256"],
            "protocol": loaded.protocol,
            "sampler": _settings(config),
            "nfe": loaded.generator.nfe(config),
            "seconds": round(seconds, 3),
            # the median, because a batch with a person's first window also calibrates
            "cpu_seconds_per_batch": round(statistics.median(cpu_s), 4) if cpu_s else None,
            "n_made": n_made,
            "samples": [
                {"window_id": window_id, "row": row, "seed": seed, "sha256": sha256[row]}
                for row, (window_id, seed) in enumerate(
                    zip(rows["window_id"].tolist(), rows["seed"].tolist(), strict=True)
                )
            ],
        },
    )


def _rows(part: int, size: int, inputs: Inputs) -> pd.DataFrame:
    windows = inputs.windows(table="windows")
    released = windows[windows["released"]].reset_index(drop=True)
    rows = released.iloc[part * size : (part + 1) * size].reset_index(drop=True)
    if rows.empty:
        raise UserError(
            f"part {part}",
            expected="released windows",
            found=f"{len(released)} released windows, {size} per part",
            next_step="request a smaller part number",
        )
    return rows


def _fill(
    files: PartFiles,
    loaded: LoadedGenerator,
    rows: pd.DataFrame,
    inputs: Inputs,
    config: SampleOptions,
) -> tuple[int, dict[int, str], list[float]]:
    """Write the missing samples.

    Returns:
        Their number, the checksums of all samples by row, and the CPU time of each batch in s.
    """
    layout, size = loaded.layout, config.batch_size
    shape = (len(rows), len(layout.channels), layout.n_samples)
    attributes = {"channels": list(layout.channels), "sfreq": layout.sfreq, "unit": "uV"}
    conditions = loaded.conditions(rows, inputs)  # may fail, so before old files are removed
    normalisation = inputs.normalisation()
    writer = files.open(shape, attributes)
    n_kept = len(writer.sha256)
    n_new = len(rows) - n_kept
    check_space(files.group, n_new * math.prod(shape[1:]) * 4, n_files=_FILES_PER_SAMPLE * n_new)
    if n_kept:
        logger.info("resuming: %d of %d samples exist", n_kept, len(rows))
    batches = [
        np.arange(start, min(start + size, len(rows))) for start in range(0, len(rows), size)
    ]
    todo = [batch for batch in batches if any(row not in writer.sha256 for row in batch)]
    cpu_s = []
    for batch in progress(todo, f"{files.manifest.stem}: batches"):
        before = time.process_time()
        padded = _padded(batch, size)
        eeg = loaded.sample_uv(
            rows.iloc[padded],
            conditions.batch(padded),
            normalisation=normalisation,
            seeds=rows["seed"].iloc[padded].tolist(),
            settings=config,
        )
        _check(eeg, rows["window_id"].iloc[padded])
        missing = [row not in writer.sha256 for row in batch.tolist()]
        writer.write(batch[missing].tolist(), eeg[: len(batch)][missing])
        cpu_s.append(time.process_time() - before)
    return len(rows) - n_kept, writer.sha256, cpu_s


def _check(eeg: NDArray[np.float32], window_ids: pd.Series) -> None:
    broken = np.flatnonzero(~np.isfinite(eeg).all(axis=(1, 2)))
    if len(broken):
        raise UserError(
            f"sample of window {window_ids.iloc[broken[0]]}",
            expected="finite values",
            found="NaN or infinity",
            next_step="raise sample.steps, or train again with a lower train.learning_rate",
        )


def _padded(batch: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    """Pad the last batch with its last row: sums may depend on the batch shape."""
    return np.pad(batch, (0, size - len(batch)), mode="edge")


def _settings(config: SampleOptions) -> dict[str, Any]:
    """Return the settings that a sample depends on; the part size is not one of them."""
    return config.model_dump(exclude={"part_size"})


def _key(loaded: LoadedGenerator, rows: pd.DataFrame, config: SampleOptions, inputs: Inputs) -> str:
    """Checksum over checkpoint, settings, windows, inputs and code of the samples."""
    ids = rows[["window_id", "seed"]].to_dict("list")
    files = [sha256_file(inputs.path(name)) for name in ("normalisation", "videos", "texts")]
    code = sha256_code(__name__, GENERATORS[loaded.model["name"]].module)
    return sha256_json([loaded.model["checkpoint_sha256"], _settings(config), ids, files, code])

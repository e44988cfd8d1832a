"""Files of a fitted decoder: decoder.safetensors beside decoder.json."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from videeg_pipe.models.decoders.base import Decoder, DecoderLayout
from videeg_pipe.models.decoders.registry import decoder_spec
from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import (
    atomic_path,
    entries_of,
    missing,
    read_record,
    sha256_file,
    sha256_once,
    write_record,
)
from videeg_pipe.runtime.seeds import derive_seed

WEIGHTS, RECORD = "decoder.safetensors", "decoder.json"


def make_decoder(
    name: str, layout: DecoderLayout, config: Mapping[str, Any], *, seed: int
) -> Decoder:
    """Make an unfitted decoder with weights drawn from a seed.

    Args:
        name: Key of `DECODERS`.
        layout: Shapes, electrodes, known people and concepts.
        config: The sections that the decoder's row names.
        seed: Seed of the weights.

    Raises:
        UserError: for an unknown name.
    """
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "decoder", name))
        return decoder_spec(name).load().from_config(layout, config)


def save_decoder(
    folder: Path, name: str, decoder: Decoder, config: Mapping[str, Any], facts: Mapping[str, Any]
) -> None:
    """Write weights, then the record; each file appears only when complete.

    Args:
        folder: Where both files go.
        name: Key of `DECODERS`.
        decoder: The fitted decoder.
        config: The sections it was made with.
        facts: Further entries of decoder.json.
    """
    tensors = {key: value.contiguous().cpu() for key, value in decoder.state_dict().items()}
    check_space(folder, sum(values.nbytes for values in tensors.values()))
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file(tensors, temporary)
    record = {
        "name": name,
        "layout": asdict(decoder.layout),
        "config": dict(config),
        "weights_sha256": sha256_file(folder / WEIGHTS),
        **facts,
    }
    write_record(folder / RECORD, record)


def load_decoder(folder: Path, *, next_step: str | None = None) -> Decoder:
    """Load a decoder in evaluation mode.

    Args:
        folder: Written by `save_decoder`.
        next_step: Advice for a damaged folder; by default, to fit again.

    Raises:
        UserError: if a file is missing, or the weights do not match the record.
    """
    again = next_step or make_again(str(folder / RECORD))
    record, path = read_record(folder / RECORD, next_step=again), folder / WEIGHTS
    if not path.is_file():
        raise missing(path, next_step)
    sha256 = sha256_once(path)
    try:
        with entries_of(folder / RECORD, next_step=again):
            recorded = str(record["weights_sha256"])
            layout = DecoderLayout(**{key: _tuples(one) for key, one in record["layout"].items()})
            decoder = make_decoder(record["name"], layout, record["config"], seed=0)
    except (RuntimeError, MemoryError) as error:  # PyTorch's, for a size of -1 or 10^12
        raise UserError(
            str(folder / RECORD),
            expected="sizes of a decoder",
            found=str(error).splitlines()[0],
            next_step=again,
        ) from None
    if sha256 != recorded:
        raise UserError(str(path), expected=recorded, found=sha256, next_step=again)
    try:
        decoder.load_tensors(load_file(path))
    except (RuntimeError, AttributeError, SafetensorError) as error:
        raise UserError(
            str(path), expected="weights of this decoder", found=str(error), next_step=again
        ) from None
    return decoder.eval()


def _tuples(value: Any) -> Any:
    """Turn JSON's lists back into tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value

"""Sampling on a GPU: bfloat16, a compiled network, and the share of the GPU's peak rate."""

from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import median_seconds
from benchmarks.untrained import make_layout, make_untrained, sampling_call
from videeg_pipe.config import Config

_BATCHES = (64, 1024, 4096)
_REPEATS = 10


def measure_gpu(
    config: Config, *, device: str = "cuda", matmul: int = 8192, backend: str = "inductor"
) -> dict[str, Any]:
    """Time sampling in bfloat16 with a compiled network, at three batch sizes.

    Args:
        config: Configuration of generator and sampler.
        device: Device to time.
        matmul: Size of the square matrices whose product gives the device's rate.
        backend: Backend of torch.compile.

    Returns:
        `matmul_tflops`, TFLOP/s of large matrix products in bfloat16. For each batch size,
        `seconds_per_sample` and `share_of_matmul`, the rate of sampling over the rate of matrix
        products. FLOPs count matrix products and convolutions.
    """
    where = torch.device(device)
    config = config.model_copy(
        update={"sample": config.sample.model_copy(update={"precision": "bf16-mixed"})}
    )
    a = torch.randn(matmul, matmul, dtype=torch.bfloat16, device=where)
    a @ a
    rate = 2 * matmul**3 / median_seconds(lambda: a @ a, _REPEATS)
    generator = make_untrained(config, make_layout(62, 200, config))
    with FlopCounterMode(
        display=False
    ) as counter:  # before compiling: it does not count compiled parts
        sampling_call(generator, config, _BATCHES[0], where)()
    flop = counter.get_total_flops() / _BATCHES[0]
    generator.network.compile(dynamic=False, backend=backend)
    measured: dict[str, Any] = {"matmul_tflops": rate / 1e12, "gflop_per_sample": flop / 1e9}
    for batch in _BATCHES:
        call = sampling_call(generator, config, batch, where)
        call()
        per_sample = median_seconds(call, _REPEATS) / batch
        measured[f"batch {batch}"] = {
            "seconds_per_sample": per_sample,
            "share_of_matmul": flop / per_sample / rate,
        }
    return measured

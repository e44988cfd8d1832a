"""Cost of sampling and training: time, memory, and their growth.

python -m benchmarks.cost build/cost.json --figure docs/cost.svg
"""

import argparse
import logging
import multiprocessing
import statistics
import tempfile
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.figure import draw_growth
from benchmarks.gpu import measure_gpu
from benchmarks.machine import machine
from benchmarks.timing import growth, median_seconds, memory_mb, seconds
from benchmarks.untrained import (
    make_layout,
    make_untrained,
    overlay,
    random_condition,
    sampling_call,
)
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config import Config, load
from videeg_pipe.runtime.files import write_json
from videeg_pipe.runtime.threads import compute_reproducibly
from videeg_pipe.train.loop import Training
from videeg_pipe.train.resume import ResumeFile
from videeg_pipe.train.windows import TrainingWindows

logger = logging.getLogger(__name__)

REFERENCE = "ntd"  # AdaConv; its time is divided by that of each other generator
_SMALLER = 8  # its batches are this many times smaller: same time per sample, in less total time
_SLOW_S = 60.0  # longer calls are timed once
_EPOCH = 2400  # number of training windows of the default run


@dataclass(frozen=True)
class Point:
    """Size of one sampling call."""

    batch: int = 64
    electrodes: int = 62
    window_s: float = 1.0


def _axes() -> dict[str, tuple[float, ...]]:
    return {
        "batch": (1, 4, 16, 64, 256, 1024),
        "electrodes": (16, 32, 62, 128),
        "window_s": (1, 2, 8),
    }


@dataclass(frozen=True)
class Plan:
    """Sizes and repeats of the measurements."""

    point: Point = Point()
    repeats: int = 5
    threads: int = 2
    axes: dict[str, tuple[float, ...]] = field(
        default_factory=_axes
    )  # field of Point -> its values
    train_windows: int = 256
    train_epochs: int = 3  # per phase; the first is not counted


def cases() -> dict[str, Config]:
    """Return the timed generators, each with its own sampler."""
    return {
        "spgn tiny": overlay("size-tiny.yaml"),
        "spgn default": Config(),
        "spgn paper size": overlay("size-paper.yaml"),
        "spgn-paper": overlay("paper.yaml"),
        REFERENCE: load({"run": {"model": REFERENCE}}),
    }


def measure(plan: Plan | None = None) -> dict[str, Any]:
    """Measure sampling and training on the CPU, and growth; with a GPU, both on it too.

    Returns:
        Sections `plan`, `sampling`, `growth`, `training` and, with a GPU, `gpu`.
    """
    plan = Plan() if plan is None else plan
    compute_reproducibly(plan.threads)
    measured: dict[str, Any] = {
        "plan": {"batch": plan.point.batch, "repeats": plan.repeats},
        "sampling": measure_sampling(plan, cases()),
        "growth": measure_growth(plan),
        "training": {
            name: measure_training(plan, config)
            for name, config in cases().items()
            if name in ("spgn tiny", "spgn default")
        },
    }
    if torch.cuda.is_available():
        measured["gpu"] = {
            name: measure_gpu(cases()[name]) for name in ("spgn default", "spgn paper size")
        } | {"training": measure_training(plan, cases()["spgn default"], "cuda")}
    return rounded(measured)


def measure_sampling(plan: Plan, configs: dict[str, Config]) -> dict[str, Any]:
    """Measure parameters, network evaluations, operations and time per sample of each generator.

    Every round times all generators in turn, so that other load on the machine affects all equally.
    """
    cpu, point = torch.device("cpu"), plan.point
    measured: dict[str, dict[str, Any]] = {}
    batches, calls, times = {}, {}, defaultdict(list)
    for name, config in configs.items():
        layout = make_layout(
            point.electrodes, round(point.window_s * config.preprocess.sfreq), config
        )
        generator = make_untrained(config, layout)
        one = sampling_call(generator, config, 1, cpu)
        one()  # the calibration is computed once per person
        evaluations: list[None] = []
        handle = generator.network.register_forward_hook(lambda *_, e=evaluations: e.append(None))
        with FlopCounterMode(display=False) as counter:
            one()
        handle.remove()
        measured[name] = {
            "parameters": generator.n_parameters,
            "nfe": len(evaluations),
            "gflop_per_sample": counter.get_total_flops()
            / 1e9,  # of matrix products and convolutions
        }
        batches[name] = max(1, point.batch // (_SMALLER if name == REFERENCE else 1))
        calls[name] = sampling_call(generator, config, batches[name], cpu)
        few = 2 if name == REFERENCE else None  # a whole call of it takes minutes
        sampling_call(generator, config, batches[name], cpu, steps=few)()
    for place in range(plan.repeats):
        for name, call in calls.items():
            if place == 0 or times[name][0] < _SLOW_S:
                times[name].append(seconds(call))
                logger.info("sampling: %s: %.3g s", name, times[name][-1])
    for name, taken in times.items():
        measured[name] |= {
            "batch": batches[name],
            "seconds_per_sample": statistics.median(taken) / batches[name],
            "fastest": min(taken) / batches[name],
            "slowest": max(taken) / batches[name],
            "repeats": len(taken),
        }
    if REFERENCE in measured:
        for row in measured.values():
            reference = measured[REFERENCE]["seconds_per_sample"]
            row[f"{REFERENCE}_takes_times"] = reference / row["seconds_per_sample"]
    return measured


def measure_growth(plan: Plan) -> dict[str, Any]:
    """Measure time and memory of one sampling call of the default generator along each axis.

    Every point runs in a process of its own. Its first call gives the memory, including one-time
    set-up; later calls give the time.
    """
    done: dict[Point, dict[str, float]] = {}
    measured: dict[str, Any] = {}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as processes:
        for axis, values in plan.axes.items():
            points = [replace(plan.point, **{axis: value}) for value in values]
            for point in points:
                if point not in done:
                    done[point] = processes.submit(
                        measure_point, point, plan.threads, min(plan.repeats, 3)
                    ).result()
                    logger.info("growth: %s: %s", point, done[point])
            table = {f"{v:g}": done[p] for v, p in zip(values, points, strict=True)}
            exponents = {
                what: growth(values, [row[what] for row in table.values()])
                for what in ("seconds", "memory_mb")
            }
            measured[axis] = {"points": table, "exponents": exponents}
    return measured


def measure_point(point: Point, threads: int, repeats: int) -> dict[str, float]:
    """Return seconds and MiB of one sampling call in this process, on the GPU if there is one."""
    compute_reproducibly(threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = Config()
    layout = make_layout(point.electrodes, round(point.window_s * config.preprocess.sfreq), config)
    call = sampling_call(make_untrained(config, layout), config, point.batch, device)
    memory = memory_mb(call, device)
    return {"seconds": median_seconds(call, repeats), "memory_mb": memory}


@dataclass(frozen=True)
class _InMemoryConditions:
    """Conditions in memory, with the interface of `Conditions`."""

    all: Condition

    @property
    def subject(self) -> NDArray[np.int64]:
        subjects: NDArray[np.int64] = self.all.subject.numpy()
        return subjects

    def batch(self, rows: NDArray[np.intp]) -> Condition:
        whole, at = self.all, torch.from_numpy(rows)
        return Condition(whole.clip[at], whole.text[at], whole.track[at], whole.subject[at])


def measure_training(plan: Plan, config: Config, accelerator: str = "cpu") -> dict[str, Any]:
    """Measure the time per epoch of each phase, on windows of noise.

    The first epoch of a phase is excluded: it includes warm-up and, for the diffusion, the fit of
    the whitening.
    """
    n, point = plan.train_windows, plan.point
    layout = make_layout(point.electrodes, round(point.window_s * config.preprocess.sfreq), config)
    x = torch.randn(n, point.electrodes, layout.n_samples)
    condition = random_condition(n, layout, config.condition)
    generator = make_untrained(config, layout)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    epochs = plan.train_epochs
    settings = config.train.model_copy(
        update={"epochs": epochs, "evoked_epochs": epochs, "checkpoint_every": 2 * epochs}
    )
    generator.train_config = settings
    with tempfile.TemporaryDirectory() as folder:
        training = Training(
            generator,
            fabric=Fabric(accelerator=accelerator, devices=1),
            config=settings,
            seed=0,
            state=ResumeFile(Path(folder) / "last.pt", ""),
        )
        training.run(
            TrainingWindows(x, _InMemoryConditions(condition)), TrainingWindows(x[:0], None)
        )
    times = defaultdict(list)
    for row in training.history:
        times[row["phase"]].append(row["seconds"])
    return {
        phase: {
            "seconds_per_window": statistics.median(taken[1:]) / n,
            f"seconds_per_epoch_of_{_EPOCH}": statistics.median(taken[1:]) / n * _EPOCH,
        }
        for phase, taken in times.items()
    }


def rounded(value: Any) -> Any:
    """Round floats to four significant digits, also inside dictionaries."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="JSON file to write")
    parser.add_argument("--figure", type=Path, help="figure of the growth to write")
    parser.add_argument(
        "--repeats", type=int, default=Plan.repeats, help="timed calls, %(default)s"
    )
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    measured = measure(Plan(repeats=given.repeats))
    write_json(given.out, {"machine": machine(Plan.threads), "cost": measured})
    if given.figure is not None:
        draw_growth(measured["growth"], given.figure)


if __name__ == "__main__":
    main()

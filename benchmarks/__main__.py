"""Repeat all measurements: `make bench`.

Each part runs from scratch in results-bench/ or another folder results-*. It writes a JSON file to
benchmarks/results/ and prints the changes against the previous one; table.md is generated from all
files. `python -m benchmarks cost` runs one part alone. Tables of trials, `continuous` and
`long-video` need the results of the part `default`, and `second-comparison` those of `phantoms`.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import (
    continuous,
    cost,
    explore,
    fpvs,
    long_video,
    plan,
    reader,
    scale,
    scoring,
    table,
    workflow,
)
from benchmarks.compare import compare
from benchmarks.figure import draw_growth, draw_scale
from benchmarks.machine import machine
from videeg_pipe.runtime.files import read_json, write_json

RESULTS = Path(__file__).parent / "results"
DOCS = workflow.ROOT / "docs"


def parts(cores: int) -> dict[str, Callable[[], Any]]:
    """Return the parts by name, in order: tables of trials use the results of `default`."""
    return {
        "default": lambda: workflow.default_run(cores),
        "phantoms": lambda: workflow.phantoms(cores),
        "cost": measure_cost,
        "plan": plan.measure,
        "samples": lambda: scale.of_samples(cores),
        "scoring": scoring.measure,
        "recordings": lambda: scale.of_recordings(cores),
        "seed-dv": lambda: scale.of_seed_dv(cores),
        "reader": reader.measure,
        "explore": explore.measure,
        "continuous": lambda: continuous.measure(workflow.RESULTS),
        "long-video": lambda: long_video.measure(workflow.RESULTS / "generator"),
        **{name: partial(workflow.table, name, cores) for name in workflow.TABLES},
        "second-comparison": lambda: workflow.second_comparison(cores),
        "fpvs": lambda: fpvs.measure_folds(cores),
        "sweep": lambda: workflow.sweep(cores),
        "people": lambda: workflow.people(cores),
    }


def measure_cost() -> dict[str, Any]:
    """Measure time and memory, and draw their growth."""
    measured = cost.measure()
    draw_growth(measured["growth"], DOCS / "cost.svg")
    return measured


def draw_sizes() -> None:
    """Draw the growth with samples and recordings, from the stored measurements."""
    samples, recordings, plans = (
        read_json(RESULTS / f"{name}.json")[name] for name in ("samples", "recordings", "plan")
    )
    draw_scale(samples, recordings, plans, DOCS / "scale.svg")


def main() -> None:
    """Run the named parts, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", help="part to measure; default: all, in order")
    parser.add_argument("--cores", type=int, default=2, help="cores for Snakemake, %(default)s")
    options = parser.parse_args()
    all_parts = parts(options.cores)
    unknown = set(options.part) - set(all_parts)
    if unknown:
        parser.error(f"{', '.join(unknown)}: expected some of {', '.join(all_parts)}")
    for name in options.part or all_parts:
        print(f"bench: {name}", flush=True)
        path = RESULTS / f"{name}.json"
        stored = read_json(path) if path.exists() else None
        start = time.perf_counter()
        result = all_parts[name]()
        minutes = round((time.perf_counter() - start) / 60, 1)
        measured = {"machine": machine(options.cores) | {"minutes": minutes}, name: result}
        write_json(path, measured)
        if name in ("samples", "recordings", "plan"):
            draw_sizes()
        for line in compare(measured, stored) if stored else ["  no previous measurement"]:
            print(line)
        (RESULTS / "table.md").write_text(table.render(RESULTS), encoding="utf-8")
    print((RESULTS / "table.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

"""Measure everything: `make bench`.

Each part runs anew, in results-bench/, results-sweep/ or results-people/, leaves a JSON file in
benchmarks/results/ and says what changed against the one that was there; table.md is written from
all of them. One part alone: `python -m benchmarks cost`; tables of trials use the results of the
first.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import cost, table, workflow
from benchmarks.compare import compare
from benchmarks.figure import draw_growth
from benchmarks.machine import machine
from videeg_pipe.runtime.files import read_json, write_json

RESULTS = Path(__file__).parent / "results"
FIGURE = workflow.ROOT / "docs" / "cost.svg"


def parts(cores: int) -> dict[str, Callable[[], Any]]:
    """The parts by name, in their order: tables of trials use what the first has made."""
    return {
        "default": lambda: workflow.default_run(cores),
        "cost": measure_cost,
        **{name: partial(workflow.table, name, cores) for name in workflow.TABLES},
        "sweep": lambda: workflow.sweep(cores),
        "people": lambda: workflow.people(cores),
    }


def measure_cost() -> dict[str, Any]:
    """Time and memory, drawn too."""
    found = cost.measure()
    draw_growth(found["growth"], FIGURE)
    return found


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", help="part to measure; all in turn, if none is named")
    parser.add_argument("--cores", type=int, default=2, help="cores of Snakemake; 2 unless told")
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
        found = all_parts[name]()
        minutes = round((time.perf_counter() - start) / 60, 1)
        measured = {"machine": machine(options.cores) | {"minutes": minutes}, name: found}
        write_json(path, measured)
        for line in compare(measured, stored) if stored else ["  nothing stored to compare with"]:
            print(line)
        (RESULTS / "table.md").write_text(table.render(RESULTS), encoding="utf-8")
    print((RESULTS / "table.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

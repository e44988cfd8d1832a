"""Measure everything: `make bench`.

Each part leaves a JSON file in benchmarks/results/ and says what changed against the one that was
there; table.md is written from all of them. One part alone: `python -m benchmarks cost`.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import cost, new_people, table, workflow
from benchmarks.compare import compare
from benchmarks.machine import machine
from videeg_pipe.contracts.files import read_json, write_json

RESULTS = Path(__file__).parent / "results"


def parts(cores: int) -> dict[str, Callable[[], dict[str, Any]]]:
    """The parts by name, in their order: later ones use what the first has made."""
    return {
        "default": lambda: workflow.default_run(cores),
        "cost": cost.measure,
        "tables": lambda: workflow.tables(cores),
        "sweep": lambda: workflow.sweep(cores),
        "people": lambda: new_people.measure(workflow.RESULTS),
    }


def main() -> None:
    """Measure the parts that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", help="default, cost, tables, sweep, people; or all")
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
        measured = {"machine": machine(), name: all_parts[name]()}
        write_json(path, measured)
        for line in compare(measured, stored) if stored else ["  nothing stored to compare with"]:
            print(line)
        (RESULTS / "table.md").write_text(table.render(RESULTS), encoding="utf-8")
    print((RESULTS / "table.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

"""`videeg doctor`: say what this machine, the environment and the last run lack."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from videeg_pipe.doctor.finding import Finding

EXAMPLE = "videeg doctor --slurm"


def run(
    slurm: Annotated[
        bool, typer.Option("--slurm", help="Require Slurm; list partitions, GPUs and accounts.")
    ] = False,
    results: Annotated[
        Path, typer.Option(metavar="DIR", help="Results folder of the run, run.results.")
    ] = Path("results"),
    configfile: Annotated[
        list[Path] | None,
        typer.Option(metavar="YAML...", help="Config files of the run whose jobs --slurm tries."),
    ] = None,
) -> int:
    """Check environment, GPU, disk, Slurm and the last run, with the next command for each lack.

    Returns:
        Status 1 if something required is missing.
    """
    from videeg_pipe.doctor.environment import check_environment
    from videeg_pipe.doctor.last_run import check_last_run
    from videeg_pipe.doctor.machine import check_machine
    from videeg_pipe.doctor.slurm import check_slurm

    findings = [
        *check_environment(),
        *check_machine(results),
        *check_slurm(details=slurm, configfiles=configfile or []),
        *check_last_run(results),
    ]
    show = _show_styled if sys.stdout.isatty() else _show_plain
    show(findings)
    return int(any(finding.state == "missing" for finding in findings))


def _show_plain(findings: list["Finding"]) -> None:
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"{finding.state:7}  {finding.name:{width}}  {finding.found}")
    for line in _next_steps(findings):
        print(line)


def _show_styled(findings: list["Finding"]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console, table = Console(), Table(box=None, show_header=False, pad_edge=False)
    colours = {"ok": "green", "note": "yellow", "missing": "bold red"}
    for column in ("state", "name", "found"):
        table.add_column(column, overflow="fold", no_wrap=column == "state")
    for finding in findings:
        state = Text(finding.state, colours[finding.state])
        table.add_row(state, Text(finding.name), Text(finding.found))
    console.print(table)
    for line in _next_steps(findings):  # not wrapped: they are copied
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _next_steps(findings: list["Finding"]) -> Iterable[str]:
    steps = {finding.next_step: finding.name for finding in findings if finding.next_step}
    if steps:
        yield "\nNext:"
    for command, name in steps.items():
        yield f"  {command}" + ("" if "#" in command else f"  # {name}")

"""Measured numbers as a page of tables: `python -m benchmarks.table` writes it again."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scale import planned_minutes, planned_release
from benchmarks.workflow import TABLES
from videeg_pipe.contracts.scores import people_scores, score_spec, trial_scores
from videeg_pipe.runtime.files import read_json

_SCORES = {
    "comparison": (
        "of_ceiling",
        "sample_r",
        "c2st",
        "covariance_over_floor",
        "power_alpha",
        "power_gamma",
        "parameters",
        "nfe",
        "seconds_per_sample",
        "training_windows",
        "native_parameters",
        "native_nfe",
        "native_seconds_per_sample",
    ),
    "ablation": ("of_ceiling", "shuffled_of_ceiling", "denoising_loss", "c2st", "psd_distance"),
    "parts": ("of_ceiling", "sample_r", "c2st", "covariance_over_floor", "power_gamma"),
    "elbow": ("of_ceiling", "c2st", "covariance_over_floor", "power_alpha", "power_gamma", "nfe"),
    "epsilon": ("of_ceiling", "c2st", "covariance_over_floor", "power_alpha", "power_gamma"),
}
_SWEPT = ("conditional_mean_r", "of_ceiling", "sample_r", "c2st")
_ALONE = ("comparison", "elbow")
"""Tables whose rows are compared with each other, not with the first."""
_TITLES = {
    "comparison": "Comparison of generators (reduced sizes, equal time, test block; 95 % "
    "intervals over clips)",
    "ablation": "Each component switched off (small size, test block; mean and 95 % t-interval of "
    "the difference from `full` with the same seed)",
    "parts": "Contribution of evoked head and diffusion (default size, test block)",
    "elbow": "Steps and samplers (validation block)",
    "epsilon": "Cost of differential privacy (small size, test block)",
}


def render(folder: Path) -> str:
    """Render all measurements in `folder` as Markdown; parts without a file are omitted."""
    stored = {path.stem: read_json(path) for path in sorted(folder.glob("*.json"))}
    lines = ["# Measurements", "", "Written by `make bench`; do not edit."]
    for name, section in (
        ("phantoms", _phantoms),
        ("default", _default),
        ("cost", _cost),
        ("plan", _plan),
        ("samples", _samples),
        ("scoring", _scoring),
        ("recordings", partial(_growth, "Recordings (small size, one epoch per phase)")),
        ("seed-dv", _seed_dv),
        ("reader", _reader),
        ("explore", _explore),
        ("continuous", _continuous),
        ("long-video", _long_video),
        *((name, partial(_table, name)) for name in TABLES),
        (
            "second-comparison",
            partial(_table, "comparison", on="; first final phantom"),
        ),
        ("fpvs", _fpvs),
        ("sweep", _sweep),
        ("people", _people),
    ):
        if name in stored:
            lines += ["", *section(stored[name][name]), "", _machine(stored[name]["machine"])]
    return "\n".join(lines) + "\n"


def _phantoms(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Scores over phantoms (test blocks; 95 % t-interval over seeds)"
    yield ""
    seeds = [seed for seed in next(iter(measured.values())) if seed != "mean"]
    rows = []
    for name, entries in measured.items():
        mean = entries["mean"]
        each = [_text(entries[seed]["value"]) for seed in seeds]
        rows.append([name, *each, _number(mean), _text(mean.get("floor", ""))])
    yield from _grid(["score", *seeds, "mean", "floor"], rows)


def _default(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## The default run"
    yield ""
    yield f"Training {measured['training_s']:.0f} s, {measured['jobs']} jobs of "
    yield f"{measured['jobs_s']:.0f} s, the largest {measured['peak_memory_mb']:.0f} MB resident."
    yield ""
    rows = [
        [name, _number(entry), _number({"value": entry["floor"]}) if "floor" in entry else ""]
        for name, entry in measured["scores"].items()
    ]
    yield from _grid(["score", "value and interval (docs/evaluation.md)", "floor"], rows)


def _cost(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Cost"
    yield ""
    yield "Sampling; `ntd` is the AdaConv of NTD, timed in turn with the others in one process."
    yield ""
    columns = ("parameters", "nfe", "batch", "seconds_per_sample", "repeats", "ntd_takes_times")
    rows = [
        [name, *(_text(row.get(column, "")) for column in columns)]
        for name, row in measured["sampling"].items()
    ]
    yield from _grid(["generator", *columns], rows)
    yield ""
    yield "Growth of one sampling call, exponents (of the larger half of the sizes in brackets):"
    yield ""
    rows = [
        [axis, ", ".join(row["points"]), *map(_exponent, row["exponents"].values())]
        for axis, row in measured["growth"].items()
    ]
    yield from _grid(["over", "sizes", "time", "memory"], rows)
    yield ""
    yield "Training:"
    yield ""
    rows = [
        [name, phase, *map(_text, row.values())]
        for name, phases in measured["training"].items()
        for phase, row in phases.items()
    ]
    yield from _grid(["generator", "phase", "s per window", "s per epoch of 2400"], rows)
    if "gpu" in measured:
        yield ""
        yield "On the GPU, bf16 and a compiled network:"
        yield ""
        rows = [[name, _text(value)] for name, value in _flat(measured["gpu"])]
        yield from _grid(["quantity", "measured"], rows)


def _reader(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Release reader"
    yield ""
    yield "Random access, ms per sample of 62 x 200 values; `release` reads EEG and labels,"
    yield "`torch` gives the same as tensors."
    yield ""
    columns = tuple(next(iter(measured["access"].values())))
    rows = [
        [name, *(_text(row[column]) for column in columns)]
        for name, row in measured["access"].items()
    ]
    yield from _grid(["compression", *columns], rows)
    yield ""
    opened, epoch = measured["open"], measured["epoch"]
    yield (
        f"Opening {opened['samples']} samples: {opened['seconds']:.2g} s, "
        f"{opened['memory_mb']:.0f} MiB. {epoch['samples']} samples through "
        f"{epoch['workers']} spawned workers: {epoch['first_seconds']:.1f} s with their start, "
        f"{epoch['second_seconds']:.2g} s with `persistent_workers` in later epochs."
    )


def _explore(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Page of `videeg explore`"
    yield ""
    yield "Seconds from the command to its address, from there to the page and the EEG of its first"
    yield "sample, and for a filter with a text."
    yield ""
    rows = [
        [f"{int(n):,}", *(_text(row[key]) for key in ("start", "page", "search"))]
        for n, row in measured.items()
    ]
    yield from _grid(["samples", "start", "page", "search"], rows)


def _continuous(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Continuous EEG (test block of the default run)"
    yield ""
    heads = {"c2st": "c2st", "power": "power, delta to gamma"}
    heads |= {"covariance_error": "covariance error", "pearson": "r with the real window"}
    rows = []
    for name, row in measured["scores"].items():
        powers = " ".join(f"{power:.2f}" for power in row["power"].values())
        rows.append([name, *(_text((row | {"power": powers})[key]) for key in heads)])
    yield from _grid(["windows", *heads.values()], rows)
    yield ""
    yield "Mean of FP1, FPZ and FP2; shares of windows, and powers over those of real windows:"
    yield ""
    columns = {"above": "peak above 40 uV", "below": "peak below -40 uV"}
    columns |= {name: name for name in ("delta", "theta", "skewness")}
    rows = [
        [name, *(f"{row[column]:.2f}" for column in columns)]
        for name, row in measured["blinks"].items()
    ]
    yield from _grid(["windows", *columns.values()], rows)
    yield ""
    yield "Five places from one join to the next:"
    yield ""
    rows = [
        [quantity, name, " ".join(f"{value:.2f}" for value in values[quantity])]
        for quantity in measured["joins"]["real"]
        for name, values in measured["joins"].items()
    ]
    yield from _grid(["quantity", "windows", "at the places"], rows)
    yield ""
    yield f"Generation takes {measured['seconds_per_second']:.2g} s per second of EEG."


def _long_video(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## EEG for a long video"
    yield ""
    yield (
        f"A video of {measured['video_seconds']} s, {measured['electrodes']} electrodes: "
        f"{measured['seconds']:.0f} s, which is {measured['seconds_per_second']:.2g} s per second "
        f"of EEG, and {measured['memory_mb']:.0f} MiB beside the loaded generator."
    )


def _plan(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Planning a run (`snakemake -n all`, no results yet)"
    for kind, sizes in measured.items():
        yield ""
        rows = [
            [f"{int(n):,}", *(f"{row[key]:g}" for key in ("jobs", "cpu_seconds", "memory_mb"))]
            for n, row in sizes.items()
        ]
        yield from _grid([kind, "jobs", "CPU time, s", "MiB"], rows)


def _growth(title: str, measured: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield "CPU time of all jobs in s, and peak memory of the largest job in MiB:"
    yield ""
    points = measured["points"]
    stages = [stage for stage in next(iter(points.values())) if stage != "files"]
    rows = [
        [
            f"{int(n):,}",
            *(f"{_long(row[s]['cpu_seconds'])}, {_long(row[s]['memory_mb'])}" for s in stages),
            f"{row['files']['number']:,}",
            f"{row['files']['mb']:,.0f}",
        ]
        for n, row in points.items()
    ]
    if exponents := measured.get("exponents"):
        fits = [exponents[stage] for stage in stages]
        shown = ["" if fit is None else f"{fit['exponent']:.2f}" for fit in fits]
        rows.append(["exponent without the constant part", *shown, "", ""])
    yield from _grid(["number", *stages, "files", "MiB on disk"], rows)


def _samples(measured: Mapping[str, Any]) -> Iterator[str]:
    yield from _growth("Released samples (small size)", measured)
    planned = planned_release(measured["points"], 1_000_000)
    number, mb = planned.pop("number"), planned.pop("mb")
    times = ", ".join(f"{stage} {_long(seconds)}" for stage, seconds in planned.items())
    yield ""
    yield (
        f"By plan, 1,000,000 samples: CPU time in s of {times}; {number:,.0f} files of "
        f"{mb:,.0f} MiB."
    )


def _scoring(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Scores of single windows"
    yield ""
    rows = [[f"{int(n):,}", _long(of)] for n, of in measured["cpu_seconds"].items()]
    exponent = f"{measured['exponent']['exponent']:.2f}"
    rows.append(["exponent without the constant part", exponent])
    yield from _grid(["windows", "CPU time, s"], rows)


def _long(value: float | None) -> str:
    """Return seconds or MiB as text, and `-` for jobs that were too short to be measured."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _seed_dv(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## A run of SEED-DV's shape (default size, one epoch per phase)"
    yield ""
    rows = [
        [stage, *(_long(row[key]) for key in ("jobs", "seconds", "cpu_seconds", "memory_mb"))]
        for stage, row in measured["stages"].items()
    ]
    yield from _grid(["stage", "jobs", "seconds", "CPU time, s", "MiB, largest job"], rows)
    yield ""
    folders = measured["folders"].items()
    yield f"MiB on disk: {', '.join(f'{name} {mb:,.0f}' for name, mb in folders)}."
    yield ""
    minutes = {n: planned_minutes(measured["stages"], n) for n in (2, 8)}
    yield f"By plan: {', '.join(f'{m:.1f} min on {n} cores' for n, m in minutes.items())}."


def _exponent(fit: Mapping[str, Any]) -> str:
    error = fit["standard_error"]
    spread = "" if error is None else f" ± {error:.2f}"
    return f"{fit['exponent']:.2f}{spread} ({fit['upper_half']['exponent']:.2f})"


def _table(name: str, table: Mapping[str, Any], on: str = "") -> Iterator[str]:
    scores = _SCORES[name]
    n_seeds = {int(entry["seeds"]) for row in table.values() for entry in row.values()} - {0}
    yield f"## {_TITLES[name]}{on}; seeds: {', '.join(map(str, sorted(n_seeds)))}"
    yield ""
    rows = [
        [variant, *(_change(row.get(score), name) for score in scores)]
        for variant, row in table.items()
    ]
    specs = trial_scores()
    yield from _grid(["variant", *(specs[score].head for score in scores)], rows)


def _fpvs(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Real EEG: six pictures per second, each trial held out once"
    yield ""
    yield "r of the mean of 16 draws, and its interval over trials:"
    yield ""
    columns = list(next(iter(measured["responses"].values())))
    rows = [[name, *row.values()] for name, row in measured["responses"].items()]
    yield from _grid(["", *columns], rows)
    yield ""
    yield "Released samples and real training windows against the test: mean over runs, and each:"
    yield ""
    kinds = measured["fidelity"]
    rows = [
        [name, *(f"{np.mean(own[name]):.2f} ({_list(own[name])})" for own in kinds.values())]
        for name in next(iter(kinds.values()))
    ]
    yield from _grid(["score", *kinds], rows)


def _list(values: Sequence[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)


def _sweep(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Size of the evoked part (small size, test block)"
    yield ""
    specs = {
        "ceiling_r": score_spec("alignment", "ceiling_r"),
        **{name: trial_scores()[name] for name in _SWEPT},
    }
    rows = [[uv, *(_number(scores[name]) for name in specs)] for uv, scores in measured.items()]
    yield from _grid(["uV", *(spec.head for spec in specs.values())], rows)


def _people(measured: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "## People left out of the training (small size, test block; means over people)"
    yield ""
    names = ("of_ceiling", "covariance_error", "power_alpha", "power_gamma")
    rows = []
    for row in measured:
        if row["subject"] != "mean":
            continue
        entries = [
            {"value": row[name], "low": row[f"{name}_low"], "high": row[f"{name}_high"]}
            for name in names
        ]
        rows.append([_generator_of(row), row["people"], *map(_number, entries)])
    specs = people_scores()
    yield from _grid(["generator", "people", *(specs[name].head for name in names)], rows)


def _generator_of(row: Mapping[str, Any]) -> str:
    """Describe the generator of a row of people.csv; old files do not name it."""
    if row["known"]:
        return "trained with them"
    n, generator = row["n_windows"], row.get("generator")
    if n and generator in ("population", "nearest"):
        whose = {"population": "left out", "nearest": "nearest person"}[generator]
        return f"{whose}, scale from {n} windows"
    return f"left out, {n} windows"


def _change(entry: Mapping[str, float] | None, table: str) -> str:
    """Format a mean with its interval over clips or, for several seeds, its change."""
    if entry is None or "mean" not in entry:
        return ""
    text = f"{entry['mean']:.3g}"
    if table in _ALONE:
        if "windows_low" not in entry:
            return text
        return f"{text} [{entry['windows_low']:.3g}, {entry['windows_high']:.3g}]"
    if "difference_low" not in entry or not entry["difference"]:
        return text
    low, high = entry["difference_low"], entry["difference_high"]
    return f"{text} ({entry['difference']:+.2g} [{low:+.2g}, {high:+.2g}])"


def _number(entry: Mapping[str, float]) -> str:
    known = entry.get("low") is not None
    interval = f" [{entry['low']:.3g}, {entry['high']:.3g}]" if known else ""
    return f"{entry['value']:.3g}{interval}"


def _flat(measured: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    inner = dict(enumerate(measured)) if isinstance(measured, list) else measured
    if not isinstance(inner, Mapping):
        yield prefix, measured
        return
    for key, value in inner.items():
        yield from _flat(value, f"{prefix} {key}".strip())


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(map(str, row))} |"


def _machine(facts: Mapping[str, Any]) -> str:
    hardware = f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gb']} GB"
    duration = f", took {facts['minutes']:g} minutes" if "minutes" in facts else ""
    return (
        f"{hardware}, GPU {facts['gpu'] or 'none'}; Python {facts['python']}, torch "
        f"{facts['torch']}; commit {facts['commit']}, {facts['date_utc']} UTC{duration}."
    )


if __name__ == "__main__":
    results = Path(__file__).parent / "results"
    (results / "table.md").write_text(render(results), encoding="utf-8")

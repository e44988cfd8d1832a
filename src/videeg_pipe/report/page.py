"""The validation report: one self-contained page that a person reads."""

import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import matplotlib as mpl
import numpy as np
import pandas as pd
from markupsafe import Markup

from videeg_pipe.config import section
from videeg_pipe.config.validate import ReportOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.report import explorer, provenance, words
from videeg_pipe.report import figures as draw
from videeg_pipe.report.people import People, read_people
from videeg_pipe.report.questions import answers
from videeg_pipe.report.summary import five_numbers
from videeg_pipe.report.svg import Picture, page_style
from videeg_pipe.report.trials import TrialView, read_trials
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path, missing, read_json

__all__ = ["write_report"]


def write_report(
    *,
    inputs: Mapping[str, Path],
    tables: Sequence[Path],
    benchmarks: Path,
    config: Mapping[str, Any],
    out: Path,
) -> None:
    """Write the page.

    Args:
        inputs: Paths of `metrics` (metrics.json), `figures` (figures.npz), `h5` and `sums` (the
            released file and the checksums), `history` (losses by epoch) and `videos` (table).
        tables: Those of `comparison.csv`, `ablation.csv` and `people.csv` that were made.
        benchmarks: Folder of time and memory of the jobs.
        config: What the run depends on, section by section.
        out: The HTML page.

    Raises:
        UserError: if an input is missing or cannot be read.
    """
    settings = section(ReportOptions, config["report"])
    scores, arrays = read_json(inputs["metrics"]), _read_arrays(inputs["figures"])
    losses = _read_history(inputs["history"])
    release = provenance.read_release(inputs["h5"], inputs["sums"])
    frames = explorer.screens(arrays, inputs["videos"]) if scores["source"] == "phantom" else {}
    run = Run(
        release=release,
        versions=provenance.versions(),
        options=provenance.options(config),
        rules=provenance.spent(benchmarks, {*scores["dataset"]["per_subject"], scores["model"]}),
    )
    mpl.use("agg")
    with page_style():
        pictures = draw_pictures(scores, arrays, losses, settings.n_traces)
        made = {path.stem: path for path in tables}
        people = read_people(made.pop("people")) if "people" in made else None
        trials = {
            name: read_trials(path, differences=name == "ablation") for name, path in made.items()
        }
    browsed = explorer.explorer(arrays, frames)
    page = render_page(settings.title, scores, run, pictures, trials, people, browsed)
    with atomic_path(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


@dataclass(frozen=True)
class Run:
    """What is said of the run beside its scores; see `provenance`."""

    release: Mapping[str, Any]
    versions: Mapping[str, str]
    options: Mapping[str, Any]
    rules: pd.DataFrame


def render_page(
    title: str,
    scores: Mapping[str, Any],
    run: Run,
    pictures: Mapping[str, list[Picture]],
    trials: Mapping[str, TrialView],
    people: People | None,
    browsed: Mapping[str, Any],
) -> str:
    """Put scores and figures into the page.

    Args:
        title: Title of the page.
        scores: metrics.json.
        run: Where it all comes from.
        pictures: What `draw_pictures` drew.
        trials: The tables that were made, by name.
        people: Scores of people who are new to the generator, if they were taken.
        browsed: What the page's script is given: windows to go through.

    Returns:
        The HTML page; everything but the pictures is escaped, and no script but ours may run.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__name__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": words.number, "interval": words.with_interval}
    environment.filters["extremes"] = words.with_extremes
    script = Path(__file__).with_name("templates").joinpath("page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template("page.html.j2").render(
        title=title,
        scores=scores,
        run=run,
        pictures=pictures,
        trials=trials,
        people=people,
        browsed=browsed,
        script=Markup(script),  # noqa: S704 — a file of ours
        script_sha256=digest,
        bands=BANDS,
        splits=SPLITS,
        source=words.SOURCES.get(scores["source"], scores["source"]),
        protocol=words.PROTOCOLS.get(scores["protocol"], scores["protocol"]),
        verdict=words.verdict(scores["alignment"]),
        numbers=five_numbers(scores),
        answers=answers(scores, run.options["changed"], people),
        told_apart=words.told_apart(scores["fidelity"]["c2st"]),
        classifiers=words.CLASSIFIERS,
        targets=words.TARGETS,
        limits=words.limits(scores, new_people=people is not None),
        floors=words.FLOORS,
    )


def draw_pictures(
    scores: Mapping[str, Any], arrays: draw.Arrays, history: pd.DataFrame, n_traces: int
) -> dict[str, list[Picture]]:
    """Draw the figures of each part of the page, in the page's style.

    Args:
        scores: metrics.json.
        arrays: figures.npz.
        history: Losses by epoch.
        n_traces: Windows whose traces are shown.
    """
    alignment, dataset = scores["alignment"], scores["dataset"]
    rows = [(label, alignment[key]) for label, key in _CORRELATIONS.items()]
    losses = {
        name: history[f"{name}_diffusion"].to_numpy()
        for name in ("train", "validation")
        if f"{name}_diffusion" in history
    }
    return {
        "maps": draw.band_maps(arrays),
        "spectra": [
            draw.spectra(arrays),
            draw.autocorrelation(arrays),
            draw.band_ratios(scores["fidelity"]),
            draw.covariances(arrays),
        ],
        "correlations": [
            draw.correlations(rows),
            draw.lag_curve(arrays, alignment["lag_ms"]["value"]),
        ],
        "evoked": draw.evoked(arrays),
        "traces": draw.traces(arrays, n_traces),
        "counts": [
            draw.counts(dataset["per_subject"], "subject"),
            draw.counts(dataset["per_video"], "video"),
        ],
        "history": [draw.history(history["epoch"].to_numpy(), losses)] if losses else [],
    }


_CORRELATIONS = {
    "ceiling, truth": "ceiling_r",
    "ceiling, other people": "ceiling_r_between_subjects",
    "conditional mean": "conditional_mean_r",
    "sample, perfect generator": "perfect_sample_r",
    "single sample": "sample_r",
    "blank video": "blank_video_r",
    "shuffled video": "shuffled_video_r",
}


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(stored)
    except FileNotFoundError:
        raise missing(path) from None
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise UserError(
            str(path),
            expected="the arrays of the figures",
            found=str(error),
            next_step="delete it and run the validate rule again",
        ) from None


def _read_history(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise missing(path)
    return pd.read_parquet(path)

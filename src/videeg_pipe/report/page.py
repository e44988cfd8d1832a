"""The validation report: one self-contained HTML page."""

import base64
import hashlib
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from markupsafe import Markup

from videeg_pipe.config import section
from videeg_pipe.config.report import ReportOptions
from videeg_pipe.contracts.held_out import HeldOut, read_held_out
from videeg_pipe.contracts.scores import section_scores
from videeg_pipe.contracts.sharing import QUESTION, sharing
from videeg_pipe.contracts.tables import SPLITS, read_parquet, read_table
from videeg_pipe.models.registry import GENERATORS
from videeg_pipe.report import conclusions, explorer, provenance
from videeg_pipe.report import figures as draw
from videeg_pipe.report.claims import caveats, claims, recorded
from videeg_pipe.report.environment import page_environment
from videeg_pipe.report.flicker_decoders import FlickerDecoders, read_flicker_decoders
from videeg_pipe.report.people import People, read_people
from videeg_pipe.report.phantoms import Phantoms, read_phantoms
from videeg_pipe.report.questions import answers
from videeg_pipe.report.scalp_maps import band_maps
from videeg_pipe.report.section_tables import section_table, target_table
from videeg_pipe.report.summary import five_numbers
from videeg_pipe.report.svg import Arrays, Picture, page_style
from videeg_pipe.report.trial_sheets import TrialView, arrange_trials
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import atomic_path, missing, read_json, read_record
from videeg_pipe.sources.registry import SOURCES

__all__ = ["write_report"]

_PROTOCOLS = {
    "generation": "from noise and the video, without the window's real EEG",
    "reconstruction": "from real EEG of the same recording",
}


def write_report(
    *,
    inputs: Mapping[str, Path],
    tables: Sequence[Path],
    benchmarks: Path,
    config: Mapping[str, Any],
    out: Path,
    subjects: Collection[str] = (),
) -> None:
    """Read all inputs and write the page.

    Args:
        inputs: Paths of `metrics` (metrics.json), `figures` (figures.npz), `h5` and `sums` (the
            released file and the checksums), `history` (losses by epoch), `index` (the EEG's
            index), and the tables `videos`, `findings`, `windows` and `recordings`.
        tables: The existing ones of `comparison.csv`, `real.csv`, `ablation.csv`, `people.csv`,
            `ssvep.csv` and `phantoms.csv`.
        benchmarks: Folder of the jobs' time and memory.
        config: The configuration of the run, section by section.
        out: The HTML page.
        subjects: Codes of the source, which are part of the jobs' names.

    Raises:
        UserError: if an input is missing or cannot be read.
    """
    settings = section(ReportOptions, config["report"])
    scores, arrays = read_json(inputs["metrics"]), _read_arrays(inputs["figures"])
    losses = read_parquet(inputs["history"])
    release = provenance.read_release(inputs["h5"], inputs["sums"])
    frames = explorer.screens(arrays, inputs["videos"]) if _simulated(scores["source"]) else {}
    run = Run(
        release=release,
        versions=provenance.versions(),
        options=provenance.options(config),
        rules=provenance.spent(
            benchmarks, {*subjects, *scores["dataset"]["per_subject"], scores["model"]}
        ),
        findings=read_table(inputs["findings"], "findings"),
        dropped=read_record(inputs["index"])["dropped_windows"],
        held_out=read_held_out(
            inputs["windows"],
            inputs["recordings"],
            config["train"]["leave_out"],
        ),
        dataset=config.get("source", {}).get("dataset"),
    )
    mpl.use("agg")
    with page_style():
        pictures = draw_pictures(scores, arrays, losses, settings.n_traces)
        paths = {path.stem: path for path in tables}
        people = read_people(paths.pop("people")) if "people" in paths else None
        phantoms = read_phantoms(paths.pop("phantoms")) if "phantoms" in paths else None
        ssvep = read_flicker_decoders(paths.pop("ssvep")) if "ssvep" in paths else None
        trials = {
            name: arrange_trials(path, differences=name == "ablation")
            for name, path in paths.items()
        }
    compared = conclusions.waveforms_compared(scores["alignment"])
    windows = explorer.explorer(arrays, frames, correlate=compared)
    page = render_page(
        settings.title, scores, run, pictures, trials, people, phantoms, windows, ssvep
    )
    with atomic_path(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


@dataclass(frozen=True)
class Run:
    """Provenance of the run; see `provenance`."""

    release: Mapping[str, Any]
    versions: Mapping[str, str]
    options: Mapping[str, Any]
    rules: pd.DataFrame
    findings: pd.DataFrame  # what acquire repaired, skipped or assumed
    dropped: Mapping[str, int]  # windows that touch a pause, a break or a bad segment, by reason
    held_out: HeldOut
    dataset: str | None = None  # of a source with several


def render_page(
    title: str,
    scores: Mapping[str, Any],
    run: Run,
    pictures: Mapping[str, list[Picture]],
    trials: Mapping[str, TrialView],
    people: People | None,
    phantoms: Phantoms | None,
    windows: Mapping[str, Any],
    ssvep: FlickerDecoders | None = None,
) -> str:
    """Render the page.

    Args:
        title: Title of the page.
        scores: metrics.json.
        run: Provenance.
        pictures: The figures, from `draw_pictures`.
        trials: The existing tables of trials, by name.
        people: Scores of people outside the training, if they exist.
        phantoms: Scores over several phantoms, if they exist.
        windows: Data of the window explorer, for the page's script.
        ssvep: Accuracies of decoders of a flicker, if they exist.

    Returns:
        The HTML page. Everything except the figures is escaped, and only the page's own script
        may run.
    """
    templates = Path(__file__).with_name("templates")
    scripts = [templates / "drawing.js", templates / "page.js"]
    script = "".join(path.read_text(encoding="utf-8") for path in scripts)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = page_environment().get_template("page.html.j2")
    simulated, n_people = _simulated(scores["source"]), run.held_out.n_training_people
    assumed = run.findings.loc[run.findings["action"] == "assumed", "what"].unique().tolist()
    return template.render(
        title=title,
        scores=scores,
        run=run,
        pictures=pictures,
        trials=trials,
        people=people,
        phantoms=phantoms,
        windows=windows,
        ssvep=ssvep,
        script=Markup(script),  # noqa: S704 — our own files
        script_sha256=digest,
        splits=SPLITS,
        source=_source(scores["source"], run.dataset),
        protocol=_PROTOCOLS.get(scores["protocol"], scores["protocol"]),
        verdict=conclusions.verdict(scores["alignment"]),
        compared=conclusions.waveforms_compared(scores["alignment"]),
        numbers=five_numbers(scores),
        question=QUESTION,
        sharing=sharing(
            run.release,
            scores.get("privacy", {}),
            simulated=simulated,
            frames=run.release["frames"],
            units=run.held_out.units,
        ),
        simulated=simulated,
        recorded=recorded(n_people, run.dataset, simulated=simulated),
        claims=[] if simulated else claims(scores, run.held_out, people),
        caveats=caveats(scores),
        n_assumed=len(assumed),
        answers=answers(scores, run.options["changed"], people),
        tables={
            name: section_table(name, scores[name])
            for name in ("fidelity", "alignment", "privacy", "paper", "cost")
            if name in scores
        }
        | {"utility": target_table(scores["utility"])},
        catalogue=section_scores,
        limits=conclusions.limits(
            scores,
            new_people=people is not None,
            n_people=n_people,
            simulated=simulated,
            assumed=assumed,
        ),
        generators=GENERATORS,
    )


def draw_pictures(
    scores: Mapping[str, Any], arrays: Arrays, history: pd.DataFrame, n_traces: int
) -> dict[str, list[Picture]]:
    """Draw the figures of each part of the page.

    Args:
        scores: metrics.json.
        arrays: figures.npz.
        history: Losses by epoch.
        n_traces: Number of windows whose traces are shown.
    """
    alignment, dataset = scores["alignment"], scores["dataset"]
    compared = conclusions.waveforms_compared(alignment)
    losses = {
        name: history[f"{name}_diffusion"].to_numpy()
        for name in ("train", "validation")
        if f"{name}_diffusion" in history
    }
    return {
        "maps": band_maps(arrays),
        "spectra": [
            draw.spectra(arrays),
            draw.autocorrelation(arrays),
            draw.band_ratios(scores["fidelity"]),
            draw.covariances(arrays),
        ],
        "correlations": [
            draw.correlations(alignment),
            draw.lag_curve(arrays, alignment["lag_ms"]["value"]),
        ]
        if compared
        else [],
        "evoked": draw.evoked(arrays) if compared else [],
        "traces": draw.traces(arrays, n_traces),
        "counts": [
            draw.counts(dataset["per_subject"], "subject"),
            draw.counts(dataset["per_video"], "video"),
        ],
        "history": [draw.history(history["epoch"].to_numpy(), losses)] if losses else [],
    }


def _source(kind: str, dataset: str | None) -> str:
    description = SOURCES[kind].description if kind in SOURCES else kind
    return description if dataset is None else f"{dataset}, {description}"


def _simulated(kind: str) -> bool:
    return kind in SOURCES and SOURCES[kind].simulated


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(stored)
    except FileNotFoundError:
        raise missing(path) from None
    except (ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(
            str(path),
            expected="the arrays of the figures",
            found=str(error),
            next_step=make_again(str(path)),
        ) from None

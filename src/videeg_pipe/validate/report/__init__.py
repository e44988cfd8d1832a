"""The validation report: one self-contained page that a person reads."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import jinja2
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from videeg_pipe.config.validate import Report
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.errors import UserError
from videeg_pipe.contracts.files import atomic_path, missing, read_json
from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.validate.report import figures as draw
from videeg_pipe.validate.report import words
from videeg_pipe.validate.report.svg import Picture, page_style

__all__ = ["write_report"]


def write_report(
    *, metrics: Path, figures: Path, h5: Path, history: Path, config: Report, out: Path
) -> None:
    """Write the page.

    Args:
        metrics: metrics.json.
        figures: figures.npz.
        h5: The released file, for what it says of itself.
        history: Losses by epoch, history.parquet.
        config: Title and number of traces.
        out: The HTML page.

    Raises:
        UserError: if an input is missing or cannot be read.
    """
    scores, arrays = read_json(metrics), _read_arrays(figures)
    losses, release = _read_history(history), _read_release(h5)
    pictures = draw_pictures(scores, arrays, losses, config.n_traces)
    page = render_page(config.title, scores, release, pictures)
    with atomic_path(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render_page(
    title: str,
    scores: Mapping[str, Any],
    release: Mapping[str, str],
    pictures: Mapping[str, list[Picture]],
) -> str:
    """Put scores and figures into the page.

    Args:
        title: Title of the page.
        scores: metrics.json.
        release: `title`, `version` and `license` of the released file.
        pictures: What `draw_pictures` drew.

    Returns:
        The HTML page; everything but the pictures is escaped.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__name__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": words.number, "interval": words.with_interval}
    return environment.get_template("page.html.j2").render(
        title=title,
        scores=scores,
        release=release,
        pictures=pictures,
        bands=BANDS,
        splits=SPLITS,
        source=words.SOURCES.get(scores["source"], scores["source"]),
        protocol=words.PROTOCOLS.get(scores["protocol"], scores["protocol"]),
        verdict=words.verdict(scores["alignment"]),
        bars=words.bars(scores),
        told_apart=words.told_apart(scores["fidelity"]["c2st"]),
        targets=words.TARGETS,
        limits=words.LIMITS,
    )


def draw_pictures(
    scores: Mapping[str, Any], arrays: draw.Arrays, history: pd.DataFrame, n_traces: int
) -> dict[str, list[Picture]]:
    """Draw the figures of each part of the page.

    Args:
        scores: metrics.json.
        arrays: figures.npz.
        history: Losses by epoch.
        n_traces: Windows whose traces are shown.
    """
    mpl.use("agg")
    alignment, dataset = scores["alignment"], scores["dataset"]
    rows = [(label, alignment[key]) for label, key in _CORRELATIONS.items()]
    losses = {
        name: history[f"{name}_diffusion"].to_numpy()
        for name in ("train", "validation")
        if f"{name}_diffusion" in history
    }
    with page_style():
        pictures = {
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
    plt.close("all")
    return pictures


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


def _read_release(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise missing(path)
    with h5py.File(path) as file:
        return {name: str(file.attrs[name]) for name in ("title", "version", "license")}

"""Pages written from fixtures."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from videeg_pipe.config import Config, slice_of
from videeg_pipe.contracts.held_out import HeldOut
from videeg_pipe.report.page import Run, draw_pictures, render_page, write_report
from videeg_pipe.sources.findings import findings_table

RIGHTS = {
    "license": "CC-BY-4.0",
    "authors": ["A. Person"],
    "consent": "not needed: the people are simulated",
    "video_licence": "CC-BY-4.0",
    "subject_codes": "the codes of the simulation",
    "frames": False,
}


def page_of(folder) -> Path:
    """Return the path of a page; each worker of pytest writes its own."""
    return folder / f"report-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}" / "page.html"


def write(folder, tables=(), **changes):
    """Write the page of a folder of inputs and return its text."""
    out = page_of(folder)
    paths = {
        "metrics": folder / "metrics.json",
        "figures": folder / "figures.npz",
        "h5": folder / "videeg-gen.h5",
        "sums": folder / "SHA256SUMS",
        "history": folder / "history.parquet",
        "videos": folder / "videos.parquet",
        "findings": folder / "findings.parquet",
        "windows": folder / "windows.parquet",
        "recordings": folder / "recordings.parquet",
        "index": folder / "index.json",
    }
    config = slice_of(Config(), "run.seed", "train.leave_out", "sample", "report")
    config["report"] = {"title": "Validation", "n_traces": 1}
    write_report(inputs=paths | changes, tables=tables, benchmarks=folder, config=config, out=out)
    return out.read_text(encoding="utf-8")


def draw(folder, scores, **changed):
    """Draw the figures, with some arrays changed."""
    with np.load(folder / "figures.npz") as stored:
        arrays = dict(stored) | changed
    return draw_pictures(scores, arrays, pd.read_parquet(folder / "history.parquet"), 1)


def text_of(
    scores,
    title="Validation",
    pictures=None,
    windows=None,
    findings=(),
    dropped=None,
    rights=None,
    phantoms=None,
    dataset=None,
    n_people=4,
    ssvep=None,
):
    """Render the page of some scores, without figures unless they are given."""
    names = ("maps", "spectra", "correlations", "evoked", "traces", "counts", "history")
    facts = {"title": "T", "version": "1", "created": "now", "sums": []} | RIGHTS
    facts |= rights or {}
    hashes = {"code_version": "1", "config_sha256": "c", "checkpoint_sha256": "d"}
    run = Run(
        release=facts | {"generator": hashes},
        versions={"commit": "abc"},
        options={"changed": [], "text": ""},
        rules=pd.DataFrame({"rule": ["train"], "jobs": 1, "seconds": 1.0, "memory_mb": 2.0}),
        findings=findings_table(findings),
        dropped=dropped or {},
        held_out=HeldOut(1, 0, n_people, n_people, n_people, ("run",)),
        dataset=dataset,
    )
    drawn = pictures or {name: [] for name in names}
    shown = windows or {"windows": []}
    return render_page(title, scores, run, drawn, {}, None, phantoms, shown, ssvep)


def entry(value, low=None, high=None, **more):
    """An entry of metrics.json."""
    return {"value": value, "low": low, "high": high} | more

"""The window explorer: its data, and its controls in a browser."""

import numpy as np
import pandas as pd
import pytest

from tests.drawn import numbered, write_video
from tests.report.browser import drive
from tests.report.pages import text_of
from tests.report.test_head import unpacked
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.contracts.tables import write_table
from videeg_pipe.report.explorer import explorer, screens

SFREQ, T = 200.0, 200


@pytest.fixture
def arrays():
    """Two people, three concepts; sub1 has a second sample of the first."""
    rng = np.random.default_rng(0)
    labels = [("sub1", "cat"), ("sub1", "dog"), ("sub2", "cat"), ("sub2", "sea"), ("sub1", "cat")]
    subjects, concepts = map(np.array, zip(*labels, strict=True))
    return {
        "sfreq": np.array(SFREQ),
        "channels": np.array(SEED_DV_CHANNELS),
        "positions": electrode_positions(),
        "trace_real": rng.standard_normal((5, 62, T)).astype(np.float32) * 10,
        "trace_generated": rng.standard_normal((5, 62, T)).astype(np.float32) * 10,
        "trace_subject": subjects,
        "trace_concept": concepts,
        "trace_window": np.array([f"w{row}" for row in range(5)]),
        "trace_video": np.array(["film"] * 5),
        "trace_time_s": np.array([3.0, 0.0, 1.0, 2.0, 3.0]),
    }


def test_eeg_survives_packing(arrays):
    packed = explorer(arrays, {"w1": "data:,"})
    for row, window in enumerate(packed["windows"]):
        for kind in ("real", "generated"):
            eeg = unpacked(window[kind]).reshape(62, T) * window["step"]
            assert np.abs(eeg - arrays[f"trace_{kind}"][row]).max() <= 0.51 * window["step"]
    assert [window["frame"] for window in packed["windows"]] == [None, "data:,", None, None, None]


def test_large_windows_are_limited_in_number(arrays):
    wide = {name: np.tile(arrays[name], (1, 1, 40)) for name in ("trace_real", "trace_generated")}
    assert len(explorer(arrays | wide, {})["windows"]) == 3_000_000 // (2 * 62 * 40 * T)


def test_frames_come_only_from_redistributable_videos(arrays, tmp_path):
    write_video(tmp_path / "film.mp4", [numbered(i) for i in range(100)])
    table = pd.DataFrame(
        {
            "video_id": ["film"], "path": [str(tmp_path / "film.mp4")], "fps": 24.0, "width": 64,
            "height": 64, "duration_s": 4.0, "sha256": "0" * 64, "licence": "CC-BY-4.0",
            "redistributable": True,
        }
    )  # fmt: skip
    write_table(tmp_path / "videos.parquet", "videos", table)
    shown = screens(arrays, tmp_path / "videos.parquet")
    assert set(shown) == {"w0", "w1", "w2", "w3", "w4"}
    assert all(address.startswith("data:image/jpeg;base64,") for address in shown.values())
    assert shown["w0"] == shown["w4"] != shown["w1"]
    table["redistributable"] = False
    write_table(tmp_path / "videos.parquet", "videos", table)
    assert screens(arrays, tmp_path / "videos.parquet") == {}


DRIVER = """
    const find = (id) => document.getElementById(id);
    const values = (id) => [...find(id).options].map((option) => option.value);
    const pick = (id, value) => {
      find(id).value = value;
      find(id).dispatchEvent(new Event(find(id).type === "range" ? "input" : "change"));
    };
    const path = (id) => find(id).querySelector("path.chosen, path.generated").getAttribute("d");
    const pixels = (id) => find(id).toDataURL();
    const seen = () => ({ about: find("about").textContent, trace: path("real-trace"),
      generated: path("generated-trace"), spectrum: path("spectrum"), map: pixels("real-map"),
      label: find("real-map").getAttribute("aria-label") });
    const changed = (before, after) => Object.keys(before).filter((k) => before[k] !== after[k]);
    const out = { hidden: find("explorer").hidden, changes: {} };
    out.named = [...find("explorer").querySelectorAll("select, input")].every((control) =>
      control.labels.length === 1 && control.labels[0].textContent.trim() &&
      control.tabIndex === 0);
    out.subjects = values("subject");
    out.concepts = values("concept");
    out.samples = values("sample").length;
    const steps = [["sample", "4"], ["subject", "sub2"], ["concept", "sea"], ["electrode", "3"],
      ["shown", "beta"], ["shown", "potential"], ["moment", "150"]];
    for (const [id, value] of steps) {
      const before = seen();
      pick(id, value);
      out.changes[`${id} ${value}`] = changed(before, seen());
    }
    out.after = values("concept");
    out.time = find("time").textContent;
    out.frame = find("screen").hidden;
    out.wide = document.documentElement.scrollWidth <= window.innerWidth;
    return out;
"""


@pytest.mark.slow
def test_controls_work_in_the_browser(arrays, scores, tmp_path):
    page = text_of(scores, windows=explorer(arrays, {}))
    out, console = drive(page, DRIVER, tmp_path)
    assert not console
    assert not out["hidden"] and out["named"] and out["wide"]
    assert out["subjects"] == ["sub1", "sub2"] and out["samples"] == 2
    assert out["concepts"] == ["cat", "dog"] and out["after"] == ["cat", "sea"]
    everything = {"about", "trace", "generated", "spectrum", "map", "label"}
    for window in ("sample 4", "subject sub2", "concept sea"):
        assert set(out["changes"][window]) == everything
    assert {"trace", "generated", "spectrum"} <= set(out["changes"]["electrode 3"])
    for shown in ("shown beta", "shown potential", "moment 150"):
        assert set(out["changes"][shown]) == {"map", "label"}
    assert out["time"] == "750 ms" and out["frame"]


def test_large_deflections_stay_in_the_panel(arrays, scores, tmp_path):
    arrays["trace_real"][:, :, T // 2] = 2000
    arrays["trace_generated"][:, :, T // 3] = -2000
    script = """
      return ["real", "generated"].flatMap((kind) =>
        [...find(`${kind}-trace`).querySelectorAll("path")].flatMap((path) =>
          path.getAttribute("d").slice(1).split("L").map((point) => Number(point.split(" ")[1]))));
    """
    page = text_of(scores, windows=explorer(arrays, {}))
    heights, console = drive(
        page, "const find = (id) => document.getElementById(id);" + script, tmp_path
    )
    assert not console
    assert min(heights) >= 5.9 and max(heights) <= 270.1
    assert max(heights) - min(heights) > 200


def test_power_of_the_page_is_that_of_a_known_sine(arrays, scores, tmp_path):
    t = np.arange(T) / SFREQ
    arrays["trace_real"][:] = 20 * np.sin(2 * np.pi * 10 * t)
    arrays["trace_real"][:, SEED_DV_CHANNELS.index("OZ")] *= 2
    script = "return document.getElementById('real-map').getAttribute('aria-label');"
    label, console = drive(text_of(scores, windows=explorer(arrays, {})), script, tmp_path)
    # a sine of 40 uV has 800 uV^2, all of it between 8 and 13 Hz
    assert label == "Scalp map, real: largest at OZ, 800." and not console


def test_the_page_fits_a_phone(arrays, scores, tmp_path):
    page = text_of(scores, windows=explorer(arrays, {}))
    script = "return [document.documentElement.scrollWidth, window.innerWidth];"
    (needed, there), console = drive(page, script, tmp_path, width=500)
    assert needed <= there <= 500 and not console


@pytest.mark.parametrize("correlate", [True, False])
def test_a_correlation_is_shown_only_where_waveforms_are_compared(
    arrays, scores, tmp_path, correlate
):
    page = text_of(scores, windows=explorer(arrays, {}, correlate=correlate))
    about, console = drive(page, "return document.getElementById('about').textContent;", tmp_path)
    assert about.startswith("Window w0: sub1, cat.") and not console
    assert ("r = " in about) == correlate

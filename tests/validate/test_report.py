import html
import json
import re
import shutil
from html.parser import HTMLParser

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.validate.test_validate import results, run  # noqa: F401 — a fixture
from videeg_pipe.config.validate import Report
from videeg_pipe.contracts.errors import UserError
from videeg_pipe.validate.report import words, write_report

NASTY = "<script>alert('x')</script> & \"quotes\" $x$"


@pytest.fixture(scope="module")
def scored(results, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("scored")
    run(results, folder)
    shutil.copy(results / "release" / "videeg-gen.h5", folder / "videeg-gen.h5")
    epochs = np.arange(1, 6)
    history = pd.DataFrame(
        {"epoch": epochs, "train_diffusion": 1 / epochs, "validation_diffusion": 2 / epochs}
    )
    history.to_parquet(folder / "history.parquet")
    return folder


def page(folder, scores=None, arrays=None, title="Validation", **changes):
    metrics, figures = folder / "metrics.json", folder / "figures.npz"
    if scores is not None:
        metrics = folder / "changed.json"
        metrics.write_text(json.dumps(scores))
    if arrays is not None:
        figures = folder / "changed.npz"
        np.savez(figures, **arrays)
    out = folder / "report" / "page.html"
    paths = {
        "metrics": metrics,
        "figures": figures,
        "h5": folder / "videeg-gen.h5",
        "history": folder / "history.parquet",
    }
    write_report(**(paths | changes), config=Report(title=title, n_traces=1), out=out)
    return out.read_text(encoding="utf-8")


def scores_of(folder):
    return json.loads((folder / "metrics.json").read_text())


class Outline(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.headings = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))


def test_one_page_that_asks_for_nothing_outside_itself(scored):
    text = page(scored)
    assert "//" not in re.sub(r"base64,[A-Za-z0-9+/=\s]+", "", text)
    outline = Outline(text)
    assert not {"script", "link", "iframe", "object", "base"} & set(outline.tags)
    for _, name, value in outline.attributes:
        if name in ("src", "href", "xlink:href"):
            assert value.startswith(("#", "data:image/png"))
    assert "default-src 'none'" in text


def test_headings_figures_and_tables_are_accessible(scored):
    outline = Outline(page(scored))
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False))
    labels = [v for tag, name, v in outline.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(labels) == outline.tags.count("svg") == outline.tags.count("figcaption")
    assert len(labels) >= 15 and all(len(label) > 20 for label in labels)
    scopes = [tag for tag, name, _ in outline.attributes if name == "scope"]
    assert len(scopes) == outline.tags.count("th")
    ids = [value for _, name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_references_inside_the_page_lead_somewhere(scored):
    text = page(scored)
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    assert used <= ids


def test_markup_in_title_and_labels_is_shown_not_run(scored):
    scores = scores_of(scored)
    scores["model"] = scores["source"] = scores["clip"]["model"] = NASTY
    scores["dataset"]["per_subject"] = {NASTY: {"train": 1, "validation": 1, "test": 1, "total": 3}}
    with np.load(scored / "figures.npz") as stored:
        arrays = dict(stored)
    arrays["trace_concept"] = np.array([NASTY] * len(arrays["trace_concept"]))
    text = page(scored, scores, arrays, title=NASTY)
    assert "<script" not in text and "script" not in Outline(text).tags
    assert html.unescape(text).count("<script>alert('x')</script>") >= 6


def test_the_verdict_is_said_in_words(scored):
    scores = scores_of(scored)
    assert "conditioning is at chance here" in page(scored, scores).lower()
    scores["alignment"]["chance"]["above_chance"] = True
    scores["alignment"]["conditional_mean_r"] = {"value": 0.3, "low": 0.2, "high": 0.4}
    scores["alignment"]["ceiling_r"] = {"value": 0.6, "low": 0.5, "high": 0.7}
    text = page(scored, scores)
    assert "at chance here" not in text.lower()
    assert "50% of the ceiling" in text


def test_unknown_scores_are_left_out_with_their_reason(scored):
    scores = scores_of(scored)
    nothing = {"value": None, "reason": "because of reasons"}
    for name in ("ceiling_r", "ceiling_r_between_subjects", "shuffled_video_r"):
        scores["alignment"][name] = nothing
    scores["alignment"]["chance"] = {
        "above_chance": False, "difference": None, "reason": "there is no other video"
    }  # fmt: skip
    scores["fidelity"]["psd_distance"] = {
        "value": 1.0, "low": 1.0, "high": 1.0, "ideal": 0, "unit": "dB", "white_noise": 2.0,
        "floor": None, "reason": "too few real windows",
    }  # fmt: skip
    text = page(scored, scores)
    assert "because of reasons" in text and "too few real windows" in text
    assert "at chance here" in text


def test_the_source_and_an_untrained_clip_are_named(scored):
    scores = scores_of(scored)
    text = page(scored, scores)
    assert "untrained CLIP" in text and "the phantom" in text
    scores["clip"] = {"model": "openai/clip-vit-large-patch14", "trained": True}
    assert "untrained CLIP" not in page(scored, scores)


def test_a_broken_input_leaves_the_old_page(scored, tmp_path):
    before = page(scored)
    broken = tmp_path / "figures.npz"
    broken.write_bytes(b"PK not a zip")
    for change in ({"figures": broken}, {"h5": tmp_path / "no.h5"}, {"history": tmp_path / "no"}):
        with pytest.raises(UserError):
            page(scored, **change)
    assert (scored / "report" / "page.html").read_text(encoding="utf-8") == before


def test_the_page_is_the_same_every_time(scored):
    assert page(scored) == page(scored)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0, "0.000"), (-0.0001, "0.000"), (0.1234, "0.123"), (-0.25, "−0.250"),
        (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234"), (1e9, "1,000,000,000"),
    ],
)  # fmt: skip
def test_numbers_are_plain(value, shown):
    assert words.number(value) == shown


def test_dataset_bars_hold_every_sample_of_the_file(scored):
    with h5py.File(scored / "videeg-gen.h5") as file:
        n = len(file["eeg"])
    assert f"{n} generated windows" in page(scored)

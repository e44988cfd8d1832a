import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.report.browser import drive
from videeg_pipe.config import Config, slice_of
from videeg_pipe.report import explorer, provenance, words
from videeg_pipe.report.page import Run, draw_pictures, render_page, write_report
from videeg_pipe.runtime.errors import UserError

NASTY = "<script>alert('x')</script> & \"quotes\" $x$"


def write(folder, tables=(), **changes):
    out = folder / "report" / "page.html"
    paths = {
        "metrics": folder / "metrics.json",
        "figures": folder / "figures.npz",
        "h5": folder / "videeg-gen.h5",
        "sums": folder / "SHA256SUMS",
        "history": folder / "history.parquet",
        "videos": folder / "videos.parquet",
    }
    config = slice_of(Config(), "run.seed", "sample", "report")
    config["report"] = {"title": "Validation", "n_traces": 1}
    write_report(inputs=paths | changes, tables=tables, benchmarks=folder, config=config, out=out)
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text(scored):
    return write(scored)


def draw(folder, scores, **changed):
    with np.load(folder / "figures.npz") as stored:
        arrays = dict(stored) | changed
    return draw_pictures(scores, arrays, pd.read_parquet(folder / "history.parquet"), 1)


def words_of(scores, title="Validation", pictures=None, browsed=None):
    names = ("maps", "spectra", "correlations", "evoked", "traces", "counts", "history")
    said = {"title": "T", "version": "1", "license": "CC-BY-4.0", "created": "now", "sums": []}
    hashes = {"code_version": "1", "config_sha256": "c", "checkpoint_sha256": "d"}
    run = Run(
        release=said | {"generator": hashes},
        versions={"commit": "abc"},
        options={"changed": [], "text": ""},
        rules=pd.DataFrame({"rule": ["train"], "jobs": 1, "seconds": 1.0, "memory_mb": 2.0}),
    )
    drawn = pictures or {name: [] for name in names}
    return render_page(title, scores, run, drawn, {}, None, browsed or {"windows": []})


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


DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def test_one_page_that_asks_for_nothing_outside_itself(text):
    assert "//" not in re.sub(r"base64,[A-Za-z0-9+/=\s]+", "", DATA.sub("", text))
    outline = Outline(text)
    assert not {"link", "iframe", "object", "base"} & set(outline.tags)
    for _, name, value in outline.attributes:
        if name in ("src", "href", "xlink:href"):
            assert value.startswith(("#", "data:image/png"))
    assert "default-src 'none'" in text
    assert len(text) < 15e6


def test_only_our_script_runs(text):
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1 and Outline(text).tags.count("script") == 2  # and the data
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


def test_headings_figures_and_tables_are_accessible(text):
    outline = Outline(text)
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False))
    labels = [v for tag, name, v in outline.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(labels) == outline.tags.count("svg")
    labels = list(filter(None, labels))  # the script labels what it draws
    assert len(labels) >= 15 and all(len(label) > 20 for label in labels)
    scopes = [tag for tag, name, _ in outline.attributes if name == "scope"]
    assert len(scopes) == outline.tags.count("th")
    ids = [value for _, name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_references_inside_the_page_lead_somewhere(text):
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    assert used <= ids


def test_markup_in_title_and_labels_is_shown_not_run(scored, scores):
    scores["model"] = scores["source"] = scores["clip"]["model"] = NASTY
    scores["dataset"]["per_subject"] = {NASTY: {"train": 1, "validation": 1, "test": 1, "total": 3}}
    names = np.array([NASTY] * 64)
    labels = {f"trace_{name}": names for name in ("concept", "subject", "window")}
    pictures = draw(scored, scores, **labels)
    with np.load(scored / "figures.npz") as stored:
        browsed = explorer.explorer(dict(stored) | labels, {})
    text = words_of(scores, NASTY, pictures, browsed)
    assert "<script>alert" not in text and Outline(text).tags.count("script") == 2
    # title twice; model, source and CLIP; axis, label and caption of the figures
    assert html.unescape(text).count("<script>alert('x')</script>") >= 9
    data = DATA.search(text)[1]
    assert "<" not in data  # neither a closing tag nor a comment can begin there
    assert json.loads(data)["windows"][0]["concept"] == NASTY


def test_markup_in_labels_is_shown_not_run_in_the_browser(scored, scores, tmp_path):
    nasty = "</script><!-- <script>document.title = 'run'; alert(1)</script>"
    scores["model"] = nasty
    names = np.array([nasty] * 64)
    with np.load(scored / "figures.npz") as stored:
        arrays = dict(stored) | {f"trace_{name}": names for name in ("concept", "subject")}
    text = words_of(scores, nasty, browsed=explorer.explorer(arrays, {}))
    script = """
        const heading = document.querySelector("h1").textContent;
        const option = document.getElementById("concept").selectedOptions[0].textContent;
        const about = document.getElementById("about").textContent;
        return [document.title, heading, option, about];
    """
    (title, heading, option, about), said = drive(text, script, tmp_path)
    assert title == heading == option == nasty and nasty in about
    assert not said


def test_the_verdict_is_said_in_words(scores):
    text = words_of(scores).lower()
    assert "conditioning is at chance here" in text and "not as far as can be told" in text
    scores["alignment"]["chance"]["above_chance"] = True
    scores["alignment"]["conditional_mean_r"] |= {"value": 0.3, "low": 0.2, "high": 0.4}
    scores["alignment"]["ceiling_r"] |= {"value": 0.6, "low": 0.5, "high": 0.7}
    text = words_of(scores)
    assert "at chance here" not in text.lower()
    assert "50 % of the ceiling" in text


def test_unknown_scores_stand_with_their_reason(scored, scores):
    nothing = {"value": None, "reason": "because of reasons"}
    for name in ("ceiling_r", "ceiling_r_between_subjects", "shuffled_video_r"):
        scores["alignment"][name] = nothing
    scores["alignment"]["chance"] = {
        "above_chance": False, "difference": None, "reason": "there is no other video"
    }  # fmt: skip
    scores["fidelity"]["psd_distance"] |= {"floor": None, "reason": "too few real windows"}
    scores["fidelity"]["covariance_error"] |= {"floor": None, "reason": "too few"}
    text = words_of(scores, pictures=draw(scored, scores))
    assert text.count("because of reasons") == 3 and "too few real windows" in text
    assert "at chance here" in text and "there is no other video" in text


def test_what_tells_generated_from_real_is_named(scores):
    assert "a classifier needs" in words_of(scores)  # this release is too small for one
    scores["fidelity"]["c2st"] |= {
        "value": 0.71, "low": 0.65, "high": 0.77, "which": "covariance_forest",
        "floor": {"value": 0.52, "low": 0.48, "high": 0.56},
    }  # fmt: skip
    text = words_of(scores)
    assert "random forest on covariances" in text
    assert "0.710 [0.650, 0.770]" in text and "0.520 [0.480, 0.560]" in text


def test_what_can_be_learned_from_the_release_is_shown(scores):
    entry = {"value": 0.9, "low": 0.8, "high": 1.0}
    scores["utility"]["concept"] = {
        "trtr": entry, "tstr": entry | {"value": 0.85}, "augmented": entry, "chance": 0.125,
        "ratio": {"value": None, "reason": "too few clips to tell"},
    }  # fmt: skip
    scores["utility"]["emotion"] = {"value": None, "reason": "no emotions here"}
    text = words_of(scores)
    assert "0.850 [0.800, 1.00]" in text and "0.125" in text
    assert "too few clips to tell" in text and "no emotions here" in text


def test_the_other_protocol_stands_by_itself(scores):
    def section(page):
        return page.split('id="reconstruction"')[1].split("</section>")[0]

    shown = section(words_of(scores))
    for entry in scores["reconstruction"]["curve"]:
        assert words.with_interval(entry["no_network_r"]) in html.unescape(shown)
    del scores["reconstruction"]
    assert "Not measured" in section(words_of(scores))


def test_the_source_and_an_untrained_clip_are_named(scores):
    text = words_of(scores)
    assert "untrained CLIP" in text and "the phantom" in text
    scores["clip"] = {"model": "openai/clip-vit-large-patch14", "trained": True}
    assert "untrained CLIP" not in words_of(scores)


def test_the_first_screen_counts_every_sample_of_the_file(scored, text):
    with h5py.File(scored / "videeg-gen.h5") as file:
        n = len(file["eeg"])
    assert f"{n} generated windows" in text


def test_a_broken_input_leaves_the_old_page(scored, text, tmp_path):
    cut = tmp_path / "figures.npz"
    cut.write_bytes((scored / "figures.npz").read_bytes()[:5000])
    no = tmp_path / "no"
    for change in ({"figures": cut}, {"h5": no}, {"history": no}, {"sums": no}):
        with pytest.raises(UserError):
            write(scored, **change)
    assert (scored / "report" / "page.html").read_text(encoding="utf-8") == text


def test_the_page_is_the_same_every_time(scored, text):
    assert write(scored) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0, "0.000"), (-0.0001, "0.000"), (0.1234, "0.123"), (-0.25, "−0.250"),
        (1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234"), (1e9, "1,000,000,000"),
    ],
)  # fmt: skip
def test_numbers_are_plain(value, shown):
    assert words.number(value) == shown


def test_where_it_comes_from_is_said(text):
    for part in ("c" * 64, "d" * 64, "e" * 64, "report.n_traces", "2025-01-01T00:00:00Z"):
        assert part in text
    assert "3 jobs took 65.5 s" in text and "512" in text


def test_jobs_of_a_rule_stand_together(scored):
    rules = provenance.spent(scored, {"sub1", "sub2", "spgn"}).set_index("rule")
    assert list(rules.index) == ["train", "preprocess"]
    assert rules.loc["preprocess", "jobs"] == 2 and rules.loc["preprocess", "seconds"] == 5


def test_tables_that_were_not_made_are_asked_for_in_words(text):
    assert "snakemake compare makes it" in text and "snakemake ablate makes the table" in text

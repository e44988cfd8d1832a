import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser

import h5py
import numpy as np
import pytest

from tests.report.browser import drive
from tests.report.pages import draw, page_of, text_of, write
from videeg_pipe.report import explorer, formatting
from videeg_pipe.runtime.errors import UserError

NASTY = "<script>alert('x')</script> & \"quotes\" $x$"


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


def test_page_loads_nothing_from_outside(text):
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


def test_links_inside_the_page_have_targets(text):
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    assert used <= ids


def test_markup_in_title_and_labels_is_escaped(scored, scores):
    scores["model"] = scores["source"] = scores["clip"]["model"] = NASTY
    scores["dataset"]["per_subject"] = {NASTY: {"train": 1, "validation": 1, "test": 1, "total": 3}}
    names = np.array([NASTY] * 64)
    labels = {f"trace_{name}": names for name in ("concept", "subject", "window")}
    pictures = draw(scored, scores, **labels)
    with np.load(scored / "figures.npz") as stored:
        browsed = explorer.explorer(dict(stored) | labels, {})
    text = text_of(scores, NASTY, pictures, browsed)
    assert "<script>alert" not in text and Outline(text).tags.count("script") == 2
    # title twice; model, source and CLIP; axis, label and caption of the figures
    assert html.unescape(text).count("<script>alert('x')</script>") >= 9
    data = DATA.search(text)[1]
    assert "<" not in data  # neither a closing tag nor a comment can begin there
    assert json.loads(data)["windows"][0]["concept"] == NASTY


def test_markup_in_labels_is_not_run_in_the_browser(scored, scores, tmp_path):
    nasty = "</script><!-- <script>document.title = 'run'; alert(1)</script>"
    scores["model"] = nasty
    names = np.array([nasty] * 64)
    with np.load(scored / "figures.npz") as stored:
        arrays = dict(stored) | {f"trace_{name}": names for name in ("concept", "subject")}
    text = text_of(scores, nasty, windows=explorer.explorer(arrays, {}))
    script = """
        const heading = document.querySelector("h1").textContent;
        const option = document.getElementById("concept").selectedOptions[0].textContent;
        const about = document.getElementById("about").textContent;
        return [document.title, heading, option, about];
    """
    (title, heading, option, about), console = drive(text, script, tmp_path)
    assert title == heading == option == nasty and nasty in about
    assert not console


def test_reconstruction_has_a_section_of_its_own(scores):
    def section(page):
        return page.split('id="reconstruction"')[1].split("</section>")[0]

    shown = section(text_of(scores))
    for entry in scores["reconstruction"]["curve"]:
        assert formatting.with_interval(entry["no_network_r"]) in html.unescape(shown)
    del scores["reconstruction"]
    assert "Not measured" in section(text_of(scores))


def test_the_source_and_an_untrained_clip_are_named(scores):
    text = text_of(scores)
    assert "untrained CLIP" in text and "the phantom" in text
    scores["clip"] = {"model": "openai/clip-vit-large-patch14", "trained": True}
    assert "untrained CLIP" not in text_of(scores)
    scores["source"] = "moabb"
    text = " ".join(text_of(scores, dataset="Kalunga2016").split())
    assert "<strong>real recordings</strong>: Kalunga2016, an open data set" in text


def test_dropped_windows_are_counted_by_reason(scores):
    dropped = {"pause": 7, "BAD_<b>": 2}
    page = " ".join(text_of(scores, dropped=dropped).split())
    assert "9 windows were dropped because they touch a pause" in page
    assert "7 pause, 2 BAD_&lt;b&gt;." in page
    assert "windows were dropped" not in text_of(scores)


def shared(page):
    section = page.split('aria-labelledby="share"')[1].split("</section>")[0]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", section).split()))


def test_one_answer_says_whether_the_release_may_be_shared(scores):
    simulated = shared(text_of(scores))
    assert simulated.startswith("> May I share this? Yes, under CC-BY-4.0.")
    assert "not needed: the people are simulated" in simulated and "This page" not in simulated


def test_a_release_of_recorded_people_lists_what_nobody_stated(scores):
    scores["source"] = "bids"
    rights = {"license": "not stated", "consent": "not stated", "authors": ["not stated"]}
    page = text_of(scores, rights=rights)
    assert "Not stated: release.licence, release.consent." in shared(page)
    assert "This page is not part of the release: it shows recorded windows" in shared(page)
    assert "licence of the data: not stated" in page


def test_the_answer_fits_a_phone(scores, tmp_path):
    scores["source"] = "bids"
    rights = {"consent": "agreed in writing " * 20, "license": "https://a.laboratory/" + "x" * 80}
    script = """
        const box = document.querySelector(".share");
        const hidden = box.scrollWidth - box.clientWidth;
        return [document.documentElement.scrollWidth, innerWidth, hidden];
    """
    page = text_of(scores, rights=rights)
    (width, window, hidden), _ = drive(page, script, tmp_path, width=390)
    assert width <= window and hidden <= 0


def test_the_first_screen_counts_every_sample_of_the_file(scored, text):
    with h5py.File(scored / "videeg-gen.h5") as file:
        n = len(file["eeg"])
    assert f"{n} generated windows" in text


def test_a_broken_input_keeps_the_old_page(scored, text, tmp_path):
    cut = tmp_path / "figures.npz"
    cut.write_bytes((scored / "figures.npz").read_bytes()[:5000])
    no = tmp_path / "no"
    for change in ({"figures": cut}, {"h5": no}, {"history": no}, {"sums": no}):
        with pytest.raises(UserError):
            write(scored, **change)
    assert page_of(scored).read_text(encoding="utf-8") == text


def test_the_page_is_the_same_every_time(scored, text):
    assert write(scored) == text


def test_missing_tables_name_their_command(text):
    assert "snakemake compare makes it" in text and "snakemake ablate makes the table" in text

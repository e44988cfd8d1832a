"""The page of decoded videos: self-contained, escaped, and readable on a phone."""

import html
import re

import pytest

from tests.report.browser import drive
from tests.report.decoding_files import CONCEPTS, ROWS, build
from tests.report.test_page import Outline
from videeg_pipe.report import published
from videeg_pipe.runtime.errors import UserError

NASTY = "<script>alert('x')</script> &\"'"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Small files of the branch; read-only."""
    return build(tmp_path_factory.mktemp("decoding"))


@pytest.fixture(scope="module")
def text(files):
    """Their page."""
    return files.write()


def plain(text):
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


def section(text, name):
    return text.split(f'aria-labelledby="{name}"')[1].split("</section>")[0]


def test_the_page_loads_nothing_and_runs_no_script(text):
    outline = Outline(text)
    assert not {"script", "link", "iframe", "object", "base", "img"} & set(outline.tags)
    assert "//" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
    assert "default-src 'none'" in text and "script-src 'none'" in text
    used = set(re.findall(r"url\((.{10})", text))
    assert used == {"data:image"}


def test_headings_ids_links_and_tables_are_accessible(text):
    outline = Outline(text)
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False))
    ids = [value for _, name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    scopes = [tag for tag, name, _ in outline.attributes if name == "scope"]
    assert len(scopes) == outline.tags.count("th")


def test_names_people_and_reasons_are_escaped(tmp_path):
    files = build(tmp_path, mark=NASTY)
    files.scores["groups"]["known"]["people"] = [NASTY]
    files.scores["rows"]["sam-net_cs"]["scores"]["ssim"]["reason"] = NASTY
    text = files.write()
    assert "<script" not in text
    said = plain(text)
    assert said.count(f"{CONCEPTS[0]}{NASTY}") >= len(ROWS)
    assert f" {NASTY} " in said and f" {NASTY}." in said


def test_it_names_clips_people_protocol_and_seed(text):
    said = plain(text)
    assert "30 test clips of 6 concepts" in said and "Run with seed 42" in said
    assert "sub1, sub2" in said and "sub3" in said and "60 presentations to 2 people" in said
    assert "adapted by euclidean: 15 %, 3.00 min per person" in said
    assert "the phantom: simulated EEG" in said


def test_test_clips_that_were_not_reconstructed_are_counted(text, tmp_path):
    limited = build(tmp_path, clips_per_run=2).write()
    assert "12 test clips of 6 concepts" in plain(limited)
    assert "The test blocks have 30 clips; the first ones of each run" in plain(limited)
    assert "The test blocks have" not in text


def test_recorded_people_are_warned_of(files, text, tmp_path):
    out = tmp_path / "page.html"
    files.write(source="seed_dv", out=out)
    assert "This page shows frames of the videos" in out.read_text(encoding="utf-8")
    assert "This page shows frames of the videos" not in text


def test_published_scores_share_no_table_with_measured_ones(text):
    shown = section(text, "published")
    assert shown.count("<table") == 1 and "0.870" in shown
    rest = text.replace(shown, "")
    printed = {f"{value:.3f}" for row in published.ROWS for value in row.values[:2]}
    assert not {value for value in printed if re.search(rf"<td>{value}", rest)}
    assert "0.750 for 2-way and 0.071 for 40-way, not 0.5 and 0.025" in plain(shown)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_the_window_and_shows_every_tile(text, tmp_path, width):
    script = """
        const tiles = [...document.querySelectorAll("details[open] .sheet i")];
        const drawn = tiles.filter(t => t.clientWidth > 40 && t.clientHeight > 40
            && getComputedStyle(t).backgroundImage.startsWith("url(\\"data:image/jpeg"));
        return [document.documentElement.scrollWidth, innerWidth, tiles.length, drawn.length];
    """
    (page, window, tiles, drawn), _ = drive(text, script, tmp_path, width=width)
    assert page <= window
    assert tiles == drawn == 2 * 60  # true and reconstructed, of the first decoder's two people


def test_text_contrasts_with_its_background(text, tmp_path):
    script = """
        const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
            .map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
            return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
        const paper = light(getComputedStyle(document.body).backgroundColor);
        const kinds = ["h1", "p", "th", "td", ".what", ".note", ".sheet li", ".sheet b", "summary"];
        return kinds.map(s => {
            const ink = light(getComputedStyle(document.querySelector(s)).color);
            return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05); });
    """
    ratios, _ = drive(text, script, tmp_path)
    assert min(ratios) >= 4.5


def test_the_page_is_the_same_every_time_and_survives_a_damaged_input(files, text):
    assert files.write() == text
    with pytest.raises(UserError):
        files.write(clips=files.root / "none.parquet")
    assert (files.root / "page.html").read_text(encoding="utf-8") == text


def test_ablations_have_a_table_of_their_own(text):
    own = plain(section(text, "ablations"))
    assert "sam-net_cs_no-text" in own and "no-centre_cs" in own
    assert "-0.030 [-0.050, -0.010], p 0.020" in own.replace("−", "-")
    assert "[-0.160, 0.100] over trainings" in own.replace("−", "-")
    assert "no-centre" not in plain(section(text, "known"))


def test_adapted_rows_are_compared_with_the_decoder_before(text):
    own = section(text, "adaptations")
    assert "Adaptations of sam-net_new-0" in own and "Adaptations of lookup_new-0" in own
    assert "sam-net_new-15_euclidean" in own and "no-centre" not in own
    assert "0.400 of the variance of known people" in plain(text)


def test_the_order_of_people_stands_beside_the_true_one(text):
    said = plain(section(text, "decoded"))
    assert "in the order sub3, sub2, sub1" in said and "would be sub2, sub3, sub1" in said
    assert "Over 3 pairs" in said and "0.250, and 0.750 for distances of covariance" in said


def test_without_ablations_and_truth_the_page_says_nothing_of_them(tmp_path):
    files = build(tmp_path)
    files.scores.update(ablations=[], adaptations=[], csa=None)
    page = files.write()
    assert (
        'id="ablations"' not in page and 'id="adaptations"' not in page and "C-SA adds" not in page
    )

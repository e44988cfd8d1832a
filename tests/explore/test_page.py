"""The page in a browser: browse, filter, compare, upload, keyboard."""

import h5py
import numpy as np
import pytest

from benchmarks.reader import write_samples
from tests.explore.browser import browsing
from tests.explore.test_app import HOSTILE

pytestmark = pytest.mark.slow

NAME = "<img src=x onerror=alert(1)>.mp4"
DROP = f"""
  const file = async (path, name) => new File([await (await fetch(path)).blob()], name);
  const drop = (one) => {{
    const data = new DataTransfer();
    data.items.add(one);
    const made = {{ dataTransfer: data, bubbles: true, cancelable: true }};
    document.querySelector(".drop").dispatchEvent(new DragEvent("drop", made));
  }};
  const name = {NAME!r};
"""


@pytest.fixture(scope="module")
def browser(run, tmp_path_factory):
    with browsing(run, tmp_path_factory.mktemp("browser")) as made:
        yield made


def test_samples_are_browsed_and_filtered(browser):
    script = """
      await ready();
      const out = { first: text("about"), counts: [text("count")] };
      out.n = find("list").children.length;
      out.frames = !find("strip").hidden;
      out.drawn = line("first-trace").length > 500 && line("spectrum").length > 100;
      const counted = async (words) => {
        await until(() => text("count").includes(words));
        out.counts.push(text("count"));
      };
      const search = (words) => {
        find("text").value = words;
        find("text").dispatchEvent(new Event("input"));
      };
      find("later").click();
      await counted("51 to");
      out.end = find("later").disabled && !find("earlier").disabled;
      find("earlier").click();
      await counted("1 to 50");
      pick("subject", "sub2");
      await counted("of 48");
      pick("concept", "concept 2");
      await counted("of 12");
      search("w1");
      await counted("of 6");
      await until(() => text("about").includes("w1"));
      out.about = text("about");
      find("list").children[2].click();
      await until(() => text("about") !== out.about);
      out.selected = [...document.querySelectorAll("[aria-selected=true]")].map((li) => li.id);
      search("nothing like it");
      await counted("no sample");
      return out;
    """
    out, console = browser.drive(script)
    assert console == []
    assert out["first"].startswith("sub1-s1-b1-c000-w0: sub1 · concept 1 · negative · train.")
    assert out["counts"] == [
        "1 to 50 of 96", "51 to 96 of 96", "1 to 50 of 96", "1 to 48 of 48", "1 to 12 of 12",
        "1 to 6 of 6", "no sample",
    ]  # fmt: skip
    assert out["n"] == 50 and out["frames"] and out["drawn"] and out["end"]
    assert out["about"].startswith("sub2-s1-b1-c002-w1") and out["selected"] == ["sample-2"]


def test_eeg_is_compared(browser):
    script = """
      await ready();
      const state = () => ({ title: text("second-title"), line: line("second-trace"),
        map: find("second-map").toDataURL(), curves: text("curves"),
        same: line("second-trace") === line("first-trace") });
      const out = { alone: find("second").hidden && find("second-place").hidden };
      for (const kind of ["real", "truth", "mean"]) {
        pick("compare", kind);
        await until(() => !find("second").hidden && find("second").className === kind);
        out[kind] = state();
      }
      find("near").open = true;
      await until(() => find("near-list").children.length);
      out.listed = find("near-list").children.length;
      find("near-list").children[1].firstChild.click();
      await until(() => text("second-title").startsWith("Nearest sample: "));
      out.near = state();
      out.chosen = find("near-list").children[1].firstChild.textContent;
      const before = line("second-trace");
      find("after").click();
      await until(() => find("second").className === "near" && line("second-trace") !== before);
      out.kept = find("compare").value;
      pick("compare", "");
      await until(() => find("second").hidden);
      return out;
    """
    out, console = browser.drive(script)
    assert console == [] and out["alone"]
    kinds = ("real", "truth", "mean", "near")
    titles = ["Recording", "True response", "Conditional mean"]
    assert [out[kind]["title"] for kind in kinds[:3]] == titles
    assert len({out[kind]["line"] for kind in kinds}) == len({out[k]["map"] for k in kinds}) == 4
    assert [kind for kind in kinds if out[kind]["same"]] == []
    assert out["real"]["curves"].endswith(": generated, recording")
    assert out["listed"] == 6 and out["kept"] == "near"
    assert out["chosen"].startswith(out["near"]["title"].removeprefix("Nearest sample: "))


def test_keys_move_search_and_play(browser):
    script = """
      await ready();
      const out = { at: [], pages: [] };
      const at = () => Number(document.querySelector("[aria-selected=true]").id.split("-")[1]);
      const press = (name, on) => { key(name, on); out.at.push(at()); };
      press("ArrowRight"); press("ArrowRight"); press("ArrowLeft");
      press("ArrowDown"); press("ArrowDown", find("list"));
      press("ArrowUp", find("list"));
      press("ArrowRight", find("moment")); press("ArrowRight", find("text"));
      out.typed = [key("/", find("text")), key(" ", find("subject"))];
      key("/");
      out.focused = document.activeElement.id;
      out.outline = getComputedStyle(document.activeElement).outlineStyle;
      document.activeElement.blur();
      find("list").lastChild.click();
      await until(() => at() === 49);
      key("ArrowRight");
      await until(() => text("count").startsWith("51"));
      out.pages.push(at());
      key("ArrowLeft");
      await until(() => text("count").startsWith("1 "));
      out.pages.push(at());
      pick("shown", "alpha");
      const map = () => find("first-map").toDataURL(), before = [map(), find("moment").value];
      out.scrolled = key(" ");
      out.playing = [text("play"), find("play").ariaPressed, find("shown").value];
      await until(() => map() !== before[0] && find("moment").value !== before[1]);
      key(" ");
      out.paused = [text("play"), find("play").ariaPressed];
      const cursor = find("first-trace").querySelector(".cursor");
      out.cursor = Number(cursor.getAttribute("x1")) > 42;
      return out;
    """
    out, console = browser.drive(script)
    assert console == []
    assert out["at"] == [1, 2, 1, 1, 2, 1, 1, 1]
    assert out["typed"] == [True, True]  # left to the controls
    assert out["focused"] == "text" and out["outline"] == "solid"
    assert out["pages"] == [0, 49]
    assert out["playing"] == ["Pause", "true", "potential"] and not out["scrolled"]
    assert out["paused"] == ["Play", "false"] and out["cursor"]


def test_an_own_video_is_shown_with_its_eeg(browser, flashing):
    script = f"""
      {DROP}
      await ready();
      drop(await file("/clip", name));
      await until(() => text("own-status").endsWith("is shown."));
      const out = {{ status: text("own-status"), about: text("about"), moment: find("moment").max,
        frames: find("frames").src.slice(0, 22),
        hidden: find("compared").hidden && find("near").hidden,
        selected: document.querySelectorAll("[aria-selected=true]").length,
        pictures: document.querySelectorAll("img").length }};
      pick("person", "sub1");
      find("mean").checked = true;
      drop(await file("/clip", "b.mp4"));
      await until(() => text("about").startsWith("b.mp4"));
      out.mean = [text("about"), text("first-title")];
      key("ArrowRight");
      await until(() => text("about").startsWith("sub1-"));
      out.back = !find("compared").hidden;
      return out;
    """
    out, console = browser.drive(script, files={"/clip": flashing.read_bytes()})
    assert console == []
    assert out["status"] == f"{NAME} is shown." and out["pictures"] == 1
    assert out["about"].startswith(f"{NAME}: 2.5 s of EEG of a new person.")
    assert out["moment"] == "499" and out["frames"] == "data:image/jpeg;base64"
    assert out["hidden"] and out["selected"] == 0 and out["back"]
    assert out["mean"][0].startswith("b.mp4: 2.5 s of EEG of sub1.")
    assert out["mean"][1] == "Conditional mean"


def test_a_wrong_file_gets_one_line(browser):
    script = f"""
      {DROP}
      await ready();
      drop(await file("/text", name));
      await until(() => find("own-status").classList.contains("bad"));
      return [text("own-status"), document.images.length, find("own-progress").hidden];
    """
    out, _ = browser.drive(script, files={"/text": b"a text"})
    assert out[0].startswith(f"{NAME}; expected a video; found a text") and out[1:] == [1, True]


def test_controls_have_names_and_can_be_reached(browser):
    script = """
      await ready();
      const all = document.querySelectorAll("input, select, button, [role=listbox], summary");
      const name = (one) => one.labels?.[0]?.textContent ?? one.ariaLabel ?? one.textContent;
      return [...all].map((one) => [one.id, one.tabIndex, name(one).trim()]);
    """
    controls, _ = browser.drive(script)
    assert len(controls) > 15
    assert [row for row in controls if row[1] != 0 or not row[2]] == []


def test_a_phone_shows_one_column_without_scrolling_sideways(browser):
    script = """
      const frame = document.querySelector("iframe");
      await until(() => "ready" in (frame.contentDocument?.body?.dataset ?? {}));
      const page = frame.contentDocument, find = (id) => page.getElementById(id);
      find("compare").value = "real";
      find("compare").dispatchEvent(new Event("change"));
      find("near").open = true;
      await until(() => !find("second").hidden && find("near-list").children.length);
      const left = [...page.querySelectorAll("figure, .browse, .view, .own")]
        .filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect());
      return { needed: page.documentElement.scrollWidth, there: frame.contentWindow.innerWidth,
        columns: new Set(left.map((box) => Math.round(box.left))).size };
    """
    out, console = browser.drive(script, page="phone")
    assert console == [] and out["needed"] <= out["there"] == 390 and out["columns"] == 1


def test_hostile_labels_are_shown_as_text(tmp_path):
    path = tmp_path / "videeg-gen.h5"
    labels = {name: [HOSTILE] * 3 for name in ("subject", "concept", "video_id", "split")}
    labels["sample_id"] = [f"{HOSTILE}{i}" for i in range(3)]
    eeg = np.random.default_rng(0).standard_normal((3, 4, 200)).astype(np.float32)
    write_samples(path, eeg, ("FZ", "CZ", "PZ", "OZ"), labels)
    with h5py.File(path, "a") as file:
        file.attrs["title"] = HOSTILE
        file.attrs["channel_names"] = [f"{HOSTILE}{i}" for i in range(4)]
    script = """
      await ready();
      pick("concept", find("concept").options[1].value);
      find("near").open = true;
      await until(() => find("near-list").children.length);
      return { title: document.querySelector("h1").textContent, about: text("about"),
        listed: find("list").firstChild.firstChild.textContent,
        option: find("concept").options[1].text,
        near: find("near-list").textContent, electrode: find("electrode").options[0].text,
        scripts: document.scripts.length, pictures: document.images.length };
    """
    with browsing(path, tmp_path) as browser:
        out, console = browser.drive(script)
    assert console == []
    assert out["title"] == f"{HOSTILE} 1.0.0"
    assert out["about"].startswith(f"{HOSTILE}0: {HOSTILE} · {HOSTILE}")
    assert out["listed"] == out["electrode"] == f"{HOSTILE}0" and out["option"] == HOSTILE
    assert HOSTILE in out["near"]
    assert out["scripts"] == 3 and out["pictures"] == 1  # the page's own

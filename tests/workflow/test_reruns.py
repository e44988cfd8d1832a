"""Each edit reruns exactly the rules that it can affect: tables of edits and of expected reruns."""

import os
import re
from contextlib import contextmanager
from functools import reduce
from pathlib import Path

import pytest

from tests.sources.builders import build_seed_dv
from tests.workflow.clone import run_snakemake, write_config
from tests.workflow.test_commands import jobs, said
from tests.workflow.test_rules import ASIDE, RULES
from videeg_pipe.config.load import merged

pytestmark = pytest.mark.slow


def score_edit(field: str, of: str = "psd_distance") -> str:
    """Return statements for the end of the catalogue that change one field of one score."""
    return f"""
from dataclasses import replace
SCORES = tuple(
    replace(spec, {field}="another") if spec.name == "{of}" else spec for spec in SCORES
)
"""


EVALUATED = {"validate", "card", "report"}
RELEASED = {"release", "pack_generator"} | EVALUATED
SAMPLED = {"sample"} | RELEASED
TRAINED = {"train"} | SAMPLED
WINDOWED = {"cut_windows", "fit_normalisation", "select_windows", "graphs"} | TRAINED
EMBEDDED = {"embed_videos", "embed_text", "label_emotions"} | TRAINED
ACQUIRED = {"acquire", "preprocess"} | WINDOWED | EMBEDDED
EVERYTHING = set(RULES) - ASIDE

OPTIONS = [  # an edit of the configuration, rules whose params change, all rules that run again
    ({"run": {"seed": 7}}, {"phantom_videos", "clip_model"}, EVERYTHING),
    ({"phantom": {"width": 96}}, {"phantom_videos"}, EVERYTHING - {"clip_model"}),
    ({"phantom": {"evoked_uv": 9}}, {"phantom_eeg"}, EVERYTHING - {"clip_model", "phantom_videos"}),
    ({"source": {"subjects": ["sub1"]}}, {"acquire"}, ACQUIRED),
    ({"preprocess": {"l_freq": 1.0}}, {"preprocess"}, {"preprocess"} | WINDOWED),
    ({"preprocess": {"notch_hz": 50}}, {"preprocess"}, {"preprocess"} | WINDOWED),
    ({"preprocess": {"ica": "icalabel"}}, {"preprocess"}, {"preprocess"} | WINDOWED),
    ({"windows": {"stride_s": 0.5}}, {"cut_windows"}, WINDOWED),
    ({"split": {"validation": [3], "test": [2]}}, {"cut_windows"}, WINDOWED),
    (
        {"normalisation": {"scale": "range"}},
        {"fit_normalisation"},
        {"fit_normalisation", "graphs"} | TRAINED,
    ),
    (
        {"embed": {"model": "openai/clip-vit-large-patch14"}},
        {"clip_model"},
        {"clip_model"} | EMBEDDED,
    ),
    ({"embed": {"frame_size": 224}}, {"embed_videos"}, EMBEDDED - {"embed_text"}),
    ({"embed": {"zero_shot_emotion": False}}, {"label_emotions"}, {"label_emotions"} | RELEASED),
    ({"graphs": {"scales": [0.5, 1.0]}}, {"graphs"}, {"graphs"} | TRAINED),
    ({"condition": {"use_text": False}}, {"train"}, TRAINED),
    ({"spgn": {"spatial_attention": False}}, {"train"}, TRAINED),
    ({"train": {"learning_rate": 0.002}}, {"train"}, TRAINED),
    ({"train": {"min_steps": 9}}, {"train"}, TRAINED),
    ({"train": {"leave_out": ["sub2"]}}, {"graphs"}, {"graphs"} | TRAINED),
    ({"train": {"losses": {"spatial": 0.1}}}, {"train"}, TRAINED),
    ({"sample": {"steps": 3}}, {"sample"}, SAMPLED),
    ({"release": {"n_samples": 20}}, {"select_windows"}, {"select_windows"} | SAMPLED),
    ({"release": {"title": "Another"}}, {"release"}, RELEASED),
    ({"release": {"licence": "CC0"}}, {"release"}, RELEASED),
    ({"release": {"pseudonyms": "number"}}, {"release"}, RELEASED),
    ({"evaluation": {"bootstrap": 11}}, {"validate"}, EVALUATED),
    ({"report": {"title": "Another"}}, {"report"}, {"report"}),
    ({"phantom": {"captions": "clip"}}, {"phantom_videos"}, EVERYTHING - {"clip_model"}),
    ({"phantom": {"lateral": 0.5}}, {"phantom_videos"}, EVERYTHING - {"clip_model"}),
    ({"embed": {"captions": True}}, {"clip_model"}, {"clip_model"} | EMBEDDED),
]

OPTIONS_WITHOUT_RERUN = [
    {"run": {"gpus": 1}},
    {"bids": {"task": "rest", "runs": ["1"], "concept": "category"}},
    {"bids": {"electrodes": "template"}},
    {"seed_dv": {"eeg": "elsewhere"}},
    {"baselines": {"width": 0.5}},
    {"baselines": {"depth": 0.5}},
    {"run": {"reduced": False}},  # only for tables of trials
    {"new_people": {"n_windows": [0]}},
    {"pictures": {"steps": 3}},
    {"decode": {"seeds": 2}},
    {"decoders": {"steps": 3}},
    {"augment": {"multiples": [2]}},
    {"sam_net": {"progressive": False}},
    {"eeg2video": {"native": True}},
    {"dynamind": {"patch": 60}},
    {"mindcross": {"top": 2}},
    {"mapper": {"source": "each"}},
]

SOURCES = [  # a source file that gets a comment, and all rules that run again
    ("sources/phantom/evoked.py", EVERYTHING - {"clip_model", "phantom_videos"}),
    ("sources/phantom/scenes.py", EVERYTHING - {"clip_model"}),
    ("sources/phantom/tables.py", ACQUIRED),
    ("sources/block_timing.py", EVERYTHING - {"clip_model"}),
    ("sources/phantom/reading.py", {"preprocess"} | WINDOWED),
    ("preprocess/recordings.py", {"preprocess"} | WINDOWED),
    ("preprocess/split.py", WINDOWED),
    ("report/environment.py", {"report"}),
    ("report/templates/decoding.html.j2", {"report"}),
    ("preprocess/selection.py", {"select_windows"} | SAMPLED),
    ("embed/text.py", {"embed_text"} | TRAINED),
    ("stimuli/track.py", EMBEDDED - {"embed_text"}),
    ("contracts/electrode_graph.py", {"graphs"} | TRAINED),
    ("models/parts/losses.py", TRAINED),
    ("models/spgn/network.py", TRAINED),
    ("train/loop.py", TRAINED),
    ("sample/part_size.py", set()),  # the size itself is in the params of `sample`
    ("sample/stage.py", SAMPLED),
    ("release/merge.py", RELEASED),
    ("release/card.py", {"card", "report"}),
    ("release/templates/README.md.j2", {"card", "report"}),
    ("release/rights.py", RELEASED),
    ("contracts/sharing.py", {"card", "report"}),
    ("scoring/stats.py", EVALUATED),
    ("report/figures.py", {"report"}),
    ("generator/pack.py", {"pack_generator"}),
    ("generator/model_card.md.j2", {"pack_generator"}),
    ("report/templates/page.css.j2", {"report"}),
    ("contracts/montage.py", EVERYTHING - {"clip_model", "phantom_videos"}),
    ("contracts/bands.py", {"graphs"} | TRAINED),  # preprocess and embed import no bands
    ("contracts/layout.py", TRAINED),
    ("runtime/seeds.py", EVERYTHING),
    ("contracts/scores/lookup.py", EVALUATED),
    ("../../workflow/scripts/graphs.py", {"graphs"} | TRAINED),
]

SOURCES_WITHOUT_RERUN = [
    "sources/bids/tables.py",
    "preprocess/clips.py",
    "pictures/training.py",
    "models/pictures/sampler.py",
    "models/decoders/hrt.py",
    "models/decoders/registry.py",
    "decode/stage.py",
    "augment/generate.py",
    "reconstruct/stage.py",
    "report/decoding.py",
    "contracts/decoding.py",
    "models/baselines/sse.py",
    "models/floors/ridge.py",
    "scoring/trial.py",
    "generator/joining.py",
    "models/registry.py",
    "sources/registry.py",
    "contracts/scores/catalogue.py",
    "contracts/scores/fidelity.py",
    "scoring/decoding/section.py",
    "config/train.py",
    "cli/main.py",
    "../../README.md",
]

GENERATOR = """
class Toy:
    pass
"""
GENERATOR_ROW = """
GENERATORS["toy"] = GeneratorSpec(
    "toy", "videeg_pipe.models.baselines.toy", "Toy", "baseline", ("baselines",), "a toy"
)
"""
GENERATOR_CLASS = """
from dataclasses import replace
GENERATORS["spgn"] = replace(GENERATORS["spgn"], class_name="SpgnPaper")
"""
OPTION = """class ReportOptions(Section):
    palette: str = Field("blue", description="Colours of the figures.")
"""

EDITS = {  # texts to append to files or to replace in them, and all rules that run again
    "a new generator and its row": (
        {"models/baselines/toy.py": GENERATOR, "models/registry.py": GENERATOR_ROW},
        set(),
    ),
    "another class of the chosen generator": (
        {"models/registry.py": GENERATOR_CLASS},
        TRAINED,
    ),
    "an option of the report": (
        {"config/report.py": ("class ReportOptions(Section):\n", OPTION)},
        {"report"},
    ),
    "an option of training": (
        {"config/train.py": ("class TrainOptions(Section):\n", OPTION.replace("Report", "Train"))},
        TRAINED,
    ),
    "another frequency band": (
        {"contracts/bands.py": "\nBANDS = BANDS | {'high gamma': (60.0, 90.0)}\n"},
        {"graphs"} | TRAINED,
    ),
    "the definition of a score": (
        {"contracts/scores/catalogue.py": score_edit("definition")},
        EVALUATED,
    ),
    "the definition of a score of another target": (
        {"contracts/scores/catalogue.py": score_edit("definition", of="ssim")},
        set(),
    ),
    "the label of a score": ({"contracts/scores/catalogue.py": score_edit("label")}, {"report"}),
}


def run(clone: Path, *arguments: str, **edit):
    """Run the target `all` with the options of `edit` changed."""
    write_config(clone / "edit.yaml", **edit)
    return run_snakemake(clone, "all", *arguments, "--configfile", "tiny.yaml", "edit.yaml")


def short(value: object) -> str:
    """Name a row by its edit; the order of a set differs between the workers of xdist."""
    return "" if isinstance(value, set) else str(value)[:50]


def repeats_nightly(rows):
    """Leave rows to `make nightly` that rerun the same rules as one before them."""
    seen: list[set[str]] = []
    params = []
    for row in rows:
        params.append(pytest.param(*row, marks=pytest.mark.nightly if row[-1] in seen else ()))
        seen.append(row[-1])
    return params


def planned(dry_run) -> set[str]:
    assert dry_run.returncode == 0, said(dry_run)
    if "Nothing to be done" in said(dry_run):
        return set()
    return set(jobs(dry_run)) - {"all"}


def rules_whose(reason: str, output: str) -> set[str]:
    """Return the rules with a job that runs for this reason."""
    blocks = re.split(r"^(?:local)?rule (\w+):\n", output, flags=re.MULTILINE)
    reasons = re.compile(rf"^ +reason: .*{reason}", re.MULTILINE)
    pairs = zip(blocks[1::2], blocks[2::2], strict=True)
    return {rule for rule, block in pairs if reasons.search(block)}


def test_second_run_has_nothing_to_do(finished):
    again = run(finished)
    assert again.returncode == 0
    assert "Nothing to be done" in said(again)


def test_results_are_where_the_run_says(finished):
    for name in ("release/videeg-gen.h5", "evaluation/spgn/metrics.json", "report/validation.html"):
        assert (finished / "results" / name).is_file()


@pytest.mark.parametrize(("edit", "enters", "expected"), repeats_nightly(OPTIONS), ids=short)
def test_option(finished, edit, enters, expected):
    dry_run = run(finished, "-n", **edit)
    assert planned(dry_run) == expected
    assert rules_whose("Params have changed", said(dry_run)) == enters


def test_options_that_rerun_nothing(finished):
    assert planned(run(finished, "-n", **reduce(merged, OPTIONS_WITHOUT_RERUN))) == set()


@contextmanager
def edited(clone: Path, files: dict[str, str | tuple[str, str]]):
    """Append a text to files of the package, or replace one by another, within the context."""
    package = clone / "src" / "videeg_pipe"
    before = {
        file: (file.read_bytes(), file.stat()) if file.exists() else None
        for file in (package / name for name in files)
    }
    try:
        for name, edit in files.items():
            text = (package / name).read_text() if (package / name).exists() else ""
            old, new = edit if isinstance(edit, tuple) else (text, text + edit)
            assert old in text
            (package / name).write_text(text.replace(old, new) if old else new)
        yield
    finally:
        for file, kept in before.items():
            if kept is None:
                file.unlink()
            else:
                file.write_bytes(kept[0])
                os.utime(file, ns=(kept[1].st_atime_ns, kept[1].st_mtime_ns))


@pytest.mark.parametrize(("name", "expected"), repeats_nightly(SOURCES), ids=short)
def test_source_file(finished, name, expected):
    with edited(finished, {name: "\n# edited\n"}):
        assert planned(run(finished, "-n")) == expected


def test_sources_that_rerun_nothing(finished):
    with edited(finished, dict.fromkeys(SOURCES_WITHOUT_RERUN, "\n# edited\n")):
        assert planned(run(finished, "-n")) == set()


@pytest.mark.parametrize("name", EDITS)
def test_edit_of_a_developer(finished, name):
    files, expected = EDITS[name]
    with edited(finished, files):
        assert planned(run(finished, "-n")) == expected


def test_a_touched_source_reruns_nothing(finished):
    file = finished / "src/videeg_pipe/contracts/electrode_graph.py"
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    try:
        file.touch()
        assert planned(run(finished, "-n")) == set()
    finally:
        os.utime(file, ns=times)


def test_results_of_another_data_set_are_not_replaced(finished, tmp_path):
    build_seed_dv(tmp_path / "data")
    other = {"kind": "seed-dv", "path": str(tmp_path / "data")}
    refused = run(finished, source=other)
    assert refused.returncode == 1
    assert "results of source.kind phantom, which this run would replace" in said(refused)


def test_the_report_shows_existing_tables_and_triggers_none(finished):
    table = finished / "results/evaluation/ablation.csv"
    try:
        table.write_text("variant,score\n")
        assert planned(run(finished, "-n")) == {"report"}
    finally:
        table.unlink()
    assert planned(run(finished, "-n")) == set()

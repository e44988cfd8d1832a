"""Rules are complete, scripts are thin, and a rule declares all options that its script reads."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from videeg_pipe.runtime.closure import import_closure

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = sorted((REPOSITORY / "workflow" / "scripts").glob("*.py"))


TEXT = "\n\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted((REPOSITORY / "workflow" / "rules").glob("*.smk"))
)


def rules() -> dict[str, str]:
    """Return the text of each rule by its name; the Snakefile's rules only gather targets."""
    parts = re.split(r"^ *rule (\w+):\n", TEXT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


RULES = rules()
ASIDE = {
    "download", "score_trial", "tabulate", "score_person", "tabulate_people", "run_phantom",
    "tabulate_phantoms", "moabb_person", "score_ssvep", "tabulate_ssvep", "cut_clips",
    "picture_frames", "picture_texts", "train_vae", "train_pictures", "train_decoder",
    "adapt_decoder", "reconstruct", "reconstruct_ceilings", "score_decoding", "pack_decoder",
    "report_decoding", "cut_share", "generate_clips", "draw_floor", "score_augmented",
    "compare_augmented", "calibrate_clips", "score_calibrated",
}  # fmt: skip
"""Rules that the release of simulated data does not need."""


def declared(rule: str) -> set[str]:
    """Return the sections of the configuration in the slice of a rule."""
    options = r"config=(?:lambda \w+: )?(?:trial_)?options\((.*?)\)(?: \| DECODER_OPTIONS.*?)?,\n"
    calls = re.findall(options, RULES[rule], re.DOTALL)
    assert len(calls) == (not rule.startswith("tabulate"))  # these read no option
    names = re.findall(r'"([\w.]+)"', "".join(calls).split("[CONFIG")[0])
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_complete(rule):
    text = RULES[rule]
    assert re.match(r'\s*"""[A-Z].*\."""\n', text), "no docstring"
    for part in ("output", "log", "benchmark", "conda", "threads", "resources", "params", "script"):
        assert re.search(rf"^ +{part}:", text, re.MULTILINE), f"no {part}"
    for resource in ("mem_mb", "runtime"):
        assert re.search(rf"^ +{resource}=(\d+|more\(.+\)),$", text, re.MULTILINE), f"no {resource}"


@pytest.mark.parametrize("rule", sorted(set(RULES) - {"download"}))
def test_code_of_a_rule_is_that_of_its_script_and_of_what_the_script_loads(rule):
    """A rule names what its script loads by name: generator, decoder, source's module, scores."""
    script = re.search(r'scripts/(\w+\.py)"', RULES[rule])[1]
    call = re.search(r'code=(trial_|decoder_)?code\("(\w+\.py)"(.*)\),', RULES[rule])
    assert call[2] == script
    files = import_closure(REPOSITORY / "workflow" / "scripts" / script)
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    loads_generator = bool(re.search(r"generator_spec\(\w+\)\.load\(\)", text))
    assert loads_generator == (call[1] == "trial_" or "generator=" in call[3])
    loads_decoder = "decoder_spec(name).load()" in text
    assert loads_decoder == (call[1] == "decoder_" or "decoder=" in call[3])
    assert ("spec.load()" in text) == ("scores=True" in call[3])
    loaded_of_source = set(re.findall(r"SOURCES\[.+?\]\.(tables|reading)\(\)", text))
    assert loaded_of_source == set(re.findall(r'source="(\w+)"', call[3]))


@pytest.mark.parametrize("rule", sorted(set(RULES) - {"download"}))
def test_rules_made_from_a_rule_list_the_code_of_its_script(rule):
    script = re.search(r'scripts/(\w+\.py)"', RULES[rule])[1]
    for text in re.findall(rf"^use rule {rule} as .*?(?=^\S)", TEXT, re.MULTILINE | re.DOTALL):
        assert "input:" not in text or f'code("{script}"' in text


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_is_thin(script):
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 30
    assert "snakemake.config" not in text
    assert re.search(
        r"^with job\(snakemake[,)]", text, re.MULTILINE
    )  # compares inputs, checks GPUs, records outputs


def test_only_jobs_that_compute_with_torch_wait_for_its_import():
    light = ("acquire", "card", "cut_clips", "cut_windows", "fit_normalisation", "label_emotions",
             "preprocess", "phantom_eeg", "phantom_videos", "picture_frames", "release", "report",
             "report_decoding", "select_windows", "tabulate", "tabulate_people")  # fmt: skip
    texts = [script.read_text(encoding="utf-8") for script in SCRIPTS if script.stem in light]
    assert len(texts) == len(light)
    imports = re.findall(r"^from videeg_pipe.+", "\n".join(texts), re.MULTILINE)
    code = "\n".join([*imports, "import sys", "assert 'torch' not in sys.modules"])
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_script_has_one_rule():
    used = [name for text in RULES.values() for name in re.findall(r'scripts/(\w+\.py)"', text)]
    assert sorted(used) == [path.name for path in SCRIPTS]


@pytest.mark.parametrize("rule", RULES)
def test_script_reads_only_declared_sections(rule):
    script = re.search(r'scripts/(\w+\.py)"', RULES[rule])[1]
    text = (REPOSITORY / "workflow" / "scripts" / script).read_text(encoding="utf-8")
    assert set(re.findall(r'config\["(\w+)"\]', text)) <= declared(rule)


def test_picture_of_the_workflow_shows_every_rule():
    picture = (REPOSITORY / "docs" / "dag.svg").read_text(encoding="utf-8")
    assert set(re.findall(r">(\w+)</text>", picture)) == set(RULES) - ASIDE

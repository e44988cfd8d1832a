"""Every option is documented, used, and written into the generated files."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from videeg_pipe.config import Config, load
from videeg_pipe.config.base import Section
from videeg_pipe.config.generate import CONFIG_YAML, SCHEMA_JSON, drifted, generated
from videeg_pipe.contracts import programs

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "videeg_pipe"
CONFIG = REPOSITORY / "config"
DECODERS = [
    f"trials/decode-{name}.yaml"
    for name in ("ablations", "regions", "calibration", "calibration-weak", "augment")
]
"""Trials of decoders, beside the tables of generators in the same folder."""
OVERLAYS = [
    "fpvs.yaml",
    "seed-dv.yaml",
    "paper.yaml",
    "bids.yaml",
    "kalunga2016.yaml",
    "wang2016.yaml",
    "thielen2015.yaml",
    "decode.yaml",
    "decode-tiny.yaml",
    "size-tiny.yaml",
    "size-paper.yaml",
]


def options(model: type[Section] = Config, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield full name and pydantic field of every option below `model`, including nested ones."""
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, Section):
            yield from options(nested, f"{prefix}{name}.")
        else:
            yield prefix + name, field


OPTIONS = dict(options())


@pytest.mark.parametrize("name", OPTIONS)
def test_option_is_documented(name):
    text = OPTIONS[name].description
    assert text, f"{name} has no description"
    assert re.match(r"[A-Z].{10,}\.$", text, re.DOTALL), f"{name} is not described by a sentence"


def names_read(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield str(node.slice.value)


def used_names() -> set[str]:
    """Return names read as attribute or key in stages, rules and the tables of trials.

    The other modules of `config` read options only to check them.
    """
    used: set[str] = set()
    for file in SOURCE.rglob("*.py"):
        if file.parent.name != "config" or file.name == "trials.py":
            used.update(names_read(ast.parse(file.read_text(encoding="utf-8"))))
    rules = "\n".join(file.read_text() for file in (REPOSITORY / "workflow").rglob("*.smk"))
    return used | set(re.findall(r"CONFIG\.[a-z_]+\.([a-z_]+)", rules))


def test_every_option_is_used():
    used = used_names()
    assert [name for name in OPTIONS if name.split(".")[-1] not in used] == []


MEMBERS = {  # reasons why a class of `config` has a public method or property
    "Config.architecture": "sections of the generator, which enter rules as their slice",
    "SourceSection.clip_s": "read by the validator of windows.length_s only",
    "SeedDvOptions.clip_s": "read by the validator of windows.length_s only",
    "PhantomOptions.clip_s": "read by the validator of windows.length_s only",
    "TrialTable.n_seeds": "number of jobs",
    "TrialTables.config": "look-up; the options enter rules as their slice",
    "TrialTables.trained": "look-up of a job's input",
    "TrialTables.runs": "look-up of the jobs",
    "TrialTables.printed": "look-up; the scores enter a rule as params",
}


def test_classes_of_config_compute_nothing():
    # no rule reruns when code in `config` changes, so code that decides results lies in the stages
    found = {
        f"{node.name}.{member.name}"
        for file in (SOURCE / "config").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for member in node.body
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
        if not member.name.startswith("_")
    }
    assert found == set(MEMBERS)


def test_every_section_is_a_module():
    for name, field in Config.model_fields.items():
        assert field.annotation.__module__ == f"videeg_pipe.config.{name}"


def test_generated_files_are_up_to_date():
    files = generated() | programs.generated()
    assert [str(path) for path in drifted(REPOSITORY, files)] == [], "run `make config`"


def test_config_yaml_holds_the_defaults_of_every_option():
    values = yaml.safe_load((REPOSITORY / CONFIG_YAML).read_text(encoding="utf-8"))
    assert load(values) == Config()
    assert values == Config().model_dump(mode="json")


def test_readme_has_a_row_for_every_option():
    readme = generated()[Path("config", "README.md")]
    for name in OPTIONS:
        section, option = name.split(".", 1)
        table = readme.split(f"\n## {section}\n")[1].split("\n## ")[0]
        assert f"\n| `{option}` |" in table, name


@pytest.mark.parametrize("overlay", ["config.yaml", *OVERLAYS, *DECODERS])
def test_overlay_is_valid(overlay):
    values = yaml.safe_load((CONFIG / overlay).read_text(encoding="utf-8"))
    load(values)
    jsonschema.validate(values, json.loads((REPOSITORY / SCHEMA_JSON).read_text(encoding="utf-8")))


def test_every_overlay_is_tested():
    found = {path.name for path in CONFIG.glob("*.yaml")}
    assert found == {"config.yaml", "phantoms.yaml", *OVERLAYS}
    assert {f"trials/{path.name}" for path in CONFIG.glob("trials/decode-*")} == set(DECODERS)


@pytest.mark.parametrize("overlay", DECODERS)
def test_trials_of_decoders_state_command_and_time(overlay):
    head = (CONFIG / overlay).read_text(encoding="utf-8").split("\n\n")[0]
    assert re.search(rf"snakemake --cores 2 \w+ --configfile config/decode.yaml .*{overlay}", head)
    assert re.search(r"minutes|hour", head)


def test_seed_dv_overlay_pins_the_weights_of_clip():
    values = yaml.safe_load((REPOSITORY / "config" / "seed-dv.yaml").read_text(encoding="utf-8"))
    assert re.fullmatch(r"[0-9a-f]{40}", values["embed"]["revision"])


def test_paper_overlay_holds_the_papers_table():
    values = yaml.safe_load((REPOSITORY / "config" / "paper.yaml").read_text(encoding="utf-8"))
    config = load(values)
    train, sample = config.train, config.sample
    assert (train.batch_size, train.learning_rate, train.optimizer) == (1, 1e-5, "adamw")
    assert (train.weight_decay, train.epochs, train.diffusion_steps) == (1e-5, 10, 1000)
    assert (sample.steps, sample.guidance) == (50, 1.0)
    assert (config.spgn.hidden, config.spgn.graph_da_ratio) == (256, 0.3)
    assert round(config.windows.length_s * config.preprocess.sfreq) == 200


def test_schema_refuses_the_same_values_as_the_models():
    schema = json.loads(generated()[SCHEMA_JSON])
    for wrong in ({"trian": {}}, {"train": {"epochs": 0}}, {"train": {"losses": {"x": 1}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)

"""Rules are complete and scripts thin; what a script reads, its rule declares."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = sorted((REPOSITORY / "workflow" / "scripts").glob("*.py"))


def rules() -> dict[str, str]:
    """Every rule's text by its name, but for the one that only gathers targets."""
    text = "\n\n".join(
        file.read_text(encoding="utf-8")
        for file in sorted((REPOSITORY / "workflow" / "rules").glob("*.smk"))
    )
    parts = re.split(r"^ *rule (\w+):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


RULES = rules()
ASIDE = {"download", "score_trial", "tabulate", "score_person", "tabulate_people"}
"""Not on the way to the release."""


def declared(rule: str) -> set[str]:
    """Sections of the configuration in a rule's own slice."""
    options = r"config=(?:lambda \w+: )?(?:trial_)?options\((.*?)\),\n"
    calls = re.findall(options, RULES[rule], re.DOTALL)
    assert len(calls) == (not rule.startswith("tabulate"))  # they are told whose scores
    names = re.findall(r'"([\w.]+)"', "".join(calls).split("[CONFIG")[0])
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_complete(rule):
    text = RULES[rule]
    assert re.match(r'\s*"""[A-Z].*\."""\n', text), "no docstring"
    for part in ("output", "log", "benchmark", "conda", "threads", "resources", "params", "script"):
        assert re.search(rf"^ +{part}:", text, re.MULTILINE), f"no {part}"
    for resource in ("mem_mb", "runtime"):
        assert re.search(rf"^ +{resource}=\d+,", text, re.MULTILINE), f"no {resource}"


@pytest.mark.parametrize("rule", sorted(set(RULES) - {"download"}))
def test_rule_runs_again_when_its_code_changes(rule):
    stages = re.search(r"code=code\((.*)\)", RULES[rule])
    assert stages, "its input does not list the sources"
    for stage in re.findall(r'"([\w/.]+)"', stages[1]):
        source = REPOSITORY / "src" / "videeg_pipe" / stage
        assert source.suffix == ".py" or list(source.rglob("*.py")), stage
        assert source.exists()
    script = re.search(r'scripts/(\w+\.py)"', RULES[rule])[1]
    text = (REPOSITORY / "workflow" / "scripts" / script).read_text(encoding="utf-8")
    imported = set(re.findall(r"from videeg_pipe\.(\w+)", text)) - {"config", "contracts"}
    assert imported <= {name.split("/")[0] for name in re.findall(r'"([\w/.]+)"', stages[1])}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_is_thin(script):
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 30
    assert "snakemake.config" not in text
    assert "with job(snakemake.log[0]):" in text


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

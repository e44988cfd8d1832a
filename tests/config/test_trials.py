"""Tables of trials: order of merging, and one line per mistake in a file."""

from pathlib import Path

import pytest
import yaml

from videeg_pipe.config import Config, ConfigError, load, slice_of
from videeg_pipe.config.trials import TrialTables

USED = ("run.model", "condition", "spgn", "baselines", "train", "sample")
TABLES = {"ablation", "comparison", "elbow", "epsilon", "parts", "real"}
TRIALS = Path(__file__).parents[2] / "config" / "trials"


def read(folder: Path, **table) -> TrialTables:
    (folder / "mine.yaml").write_text(yaml.safe_dump(table, sort_keys=False), encoding="utf-8")
    trials = TrialTables(folder, Config())
    return trials


def test_variant_overrides_base_and_base_overrides_the_run(tmp_path):
    trials = read(
        tmp_path,
        reference="full",
        base={"spgn": {"hidden": 64}, "train": {"epochs": 3}, "evaluation": {"bootstrap": 99}},
        variants={"full": {}, "wide": {"options": {"spgn": {"hidden": 96}}}},
    )
    full, wide = (trials.config("mine", name) for name in ("full", "wide"))
    assert (full.spgn.hidden, wide.spgn.hidden) == (64, 96)
    assert full.train.epochs == wide.train.epochs == 3
    assert wide.evaluation.bootstrap == 99
    assert wide.spgn.layers == Config().spgn.layers


def test_variant_may_have_its_own_number_of_seeds(tmp_path):
    variants = {"full": {}, "costly": {"seeds": 1}}
    table = read(tmp_path, reference="full", seeds=3, variants=variants).tables["mine"]
    assert (table.n_seeds("full"), table.n_seeds("costly")) == (3, 1)
    assert TrialTables(tmp_path, Config()).runs("mine") == [
        *(("full", s) for s in range(3)),
        ("costly", 0),
    ]


def test_trials_of_decoders_are_no_tables(tmp_path):
    (tmp_path / "decode-mine.yaml").write_text("decode: {seeds: 3}", encoding="utf-8")
    trials = read(tmp_path, reference="full", variants={"full": {}})
    assert list(trials.tables) == ["mine"]


def test_overlay_is_a_file_of_the_configuration(tmp_path):
    (tmp_path / "small.yaml").write_text("spgn: {hidden: 32, layers: 1}", encoding="utf-8")
    (tmp_path / "trials").mkdir()
    trials = read(
        tmp_path / "trials",
        reference="full",
        overlays=["small.yaml"],
        base={"spgn": {"hidden": 64}},
        variants={"full": {}},
    )
    found = trials.config("mine", "full").spgn
    assert (found.hidden, found.layers) == (64, 1)


def test_reductions_apply_only_to_a_reduced_run(tmp_path):
    (tmp_path / "small.yaml").write_text("spgn: {hidden: 32}", encoding="utf-8")
    table = {
        "reference": "full",
        "overlays": ["small.yaml"],
        "base": {"train": {"epochs": 50}},
        "reduced": {"train": {"epochs": 5, "batch_size": 8}},
        "variants": {"full": {}, "narrow": {"reduced": {"train": {"batch_size": 4}}}},
    }

    def sizes(variant: str, *, reduced: bool) -> tuple[int, int, int]:
        (tmp_path / "trials").mkdir(exist_ok=True)
        read(tmp_path / "trials", **table)
        config = load({"run": {"reduced": reduced}})
        found = TrialTables(tmp_path / "trials", config).config("mine", variant)
        return found.spgn.hidden, found.train.epochs, found.train.batch_size

    default = Config()
    whole = (default.spgn.hidden, 50, default.train.batch_size)
    assert sizes("full", reduced=True) == (32, 5, 8)
    assert sizes("narrow", reduced=True) == (32, 5, 4)
    assert sizes("full", reduced=False) == sizes("narrow", reduced=False) == whole


def test_variant_may_use_the_checkpoint_of_another(tmp_path):
    variants = {"full": {}, "few": {"checkpoint_of": "full", "options": {"sample": {"steps": 5}}}}
    trials = read(tmp_path, reference="full", variants=variants)
    assert trials.trained("mine", "few") == trials.trained("mine", "full") == "full"


def test_recordings_are_scored_once_without_a_checkpoint(tmp_path):
    variants = {"full": {}, "other": {"real": True}}
    trials = read(tmp_path, reference="full", seeds=2, variants=variants)
    assert trials.runs("mine") == [("full", 0), ("full", 1), ("other", 0)]
    assert trials.trained("mine", "other") is None


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({"reference": "full", "variants": {"none": {}}}, "reference: expected one of none"),
        ({"reference": "a b", "variants": {"a b": {}}}, "variants.a b: expected small letters"),
        (
            {"reference": "full", "variants": {"full": {}, "few": {"checkpoint_of": "ful"}}},
            "variants.few.checkpoint_of: expected one of run, full, found ful",
        ),
        (
            {"reference": "few", "variants": {"few": {"checkpoint_of": "run"}}},
            "variants.few: expected no more seeds than run has",
        ),
        (
            {"reference": "full", "variants": {"full": {"options": {"spgn": {"hiden": 1}}}}},
            "unknown option spgn.hiden; did you mean spgn.hidden?",
        ),
        (
            {"reference": "other", "variants": {"other": {"real": True, "seeds": 2}}},
            "variants.other: expected real alone",
        ),
        (
            {
                "reference": "other",
                "variants": {"other": {"real": True}, "few": {"checkpoint_of": "other"}},
            },
            "variants.few.checkpoint_of: expected one of run, found other",
        ),
        ({"reference": "full", "seeds": 0, "variants": {"full": {}}}, "seeds: Input should be"),
        ({"reference": "full", "variants": {}}, "variants: "),
        ({"reference": "full", "variant": {}}, "variant"),
        (
            {"reference": "full", "variants": {"full": {"options": {"phantom": {"width": 64}}}}},
            "variants.full.options: expected only baselines, condition, run.model",
        ),
        (
            {"reference": "full", "variants": {"full": {"options": {"run": {"seed": 1}}}}},
            "found run.seed",
        ),
        (
            {"reference": "full", "variants": {"full": {"options": {"evaluation": {}}}}},
            "found evaluation",
        ),
        (
            {
                "reference": "full",
                "variants": {
                    "full": {},
                    "few": {"checkpoint_of": "full", "options": {"train": {"epochs": 1}}},
                },
            },
            "variants.few.options: expected only sample",
        ),
        (
            {"reference": "full", "variants": {"full": {"reduced": {"phantom": {}}}}},
            "variants.full.reduced: expected only baselines",
        ),
        (
            {"reference": "other", "variants": {"other": {"real": True, "reduced": {"train": {}}}}},
            "variants.other: expected real alone",
        ),
    ],
)
def test_mistake_names_file_and_option_in_one_line(tmp_path, table, expected):
    with pytest.raises(ConfigError) as error:
        read(tmp_path, **table)
    message = str(error.value)
    assert message.startswith(f"{tmp_path / 'mine.yaml'}: ")
    assert expected in message
    assert "\n" not in message


def test_invalid_yaml_is_reported_with_its_file(tmp_path):
    (tmp_path / "mine.yaml").write_text("reference: [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml; .* found line 1: "):
        TrialTables(tmp_path, Config())


def test_an_option_that_is_given_twice_is_refused(tmp_path):
    twice = "reference: full\nvariants:\n  full: {}\n  full: {seeds: 2}\n"
    (tmp_path / "mine.yaml").write_text(twice, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml; .* found full in lines 3 and 4"):
        TrialTables(tmp_path, Config())


def test_missing_overlay_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: expected a file of options, found none"):
        read(tmp_path, reference="full", overlays=["none.yaml"], variants={"full": {}})


def test_overlay_that_holds_no_options_is_named(tmp_path):
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    (tmp_path / "trials").mkdir()
    with pytest.raises(ConfigError, match=r"empty\.yaml; expected YAML or JSON .* found nothing"):
        read(tmp_path / "trials", reference="full", overlays=["empty.yaml"], variants={"full": {}})


def test_table_that_conflicts_with_the_run_fails_only_when_requested(tmp_path):
    run = Config.model_validate(
        {"spgn": {"heads": 12, "hidden": 96, "fused": 96, "node_width": 24}}
    )
    table = {"reference": "full", "base": {"spgn": {"hidden": 64}}, "variants": {"full": {}}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    trials = TrialTables(tmp_path, run)
    with pytest.raises(ConfigError, match=r"mine\.yaml: variants\.full: .*spgn\.hidden"):
        trials.config("mine", "full")


def test_tables_of_the_repository_are_valid():
    assert set(TrialTables(TRIALS, Config()).tables) == TABLES


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize("table", sorted(TABLES))
def test_variants_differ_in_training_or_sampling(table, reduced):
    trials = TrialTables(TRIALS, load({"run": {"reduced": reduced}}))
    made = [
        (trials.trained(table, name), slice_of(trials.config(table, name), *USED))
        for name in trials.tables[table].variants
    ]
    assert all(one != other for i, one in enumerate(made) for other in made[:i])

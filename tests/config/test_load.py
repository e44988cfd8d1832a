"""Every mistake in the configuration is reported in one line."""

import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from videeg_pipe.config import Config, ConfigError, load, merged, section, slice_of
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.config.train import TrainOptions


def error_of(values):
    with pytest.raises(ConfigError) as error:
        load(values)
    return str(error.value)


def test_empty_configuration_is_the_default():
    assert load({}) == Config()


@pytest.mark.parametrize(
    ("values", "intended"),
    [
        ({"trian": {}}, "train"),
        ({"train": {"learnig_rate": 1}}, "train.learning_rate"),
        ({"train": {"losses": {"spatal": 1}}}, "train.losses.spatial"),
        ({"phantom": {"layout": {"n_block": 1}}}, "phantom.layout.n_blocks"),
        ({"diffusion_steps": 1}, "train.diffusion_steps"),
        ({"train": {"n_neighbours": 1}}, "graphs.n_neighbours"),
    ],
)
def test_unknown_option_suggests_the_intended_one(values, intended):
    message = error_of(values)
    assert message.startswith("config: unknown option ")
    assert message.endswith(f"; did you mean {intended}?")


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"run": {"results": "a\0b"}}, "run.results"),
        ({"source": {"subjects": ["sub1", "\x1b[31m"]}}, "source.subjects"),
        ({"source": {"urls": {"a": "http://\ud800"}}}, "source.urls.a"),
        ({"\0": 1}, "top level"),
    ],
)
def test_control_characters_are_refused(values, place):
    message = error_of(values)
    assert message.startswith(f"config: {place}: expected text without control characters; found '")
    assert message.isprintable()


SEED_DV = {"kind": "seed-dv", "path": "data"}


@pytest.mark.parametrize("path", ["a{b}", "a\nb", "{"])
@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("run.results", lambda path: {"run": {"results": path}}),
        ("source.path", lambda path: {"source": {"kind": "bids", "path": path}}),
        ("source.urls", lambda path: {"source": SEED_DV | {"urls": {path: "https://a.org"}}}),
    ],
)
def test_paths_that_snakemake_takes_for_patterns_are_refused(option, values, path):
    message = error_of(values(path))
    assert message.startswith(f"config: {option}: expected a path without braces and line breaks;")


def test_unknown_option_without_match_lists_the_options():
    assert error_of({"report": {"zzzz": 1}}).endswith("expected one of title, n_traces")


@pytest.mark.parametrize(
    ("values", "start"),
    [
        ({"train": {"epochs": "x"}}, "train.epochs: expected integer, at least 1; found 'x'"),
        ({"train": {"epochs": 1.5}}, "train.epochs: expected integer, at least 1; found 1.5"),
        ({"train": {"epochs": 0}}, "train.epochs: expected integer, at least 1; found 0"),
        ({"train": {"max_minutes": "x"}}, "train.max_minutes: expected number, above 0 or null;"),
        ({"train": {"learning_rate": math.nan}}, "train.learning_rate: expected number, above 0"),
        ({"condition": {"track_rate": 480}}, "condition.track_rate: expected number, above 0, at"),
        ({"condition": {"track_history_s": 0.4}}, "condition.track_history_s: expected number, at"),
        ({"graphs": {"scales": [1, math.inf]}}, "graphs.scales[1]: expected number; found inf"),
        ({"graphs": {"scales": []}}, "graphs.scales: expected non-empty list of numbers; found []"),
        ({"sample": {"scheduler": "euler"}}, "sample.scheduler: expected one of angle, ddpm,"),
        ({"source": {"urls": {"a": 5}}}, "source.urls[a]: expected text; found 5"),
        ({"split": {"test": [1.5]}}, "split.test: expected non-empty list of integers or list of"),
        ({"train": 5}, "train: expected a section of options; found 5"),
        ({"train": None}, "train: expected a section of options; found None"),
        ({"split": 5}, "split: expected a section of options; found 5"),
    ],
)  # fmt: skip
def test_wrong_type_or_range_states_the_expected_one(values, start):
    message = error_of(values)
    assert message.startswith(f"config: {start}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"preprocess": {"h_freq": 150}}, "Nyquist"),
        ({"preprocess": {"l_freq": 45}}, "l_freq < h_freq"),
        ({"release": {"fractions": [0.5, 0.4, 0.3]}}, "add up to 1"),
        ({"split": {"validation": [6], "test": [6, 7]}}, "disjoint"),
        ({"windows": {"length_s": 3}}, "windows.length_s"),
        ({"source": {"kind": "bids"}}, "source.path"),
        ({"source": {"path": "lab"}}, "'lab'; set source.kind to seed-dv or bids or"),
        ({"source": {"urls": {"EEG/sub1.npy": "https://example.org"}}}, "seed-dv only"),
        ({"source": {"kind": "moabb", "path": "x"}}, "expected a name with source.kind moabb"),
        ({"source": {"dataset": "Wang2016"}}, "expected null with source.kind phantom"),
        ({"source": {"kind": "moabb", "path": "x", "dataset": "Wang"}}, "one of Kalunga2016, "),
        ({"embed": {"revision": "abc"}}, "embed.revision"),
    ],
)
def test_conflicting_options_are_refused(values, words):
    message = error_of(values)
    assert message.startswith("config: ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["a\nb", "\r", "\x85", "\u2028x"])
def test_line_breaks_in_names_do_not_break_the_line(name):
    for values in ({name: 1}, {"train": {name: 1}}, {"source": {"urls": {name: 5}}}):
        (line,) = error_of(values).splitlines()
        assert line.startswith("config: ")
    assert r"unknown option a\nb;" in error_of({"a\nb": 1})


@pytest.mark.parametrize("text", ["run: &a {results: *a}", "run: &a [*a]", "run: &a {a: [*a]}"])
def test_a_section_that_contains_itself_is_refused(text):
    assert "contains itself" in error_of(yaml.safe_load(text))


def test_one_line_per_problem():

    lines = error_of({"train": {"epochs": 0, "lr": 1}, "sample": {"steps": 2000}}).split("\n")
    assert len(lines) == 3
    assert all(line.startswith("config: ") for line in lines)


def test_unquoted_off_of_yaml_is_the_choice_off():
    text = "{preprocess: {ica: off}, spgn: {eeg_prior: off}, embed: {zero_shot_emotion: off}}"
    config = load(yaml.safe_load(text))
    assert config.preprocess.ica == config.spgn.eeg_prior == "off"
    assert config.embed.zero_shot_emotion is False


def test_text_from_the_command_line_is_converted_to_the_type_of_the_option():
    # Snakemake parses values inside `--config 'train={epochs: 3}'` as text
    config = load({"train": {"epochs": "3", "learning_rate": "1e-5", "max_minutes": "null"}})
    assert (config.train.epochs, config.train.learning_rate) == (3, 1e-5)
    assert config.train.max_minutes is None
    assert load({"split": {"validation": ["1"], "test": ["2"]}}).split.test == [2]
    by_name = {"by": "subject", "validation": ["1"], "test": ["sub-002"]}
    assert load({"split": by_name}).split.validation == ["1"]
    by_place = {"by": "subject", "validation": ["-2"], "test": ["-1"]}
    assert load({"split": by_place}).split.validation == [-2]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
places = [
    (name, option) for name, part in Config() for option in [*type(part).model_fields, "unknown"]
]


@settings(deadline=None)
@given(place=st.sampled_from(places), value=anything)
@pytest.mark.slow
def test_any_value_is_accepted_or_refused_with_one_line_per_problem(place, value):
    name, option = place
    try:
        load({name: {option: value}})
    except ConfigError as error:
        assert all(line.startswith("config: ") for line in str(error).split("\n"))


def test_slice_has_a_fixed_order_and_only_the_named_options():
    one = load({"train": {"epochs": 3, "batch_size": 2}, "sample": {"steps": 5}})
    other = load({"sample": {"steps": 5}, "train": {"batch_size": 2, "epochs": 3}})
    part = slice_of(one, "sample", "run.seed", "train.losses", "train.epochs")
    assert str(part) == str(slice_of(other, "train.epochs", "train.losses", "sample", "run.seed"))
    assert list(part) == ["run", "train", "sample"]
    assert list(part["train"]) == ["epochs", "losses"]
    assert part["run"] == {"seed": 42}


def test_slice_holds_plain_values():
    def plain(value):
        if isinstance(value, dict):
            return all(type(key) is str and plain(inner) for key, inner in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or type(value) in (bool, int, float, str)

    assert plain(slice_of(Config(), *Config.model_fields))


def test_slice_of_an_unknown_option_is_refused():
    with pytest.raises(KeyError, match=r"train\.lr"):
        slice_of(Config(), "train.epochs", "train.lr")


def test_section_has_only_the_options_of_the_slice():
    part = section(
        SampleOptions, slice_of(load({"sample": {"steps": 7}}), "sample.steps")["sample"]
    )
    assert part.steps == 7
    with pytest.raises(AttributeError):
        _ = part.guidance


def test_section_restores_types():
    values = slice_of(Config(), "train")["train"]
    assert section(TrainOptions, values) == Config().train


def test_section_accepts_missing_options():
    urls = {"EEG/sub1.npy": "https://example.org/sub1.npy"}
    config = load({"source": {"kind": "seed-dv", "path": "data", "urls": urls}})
    assert section(SourceOptions, slice_of(config, "source.urls")["source"]).urls == urls


def test_merging_does_not_modify_its_arguments():
    values = {"a": {"b": 1, "c": 2}, "d": 3}
    assert merged(values, {"a": {"b": 5}, "e": 6}) == {"a": {"b": 5, "c": 2}, "d": 3, "e": 6}
    assert values == {"a": {"b": 1, "c": 2}, "d": 3}

"""A job refuses inputs that are damaged or were made with other options or from other inputs."""

import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record, sha256_json, write_record
from videeg_pipe.runtime.origin import FOLDER, Results

CONFIG = {"preprocess": {"l_freq": 0.5, "h_freq": 45.0}, "graphs": {"k": 2, "losses": {"a": 1.0}}}
EEG = {"preprocess": {"l_freq": 0.5, "h_freq": 45.0}}
GRAPHS = {"graphs": {"losses": {"a": 1.0}}}


def results(tmp_path, own=None, **changes):
    config = {section: values | changes.get(section, {}) for section, values in CONFIG.items()}
    return Results(str(tmp_path / "results"), config, own or {})


def make(tmp_path, name, *inputs, options, content="content", rule="rule"):
    """Be a job that writes a file from others."""
    path = tmp_path / "results" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    made = Results(str(tmp_path / "results"), CONFIG)
    made.record([str(path)], rule=rule, options=options, inputs=paths(tmp_path, *inputs))


def paths(tmp_path, *names):
    return [str(tmp_path / "results" / name) for name in names]


@pytest.fixture
def made(tmp_path):
    """Two recordings, graphs of them, and a generator of the graphs."""
    for subject in ("sub1", "sub2"):
        make(tmp_path, f"eeg/{subject}.json", options=EEG, content=subject, rule="preprocess")
    make(tmp_path, "graphs", "eeg/sub1.json", "eeg/sub2.json", options=GRAPHS, rule="graphs")
    make(tmp_path, "model", "graphs", options={}, rule="train")
    return tmp_path


def message(made, *names, **kwargs):
    with pytest.raises(UserError) as error:
        results(made, **kwargs).check(paths(made, *names))
    return str(error.value)


def test_inputs_of_this_run_and_source_files_pass(made, monkeypatch):
    results(made).check([*paths(made, "eeg/sub1.json", "graphs", "model"), str(made / "raw.edf")])
    monkeypatch.chdir(made)
    Results("results", CONFIG).check(["results/model"])
    Results(str(made / "results"), CONFIG).check(["results/model"])


def test_other_options_are_named_with_the_file_to_make_again(made):
    path = made / "results" / "graphs"
    assert message(made, "graphs", graphs={"losses": {"a": 2.0}}) == (
        f"{path}; expected a file made with graphs.losses.a 2.0; "
        "found one made with graphs.losses.a 1.0; "
        f"run the same command again with --forcerun {path} at its end"
    )


def test_an_option_that_a_file_does_not_depend_on_may_change(made):
    results(made, graphs={"k": 3}).check(paths(made, "model"))


def test_options_of_all_that_an_input_was_made_from_are_compared(made):
    first, second = paths(made, "eeg/sub1.json", "eeg/sub2.json")
    found = message(made, "model", preprocess={"l_freq": 1.0})
    assert found.startswith(f"{first}; expected a file made with preprocess.l_freq 1.0; ")
    assert found.endswith(f"--forcerun {first} {second} at its end")  # the rest follows from them


def test_many_files_of_one_rule_are_made_again_by_its_name(made):
    names = [f"eeg/sub{number}.json" for number in range(1, 7)]
    for name in names:
        make(made, name, options=EEG, rule="preprocess")
    found = message(made, *names, preprocess={"l_freq": 1.0, "h_freq": 40.0})
    assert found.endswith("--forcerun preprocess at its end")
    assert "preprocess.l_freq 1.0, preprocess.h_freq 40.0; found" in found


def test_a_damaged_file_is_refused(made):
    path = made / "results" / "graphs"
    path.write_text("contents")
    found = message(made, "graphs")
    assert f"{path}; expected the file that its job made, with SHA-256 " in found
    assert found.endswith(f"--forcerun {path} at its end")


def test_a_file_of_earlier_inputs_is_refused(made):
    make(made, "eeg/sub2.json", options=EEG, content="another recording", rule="preprocess")
    graphs, eeg = paths(made, "graphs", "eeg/sub2.json")
    found = message(made, "model", "eeg/sub2.json")
    assert f"{graphs}; expected a file made from the present {eeg}; found an older one; " in found
    make(made, "eeg/sub2.json", options=EEG, content="sub2", rule="preprocess")
    results(made).check(paths(made, "model", "eeg/sub2.json"))


@pytest.mark.parametrize("content", [None, "{", '{"checksum": "0"}'])
def test_a_file_without_a_sound_record_is_refused(made, content):
    record = made / "results" / FOLDER / "graphs.json"
    record.unlink()
    if content is not None:
        record.write_text(content)
    for name in ("graphs", "model"):
        assert f"{made / 'results' / 'graphs'}; expected its record in made_from" in message(
            made, name
        )


def test_results_with_options_of_their_own_are_compared_with_these(made):
    own = {"graphs": {"losses": {"a": 5.0}}}
    make(made, "trials/one/graphs", "eeg/sub1.json", options=own)
    make(made, "trials/one/model", "trials/one/graphs", options={})
    path = str(made / "results" / "trials/one/graphs")
    results(made, own={path: sha256_json(own)}).check(paths(made, "trials/one/model"))
    found = message(made, "trials/one/model", own={path: sha256_json(GRAPHS)})
    assert f"{path}; expected a file made with the options of this run; found" in found
    assert "graphs.losses.a 5.0" in message(made, "trials/one/model")


def test_a_shown_table_of_another_configuration_is_a_warning(made, caplog):
    table = str(made / "results" / "model")
    results(made).warn(table)
    assert not caplog.records
    results(made, graphs={"losses": {"a": 2.0}}).warn(table)
    expected = (
        "expected a file made with graphs.losses.a 2.0; found one made with graphs.losses.a 1.0"
    )
    assert caplog.messages == [
        f"{table} is of another configuration: {made}/results/graphs; {expected}"
    ]


def test_equal_jobs_write_equal_records(made):
    record = made / "results" / FOLDER / "graphs.json"
    before = record.read_bytes()
    make(made, "graphs", "eeg/sub1.json", "eeg/sub2.json", options=GRAPHS, rule="graphs")
    assert record.read_bytes() == before
    write_record(record, read_record(record))
    assert record.read_bytes() == before

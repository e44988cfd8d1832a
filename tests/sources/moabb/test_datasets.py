"""The table of facts: complete, valid as programs, and in agreement with MOABB."""

import re
from math import pi

import pytest

from tests.sources.moabb.files import BETA_ORDER, NAKANISHI_ORDER, WANG_ORDER
from videeg_pipe.contracts.programs import Flicker
from videeg_pipe.contracts.tables import SAFE_NAME
from videeg_pipe.sources.moabb.datasets import DATASETS
from videeg_pipe.sources.moabb.person import program_name

STIMULI = [(row.name, name) for row in DATASETS.values() for name in row.stimuli or ()]


@pytest.mark.parametrize("name", DATASETS)
def test_a_row_is_complete(name):
    row = DATASETS[name]
    assert row.name == name
    assert "doi" in row.reference and row.licence and row.publishes
    assert (row.stimuli is None) != (row.code_rate is None)
    assert len(row.n_blocks) in (1, row.n_people)
    blocks = [row.n_blocks_of(person) for person in range(1, row.n_people + 1)]
    assert min(blocks) >= 3  # one each for training, validation and test
    if row.blocks == "run":
        assert not any(n % row.parts for n in blocks)
    if row.epoch_s is not None:
        assert row.epoch_s >= row.delay_s + row.trial_s


@pytest.mark.parametrize("name", sorted(set(DATASETS) - {"Kalunga2016"}))
def test_it_is_said_that_other_targets_flash_too(name):
    assert any(what.startswith("All targets flash at once") for what in DATASETS[name].unknown)


@pytest.mark.parametrize(("dataset", "event"), STIMULI)
def test_a_stimulus_is_a_program_with_a_safe_name(dataset, event):
    entries = dict(DATASETS[dataset].stimuli[event])
    assert re.match(SAFE_NAME, program_name(event))
    if entries["kind"] == "flicker":
        program = Flicker(duration_s=5.0, **entries)
        assert program.frequency == pytest.approx(float(event), abs=0.005)


@pytest.mark.parametrize(
    ("dataset", "targets"),
    [
        ("Wang2016", [(8 + 0.2 * k, k % 4 * pi / 2) for k in range(40)]),
        ("Liu2020BETA", [(8 + 0.2 * k, k % 4 * pi / 2) for k in range(40)]),
        ("Nakanishi2015", [(9.25 + 0.5 * k, k % 4 * pi / 2) for k in range(12)]),
    ],
)
def test_joint_coding_has_the_frequencies_and_phases_of_the_paper(dataset, targets):
    found = [(row["frequency"], row["phase"]) for row in DATASETS[dataset].stimuli.values()]
    assert found == [pytest.approx(target) for target in targets]


@pytest.mark.slow
@pytest.mark.parametrize("name", DATASETS)
def test_people_and_events_are_those_of_moabb(name):
    import moabb.datasets

    row, dataset = DATASETS[name], getattr(moabb.datasets, name)()
    assert dataset.subject_list == list(range(1, row.n_people + 1))
    if row.stimuli is not None:
        assert set(row.stimuli) == set(dataset.event_id)
    orders = {"Wang2016": WANG_ORDER, "Liu2020BETA": BETA_ORDER, "Nakanishi2015": NAKANISHI_ORDER}
    if name in orders:
        assert dict(dataset.event_id) == {hz: k for k, hz in enumerate(orders[name], start=1)}

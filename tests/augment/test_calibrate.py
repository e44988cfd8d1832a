"""EEG of a new person for all training clips, from the earliest ones alone."""

import numpy as np
import pytest

from tests.augment.world import CONFIGURATION, NEW, PEOPLE, SHARE
from tests.generators import CHANNELS
from videeg_pipe.augment import calibrate as calibrate_module
from videeg_pipe.augment.calibrate import calibrate_clips
from videeg_pipe.augment.floors import mean_and_residual
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.contracts.generated_clips import (
    GENERATOR,
    KNOWN_MEAN,
    NEW_ORIGINS,
    GeneratedClips,
)
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.checkpoint import load_checkpoint


def calibrate(origin, world, folder, percent=SHARE):
    inputs, root = world
    manifest = folder / origin / "clips.json"
    calibrate_clips(
        origin,
        percent,
        NEW,
        PEOPLE,
        inputs=Inputs({**inputs.paths, "cut": root / "windows" / "cut.parquet"}),
        clips_cut=root / "clips_cut.parquet",
        config=CONFIGURATION,
        manifest=manifest,
    )
    return GeneratedClips(manifest)


@pytest.mark.parametrize("origin", NEW_ORIGINS)
def test_the_earliest_clips_of_the_person_are_all_that_is_used(origin, share, poisoned, tmp_path):
    layout = load_checkpoint(share[0].path("model").parent).layout
    assert layout.subjects == tuple(PEOPLE)  # the person is new to the generator
    here, there = (
        calibrate(origin, world, tmp_path / name)
        for name, world in (("here", share), ("there", poisoned))
    )
    clips = here.clips()
    assert clips["clip_id"].tolist() == [f"sub3-s1-b1-c{k:03d}" for k in range(8)]
    assert here.eeg().shape == (1, 8, len(CHANNELS), 400)
    assert 2 < here.eeg().std() < 100  # microvolts
    # the later clips of known people, from which the floor has its responses, are poisoned too
    compared = slice(None) if origin == "generator" else slice(4)
    np.testing.assert_array_equal(here.eeg()[0, compared], there.eeg()[0, compared])


@pytest.mark.parametrize("origin", NEW_ORIGINS)
def test_synthetic_people_need_nothing_of_the_new_ones(origin, share, tmp_path, monkeypatch):
    read = EegStore.windows

    def of_known(store, rows):
        assert not set(rows["subject"]) & set(NEW)
        return read(store, rows)

    monkeypatch.setattr(EegStore, "windows", of_known)
    made = calibrate(origin, share, tmp_path, percent=0)
    clips, eeg = made.clips(), made.eeg()[0]
    assert clips["subject"].unique().tolist() == [f"synthetic-like-{name}" for name in PEOPLE]
    assert clips["clip_id"].tolist() == [
        f"{name}-s1-b1-c{k:03d}" for name in PEOPLE for k in range(8)
    ]
    assert not np.array_equal(eeg[:8], eeg[8:])
    assert 2 < eeg.std() < 100  # microvolts


def test_a_synthetic_person_has_the_populations_response_and_a_known_residual(
    share, tmp_path, monkeypatch
):
    inputs, _ = share
    loaded = load_checkpoint(inputs.path("model").parent)
    Spgn, seen = type(loaded.generator), {"mean": set(), "residual": set()}
    for name, method in (("mean", "conditional_mean"), ("residual", "continuous")):
        inner = getattr(Spgn, method)

        def noted(self, of, settings, name=name, inner=inner):
            seen[name] |= {of} if isinstance(of, int) else set(of.subject.tolist())
            return inner(self, of, settings)

        monkeypatch.setattr(Spgn, method, noted)
    calibrate(GENERATOR, share, tmp_path, percent=0)
    assert seen == {"mean": {len(PEOPLE)}, "residual": set(range(len(PEOPLE)))}


def test_the_mean_response_for_a_synthetic_person_leaves_out_the_template(
    share, tmp_path, monkeypatch
):
    seen = []

    def noted(z, groups):
        seen.append(len(z))
        return mean_and_residual(z, groups)

    monkeypatch.setattr(calibrate_module, "mean_and_residual", noted)
    calibrate(KNOWN_MEAN, share, tmp_path, percent=0)
    assert seen == [8 * (len(PEOPLE) - 1)] * len(PEOPLE)  # 8 training clips per person

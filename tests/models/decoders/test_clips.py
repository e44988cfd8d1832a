"""Clips: parts, calibrations, shuffled runs."""

from dataclasses import replace

import numpy as np
import pytest

from tests.models.decoders.planted import N_RUN, planted_clips
from videeg_pipe.models.decoders.clips import earliest, joined, shuffle_runs
from videeg_pipe.runtime.errors import UserError


@pytest.fixture
def clips():
    return planted_clips(people=("ann", "bob"), blocks=2)


def test_a_part_shares_text_and_latents(clips):
    part = clips.of("bob")
    assert set(part.subject) == {"bob"}
    assert part.text is clips.text
    np.testing.assert_array_equal(part.eeg, clips.eeg[clips.subject == "bob"])


def test_a_calibration_is_the_first_minutes_of_each_person(clips):
    part = earliest(clips, 0.25)
    assert len(part) == len(clips) / 4
    for name in ("ann", "bob"):
        np.testing.assert_array_equal(part.of(name).clip, np.arange(10))
    assert len(earliest(clips, 1e-6)) == 2


def test_shuffled_runs_hold_eeg_of_another_run_of_the_same_person(clips):
    marked = clips.eeg.copy()
    marked[:, 0, 0] = np.arange(len(clips))
    shuffled = shuffle_runs(replace(clips, eeg=marked), seed=3)
    source = shuffled.eeg[:, 0, 0].astype(int)
    assert sorted(source) == list(range(len(clips)))  # runs of equal length: nothing is lost
    np.testing.assert_array_equal(clips.subject[source], clips.subject)
    assert not (clips.run_id[source] == clips.run_id).any()
    np.testing.assert_array_equal(source % N_RUN, np.arange(len(clips)) % N_RUN)
    assert (clips.run_id[source][::N_RUN] == clips.run_id[source].reshape(-1, N_RUN).T).all()


def test_clips_that_do_not_belong_together_are_refused(clips):
    with pytest.raises(UserError, match="pictures of 40 texts"):
        replace(clips, latents=clips.latents[:7])
    with pytest.raises(UserError, match="clips from 0 to 40"):
        replace(clips, clip=clips.clip + (clips.clip == 39))
    eeg = clips.eeg.copy()
    eeg[3, 2, 1] = np.nan
    with pytest.raises(UserError, match="not finite"):
        replace(clips, eeg=eeg)


def test_joined_clips_share_text_and_latents(clips):
    ann, bob = clips.of("ann"), clips.of("bob")
    both = joined(ann, bob)
    assert both.subject.tolist() == ["ann"] * len(ann) + ["bob"] * len(bob)
    np.testing.assert_array_equal(both.eeg[len(ann) :], bob.eeg)
    assert both.text is clips.text

"""The time left, from earlier runs, from finished jobs and from the logs of running ones."""

import pytest

from videeg_pipe.runtime.run_progress import RunProgress, in_words

LOG = """\
2026-01-01 00:00:00,000 INFO epoch 2, phase evoked, seconds 5.9
2026-01-01 00:00:00,000 INFO train: epochs of evoked (phase 1 of 2): 2/40, 03:47 left
2026-01-01 00:00:05,000 INFO epoch 3, phase evoked, seconds 5.8
"""


@pytest.fixture
def progress(tmp_path):
    """A run of four jobs, 10 s of which each job of `preprocess` took before."""
    for subject, seconds in (("sub1", 9), ("sub2", 10), ("sub3", 90)):
        (tmp_path / f"preprocess_{subject}.tsv").write_text(f"s\tmax_rss\n{seconds}\t400\n")
    (tmp_path / "train_spgn.tsv").write_text("damaged")
    progress = RunProgress(tmp_path, clock=lambda: progress.now)
    progress.now = 0.0
    progress.plan({"preprocess": 2, "train": 1, "card": 1})
    return progress


def test_earlier_runs_give_the_first_estimate(progress):
    assert (progress.done, progress.total) == (0, 4)
    assert progress.seconds_left() == 2 * 10 + 170 + 5  # the median; typical times otherwise


def test_jobs_of_a_rule_run_side_by_side(progress):
    progress.start(1, "preprocess", "preprocess sub1", None)
    progress.start(2, "preprocess", "preprocess sub2", None)
    progress.now = 4.0
    assert progress.seconds_left() == 6 + 170 + 5
    progress.now = 14.0  # longer than expected
    assert progress.seconds_left() == 170 + 5


def test_finished_jobs_count_more_than_earlier_ones(progress):
    progress.start(1, "preprocess", "preprocess sub1", None)
    progress.now = 3.0
    job, seconds = progress.finish(1)
    assert (job.name, seconds, progress.done) == ("preprocess sub1", 3.0, 1)
    assert progress.seconds_left() == 3 + 170 + 5
    assert progress.finish(1) is None  # its start was not seen


def test_a_slow_long_job_slows_the_rest(progress):
    progress.start(3, "train", "train spgn", None)
    progress.now = 340.0
    progress.finish(3)
    assert progress.seconds_left() == 2 * (2 * 10 + 5)


def test_the_log_of_a_running_job_states_its_step_and_time(progress, tmp_path):
    log = tmp_path / "train.log"
    progress.start(3, "train", "train spgn", log)
    progress.now = 169.0
    assert progress.running[3].step() == ("", 0.0)
    log.write_text(LOG)
    assert progress.running[3].step() == ("train: epochs of evoked (phase 1 of 2): 2/40", 227.0)
    assert progress.seconds_left() == 227 + 2 * 10 + 5
    log.write_text("3 of 31 steps (10%) done\nSelect jobs to execute...\n")
    assert progress.running[3].step() == ("3 of 31 steps", 0.0)


def test_a_failed_job_is_to_be_done_again(progress):
    progress.start(3, "train", "train spgn", None)
    before = progress.seconds_left()
    assert progress.fail(3).name == "train spgn"
    assert progress.seconds_left() == before


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute left"),
        (100, "about 2 min left"),
        (3600, "about 1 h 0 min left"),
        (3570, "about 1 h 0 min left"),
    ],
)
def test_times_are_rounded(seconds, words):
    assert in_words(seconds) == words

"""Failed jobs of a run, from the events that Snakemake logs."""

import logging
import os

import pytest

from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.failed_jobs import FailedJobs, error_lines, in_words
from videeg_pipe.runtime.jobs import needs_the_user

STAMP = "2026-01-01 00:00:00,000"
WRONG = f"{STAMP} INFO begin\n{STAMP} ERROR a.npy; expected V; found µV; set source.units\n"
DEFECT = f"{STAMP} ERROR unexpected error\nTraceback\nValueError: no\n"
PASSING = f"{STAMP} INFO another attempt may succeed\n{STAMP} ERROR url; found HTTP status 503\n"
SBATCH = (
    "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition: nowhere\nx'.\n"
    "    sbatch call:\n        sbatch --parsable ...\n"
)


@pytest.fixture
def failed():
    """Return the handler, the rules that it gave up, and a function that logs an event to it."""
    given_up: list[str] = []
    handler = FailedJobs(given_up.append)

    def log(event, **facts):
        record = logging.LogRecord("s", logging.ERROR, "s.py", 1, "", None, None)
        record.__dict__.update(facts, event=event)
        handler.handle(record)

    return handler, given_up, log


def facts(number, rule, *logs, message=None):
    return {
        "jobid": number,
        "rule_name": rule,
        "rule_msg": message,
        "output": [f"{rule}.json (check)", f"{rule}.npy"],
        "log": [str(log) for log in logs],
    }


def test_only_errors_that_the_user_corrects_are_given_up(failed, tmp_path):
    handler, given_up, log = failed
    texts = {"acquire": WRONG, "train": DEFECT, "download": PASSING, "sample": f"{STAMP} INFO x\n"}
    for number, (rule, text) in enumerate(texts.items()):
        (tmp_path / f"{rule}.log").write_text(text)
        log("job_error", **facts(number, rule, tmp_path / f"{rule}.log"))
    assert given_up == ["acquire"]
    errors = {job["rule"]: job["error"] for job in handler.jobs()}
    assert errors["acquire"].startswith("a.npy; expected V")
    assert errors["train"].endswith("ValueError: no")
    assert errors["sample"] is None
    assert handler.jobs()[0]["output"] == ["acquire.json", "acquire.npy"]
    log("job_finished", job_id=1)  # a retry
    assert "train" not in {job["rule"] for job in handler.jobs()}


def test_a_job_that_did_not_begin_has_no_log(failed, tmp_path):
    handler, given_up, log = failed
    old = tmp_path / "acquire.log"
    old.write_text(WRONG)
    os.utime(old, (0, 0))
    log("job_error", **facts(1, "acquire", old, message=SBATCH))
    log("job_error", **facts(2, "card", old))
    acquire, card = handler.jobs()
    assert (acquire["log"], card["log"], given_up) == ([], [], [])
    assert in_words(acquire, "above") == acquire["error"]
    assert acquire["error"].startswith(
        "a job of acquire; expected that Slurm takes it; found sbatch: error: invalid partition: "
        "nowhere x; 'sinfo' lists"
    )
    assert "a job of card did not begin: see the output above" in in_words(card, "above")


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("CANCELLED", "give the same command again"),
        ("TIMEOUT", "request more minutes, such as --set-resources train:runtime=1440"),
        ("OUT_OF_MEMORY", "request more, such as --set-resources train:mem_mb=32000"),
        ("BOOT_FAIL", "see .snakemake/slurm_logs, then give the same command again"),
    ],
)
def test_the_end_of_a_job_on_slurm_is_named_with_what_to_do(failed, status, advice):
    handler, _, log = failed
    message = f"SLURM-job '4' failed, SLURM status is: '{status}'. Detailed failure reason unava"
    log("job_error", **facts(1, "train", message=message))
    (job,) = handler.jobs()
    assert (
        job["error"]
        == f"a job of train; expected its end; found {status} of Slurm's job 4; " + advice
    )


def test_errors_come_once_and_their_advice_together():
    errors = [f"x; {make_again('a')}", f"y; {make_again('b c')}", f"x; {make_again('a')}", "z"]
    jobs = [{"rule": "r", "output": [], "log": [], "error": error} for error in errors]
    *lines, together = error_lines(jobs, "above")
    assert lines == [f"ERROR: {errors[n]}" for n in (0, 1, 3)]
    assert together.endswith("again with --forcerun a 'b c' at its end")
    assert list(error_lines(jobs[2:], "above")) == [f"ERROR: {error}" for error in errors[2:]]


def test_of_a_group_only_jobs_with_an_error_are_named_but_all_run_again(failed, tmp_path):
    handler, given_up, log = failed
    (tmp_path / "good.log").write_text(f"{STAMP} INFO done\n")
    (tmp_path / "bad.log").write_text(WRONG)
    jobs = [facts(1, "good", tmp_path / "good.log"), facts(2, "bad", tmp_path / "bad.log")]
    log("group_error", groupid="source", job_error_info=jobs)
    assert given_up == ["good", "bad"]  # a group is repeated as often as any of its rules
    for job in jobs:
        log("job_error", **job)
    assert [job["rule"] for job in handler.jobs()] == ["bad"]
    assert handler.outputs() == ["good.json", "good.npy", "bad.json", "bad.npy"]


@pytest.mark.parametrize("message", [None, SBATCH])
def test_a_group_without_an_error_names_all_its_jobs(failed, message):
    handler, _, log = failed
    jobs = [facts(1, "one"), facts(2, "other")]
    log("group_error", groupid="source", job_error_info=jobs, slurm_message=message)
    for job in jobs:
        log("job_error", **job)
    assert [job["rule"] for job in handler.jobs()] == ["one", "other"]
    said = " and ".join(in_words(job, "above") for job in handler.jobs())
    assert said.count("did not begin" if message is None else "partition: nowhere") == 2


def test_a_passing_error_is_marked_in_the_log(tmp_path):
    error = UserError("url", expected="a", found="b", next_step="c", passing=True)
    assert error.passing and not UserError("x", expected="a", found="b", next_step="c").passing
    (tmp_path / "log").write_text(PASSING)
    assert not needs_the_user(tmp_path / "log", 0)

"""Failed jobs: their earlier results stay, byte by byte, they run again, and their errors come last.

Snakemake keeps an output with the flag `update` until the job has replaced it, and restores it if
the job fails. But it then records the restored file as a result of the failed configuration, so
that the next run would skip the job. Here the outputs of failed jobs get the modification time 0.
The job's script is newer, so the next run repeats the job, whatever the configuration. This needs
the default rerun triggers. Snakemake itself marks the outputs of killed jobs incomplete.
"""

import atexit
import contextlib
import hashlib
import time

from videeg_pipe.runtime.disk import check_space
from videeg_pipe.runtime.failed_jobs import RECORD, FailedJobs, error_lines, write_failed
from videeg_pipe.runtime.leftovers import remove_leftovers_of_killed_jobs
from videeg_pipe.runtime.lock import only_writer
from videeg_pipe.runtime.slurm_plugin import PLUGIN, patch
from videeg_pipe.runtime.targets import check_writable, existing
from videeg_pipe.train.devices import check_devices

STARTED = time.time()
HELD = contextlib.ExitStack()  # until the process ends
ENOUGH_FOR_LOGS = 100_000  # bytes; jobs check the space for their results


outputflags:
    # rules made with `use rule` do not inherit it
    update,


def give_up(rule):
    """Do not repeat the failed jobs of a rule, whatever `--retries` and its own retries are."""
    workflow.get_rule(rule).restart_times = 0


FAILED_JOBS = FailedJobs(give_up)
logger.addHandler(FAILED_JOBS)
if PLUGIN in sys.modules:
    patch(sys.modules[PLUGIN])


def mark_out_of_date():
    """Give the outputs of failed jobs the oldest modification time."""
    for path in filter(os.path.exists, FAILED_JOBS.outputs()):
        os.utime(path, (0, 0))


def begin_run():
    """Check and lock results, check devices, remove what killed jobs left, and record the run.

    Snakemake's own lock does not suffice: each run that ends removes the locks of all runs in the
    working folder, also of those with other results.
    """
    name = hashlib.sha256(os.path.realpath(RESULTS).encode()).hexdigest()[:16]
    try:
        check_writable(existing(Path(RESULTS)))
        check_space(Path(RESULTS), ENOUGH_FOR_LOGS)
        HELD.enter_context(only_writer(Path(".snakemake", f"results-{name}.lock")))
        scripts = {Path(str(job.rule.script)).name for job in workflow.dag.needrun_jobs()}
        if "train.py" in scripts:
            local = workflow.executor_plugin.name == "local"
            check_devices(CONFIG.train, gpus=CONFIG.run.gpus, local=local)
    except UserError as error:
        logger.error(str(error))
        sys.exit(1)
    remove_leftovers_of_killed_jobs(Path(RESULTS))
    record_failed()


def record_failed():
    """Record the command and the failed jobs for `videeg doctor`."""
    with contextlib.suppress(OSError, UserError):  # the disk is full: the errors come all the same
        write_failed(Path(RESULTS), ["snakemake", *sys.argv[1:]], FAILED_JOBS.jobs())


def forget_failed():
    """Remove the record of a run that ended well."""
    Path(RESULTS, RECORD).unlink(missing_ok=True)


def print_errors():
    """Print the errors of failed jobs."""
    output = "above" if CONSOLE is None else f"in {CONSOLE.log}"
    for line in error_lines(FAILED_JOBS.jobs(), output):
        print(line, file=sys.stderr)


HOW_TO_GO_ON = f"""
Failed jobs left their earlier results unchanged; the next run repeats these jobs.
'videeg doctor --results {RESULTS}' shows them again, with the lines of their logs.
"""
if CONSOLE is None:  # which does not show them
    HOW_TO_GO_ON += (
        "Ignore 'Cannot restore' warnings: those results did not exist before this run.\n"
    )

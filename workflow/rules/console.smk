"""The console: progress instead of Snakemake's lines, whose long lists of inputs are shortened.

What makes a rule run again is unchanged.
"""

import logging

from snakemake_interface_logger_plugins.common import LogEvent

from videeg_pipe.runtime.console import VARIABLE, Console
from videeg_pipe.runtime.errors import without_credentials

CODE = os.path.relpath(Path(workflow.basedir, "src", "videeg_pipe"))
CODE_FILES = re.compile(rf"(?:{re.escape(CODE)}/[^,;]+(?:, )?){{4,}}")


def without_code(files):
    """Return a comma-separated list of files with a number in place of the source files."""
    return CODE_FILES.sub(lambda found: f"{found[0].count(CODE)} files of {CODE}", files)


def shorten_inputs(record):
    """Shorten the inputs in the events that Snakemake logs for its plugins; keep all records.

    The command line, which Snakemake writes to its log, loses the credentials of links.
    """
    event = getattr(record, "event", None)
    if event == LogEvent.WORKFLOW_STARTED:
        record.cmd = without_credentials(record.cmd)
    if event in (LogEvent.JOB_INFO, LogEvent.JOB_ERROR):
        files = without_code(", ".join(record.input)).split(", ")
        more = [f"and {len(files) - 8} more"] if len(files) > 9 else []
        record.input = files[: 8 if more else None] + more
        if hasattr(record, "reason"):
            record.reason = without_code(record.reason)
    return True


logger.addFilter(shorten_inputs)


def short_console():
    """Put a short console in the place of Snakemake's.

    Returns:
        The console; None for dry runs, for jobs that are processes of their own, and if Snakemake's
        lines were asked for.
    """
    settings = workflow.output_settings
    handlers = {handler.name: handler for handler in logger.handlers}
    full, log = (handlers.get(f"Default{name}Handler") for name in ("Stream", "LogFile"))
    asked = (settings.verbose, settings.printshellcmds, settings.debug_dag, settings.quiet)
    if any((*asked, settings.stdout, settings.dryrun, not workflow.is_main_process)):
        return None
    if os.environ.get(VARIABLE) == "full" or None in (full, log):
        return None
    console = Console(full, Path(log.baseFilename), Path(RESULTS, "benchmarks"))
    logger.removeHandler(full)
    logger.addHandler(console)
    return console


CONSOLE = short_console()
os.environ[VARIABLE] = "full"  # for a Snakemake that a job starts, whose steps the job counts


def end_progress():
    """Show all that follows as it comes."""
    if CONSOLE is not None:
        CONSOLE.finish()

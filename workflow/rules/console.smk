"""The console: long lists of input files are shortened; what makes a rule run again is unchanged."""

import logging

from snakemake_interface_logger_plugins.common import LogEvent

CODE = os.path.relpath(Path(workflow.basedir, "src", "videeg_pipe"))
CODE_FILES = re.compile(rf"(?:{re.escape(CODE)}/[^,;]+(?:, )?){{4,}}")


def without_code(files):
    """Return a comma-separated list of files with a number in place of the source files."""
    return CODE_FILES.sub(lambda found: f"{found[0].count(CODE)} files of {CODE}", files)


def shorten_inputs(record):
    """Shorten the inputs in the events that Snakemake logs for its plugins; keep all records."""
    if getattr(record, "event", None) in (LogEvent.JOB_INFO, LogEvent.JOB_ERROR):
        files = without_code(", ".join(record.input)).split(", ")
        more = [f"and {len(files) - 8} more"] if len(files) > 9 else []
        record.input = files[: 8 if more else None] + more
        if hasattr(record, "reason"):
            record.reason = without_code(record.reason)
    return True


logger.addFilter(shorten_inputs)

"""What a run does first: check config files and `--config`, find a place for caches, run once.

Snakemake reads config files before the Snakefile, with messages that name no file. The profile
`profiles/default`, which it reads earlier still, therefore calls `prepare`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path

from videeg_pipe.runtime.errors import UserError, without_credentials
from videeg_pipe.runtime.lock import only_writer
from videeg_pipe.runtime.option_files import read_config_file
from videeg_pipe.runtime.run_lock import forget_other_machines, release_dead_lock

DEFAULT = Path("config/config.yaml")

_NO_LOCK = "--nolock"  # of the processes that Snakemake starts for its jobs
_UNLOCK = "--unlock"
_HELD = ExitStack()  # until the process ends


def prepare() -> None:
    """Check the command line, remove the lock of a killed run, move caches from a read-only HOME.

    Exits with status 1 and one line for a wrong config file or `--config`, and with status 0 and
    one line if this is a copy of a command that `srun` started several times.
    """
    keep_one_copy(Path(".snakemake/copies").absolute())
    try:
        check(sys.argv[1:])
    except UserError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        sys.exit(1)
    if _NO_LOCK not in sys.argv:
        folder = _working_folder(sys.argv[1:]) / ".snakemake"
        if _UNLOCK in sys.argv:
            forget_other_machines(folder)
        release_dead_lock(folder)
    move_caches(Path(".snakemake/cache").absolute())


def check(arguments: Sequence[str]) -> None:
    """Check the config files and the values of `--config` among Snakemake's arguments.

    Raises:
        UserError: for a file that is missing or not a YAML or JSON mapping, an option that is given
            twice in a file, or a value whose name has a dot.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[])
    parser.add_argument("--config", "-C", nargs="*", action="extend", default=[])
    try:
        options, _ = parser.parse_known_args(arguments)
    except argparse.ArgumentError:  # Snakemake says what is wrong
        return
    for name in options.configfile:
        read_config_file(Path(name))
    if DEFAULT.exists():
        read_config_file(DEFAULT)
    for value in options.config:
        _check_value(value)


def _working_folder(arguments: Sequence[str]) -> Path:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--directory", "-d", type=Path, default=Path())
    with suppress(argparse.ArgumentError):  # Snakemake says what is wrong
        return parser.parse_known_args(arguments)[0].directory.absolute()
    return Path.cwd()


def move_caches(folder: Path) -> None:
    """Let Snakemake, Matplotlib and others write their caches to a folder if HOME is read-only."""
    for variable, default in (("XDG_CACHE_HOME", ".cache"), ("XDG_CONFIG_HOME", ".config")):
        if variable not in os.environ and not _writable(Path.home() / default):
            print(f"HOME is not writable: {variable} is {folder} in this run", file=sys.stderr)
            folder.mkdir(parents=True, exist_ok=True)
            os.environ[variable] = str(folder)


def keep_one_copy(folder: Path) -> None:
    """End this process if `srun -n 16` started its command 16 times and another copy runs it.

    Tasks with other commands, or in other folders, go on: they have other results.
    """
    copies = int(os.environ.get("SLURM_STEP_NUM_TASKS", "1"))
    if copies == 1:
        return
    step = [os.environ.get(name, "") for name in ("SLURM_JOB_ID", "SLURM_STEP_ID")]
    command = sha256("\0".join([*step, *sys.argv]).encode()).hexdigest()
    try:
        _HELD.enter_context(only_writer(folder / f"{command[:16]}.lock"))
    except UserError:
        print(
            f"srun started {copies} copies of this command: another one runs the workflow, this "
            f"one ends. To give one copy all CPUs: srun -n 1 -c {copies} snakemake ...",
            file=sys.stderr,
        )
        sys.exit(0)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _check_value(value: str) -> None:
    name, equals, setting = value.partition("=")
    if value.startswith("base64//") or (equals and "." not in name):
        return
    value = without_credentials(value)
    name, _, setting = value.partition("=")
    section, *parents = name.split(".") if "." in name else ["section", "option"]
    nested = f"{section}={{{': {'.join(parents)}: {setting or 'value'}{'}' * len(parents)}"
    raise UserError(
        f"--config {value}",
        expected="section={option: value}",
        found="a name with a dot" if equals else "no =",
        next_step=f"write --config '{nested}'",
    )

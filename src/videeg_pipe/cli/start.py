"""What a run does first: check config files and `--config`, find a place for caches, run once.

Snakemake reads config files before the Snakefile, with messages that name no file. The profile
`profiles/default`, which it reads earlier still, therefore calls `prepare`.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from videeg_pipe.runtime.errors import UserError, without_credentials
from videeg_pipe.runtime.lock import only_writer
from videeg_pipe.runtime.run_lock import forget_other_machines, release_dead_lock

DEFAULT = Path("config/config.yaml")

_NO_LOCK = "--nolock"  # of the processes that Snakemake starts for its jobs
_UNLOCK = "--unlock"
_HELD = ExitStack()  # until the process ends
_MERGE = "tag:yaml.org,2002:merge"  # of the key <<, which may be there several times


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


def read_config_file(path: Path) -> dict[str, Any]:
    """Read a config file; values are not checked.

    Raises:
        UserError: for a file that is missing or not a YAML or JSON mapping, or an option that is
            given twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(
            str(path),
            expected="a config file",
            found=str(error.strerror).lower(),
            next_step="correct the path; targets stand before --configfile",
        ) from None
    except UnicodeDecodeError as error:
        raise _not_config(path, f"{error.reason} at byte {error.start}") from None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise _not_config(path, "nothing" if node is None else f"a {node.id}")
        _check_names(path, node)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        values = _json(path, text)
        if values is not None:
            return values
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise _not_config(path, f"{line}{error.problem}") from None
    except RecursionError:
        raise _not_config(path, "a value inside itself, or too many levels") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # such as a date of month 13
        raise _not_config(path, str(error)) from None


def _not_config(path: Path, found: str) -> UserError:
    return UserError(
        str(path),
        expected="YAML or JSON in UTF-8, with sections of options at the top level",
        found=found,
        next_step="correct the file; config/README.md lists all options",
    )


def _json(path: Path, text: str) -> dict[str, Any] | None:
    """Return a JSON object, or None if the text is none; YAML refuses tabs in it."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise _given_twice(path, f"{twice} twice")
        return dict(pairs)

    try:
        values = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _check_names(path: Path, mapping: yaml.MappingNode) -> None:
    """Refuse a name that is given twice: YAML would keep the last value without a word."""
    lines: dict[str, int] = {}
    for key, value in mapping.value:
        line, name = key.start_mark.line + 1, str(key.value)
        if key.tag != _MERGE and name in lines:
            raise _given_twice(path, f"{name} in lines {lines[name]} and {line}")
        lines[name] = line
        if isinstance(value, yaml.MappingNode):
            _check_names(path, value)


def _given_twice(path: Path, found: str) -> UserError:
    return UserError(str(path), expected="each option once", found=found, next_step="merge the two")


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

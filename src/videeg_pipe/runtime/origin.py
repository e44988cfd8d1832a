"""What each result was made from: recorded by its job, compared by the jobs that read it.

`made_from/<result>.json` in the results folder holds the checksum of a result, the options of its
job, and the checksums of the inputs that earlier jobs made. Files outside that folder are sources,
without a record.
"""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videeg_pipe.runtime.errors import UserError, listed, make_again
from videeg_pipe.runtime.files import read_record, sha256_json, sha256_once, write_record

logger = logging.getLogger(__name__)

FOLDER = "made_from"

_NAMED = 3
"""Most options, and files of one rule, that a message names."""

Problem = tuple[str, str]
"""What was expected of a result, and what was found."""


@dataclass(frozen=True)
class Results:
    """The results of a run, with the options that they have to be made with."""

    folder: str
    config: Mapping[str, Any]  # section -> option -> value, the whole configuration
    own_options: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the options of results that have others than the run, by path."""

    _records: dict[str, dict[str, Any]] = field(default_factory=dict, init=False)

    def check(self, inputs: Iterable[str]) -> None:
        """Compare the inputs of a job, and the records of all that they were made from.

        Raises:
            UserError: naming the first file that differs from its checksum, has no record, or was
                made with other options or inputs than the present ones. The next step makes all
                such files again.
        """
        problems: dict[str, Problem] = {}
        seen: set[str] = set()
        for name in self._names(inputs):
            self._check_record(name, problems, seen)
            found = sha256_once(Path(self._path(name)))
            expected = self._record(name).get("sha256", found)
            if name not in problems and found != expected:
                problems[name] = (
                    f"the file that its job made, with SHA-256 {expected[:12]}…",
                    f"SHA-256 {found[:12]}…: a damaged file, or one of another run",
                )
        for name, (expected, found) in problems.items():
            raise UserError(
                self._path(name),
                expected=expected,
                found=found,
                next_step=make_again(*self._targets(problems)),
            )

    def warn(self, path: str) -> None:
        """Log a warning if a file was made with other options or inputs than the present ones."""
        problems: dict[str, Problem] = {}
        for name in self._names([path]):
            self._check_record(name, problems, set())
        for name, (expected, found) in problems.items():
            logger.warning(
                "%s is of another configuration: %s; expected %s; found %s",
                *(path, self._path(name), expected, found),
            )
            return

    def record(
        self, outputs: Iterable[str], *, rule: str, options: Any, inputs: Iterable[str]
    ) -> None:
        """Record what a job has just made.

        Args:
            outputs: Its outputs.
            rule: Name of its rule.
            options: Its slice of the configuration.
            inputs: Its inputs, as they were when `check` compared them.
        """
        made_from = {name: self._record(name)["sha256"] for name in self._names(inputs)}
        for name in self._names(outputs):
            sha256 = sha256_once(Path(self._path(name)))
            write_record(
                self._record_path(name),
                {"rule": rule, "sha256": sha256, "options": options, "inputs": made_from},
            )

    def _check_record(self, name: str, problems: dict[str, Problem], seen: set[str]) -> None:
        """Compare the record of a result, after those of its inputs; add what is wrong."""
        if name in seen:
            return
        seen.add(name)
        record = self._record(name)
        for source in record.get("inputs", {}):
            self._check_record(source, problems, seen)
        problem = self._problem(name, record, problems)
        if problem is not None:
            problems[name] = problem

    def _problem(
        self, name: str, record: dict[str, Any], of_inputs: Mapping[str, Problem]
    ) -> Problem | None:
        """Return what is wrong with a result itself."""
        if not record:
            return f"its record in {FOLDER}", "none, or a damaged one"
        options, own = record["options"], self.own_options.get(self._path(name))
        if own is not None and sha256_json(options) != own:
            return "a file made with the options of this run", "one made with others"
        if own is None:
            differing = [row for row in _compared(self.config, options) if row[1] != row[2]]
            if differing:
                present, recorded = (
                    listed([f"{row[0]} {row[at]}" for row in differing], _NAMED) for at in (1, 2)
                )
                return f"a file made with {present}", f"one made with {recorded}"
        for source, sha256 in record["inputs"].items():
            if source not in of_inputs and self._record(source)["sha256"] != sha256:
                return f"a file made from the present {self._path(source)}", "an older one"
        return None

    def _targets(self, names: Iterable[str]) -> list[str]:
        """Return the files to make again, or their rule where it has many."""
        of_rule: dict[str, list[str]] = {}
        for name in names:
            of_rule.setdefault(self._record(name).get("rule", name), []).append(self._path(name))
        targets = ([rule] if len(files) > _NAMED else files for rule, files in of_rule.items())
        return [target for group in targets for target in group]

    def _names(self, paths: Iterable[str]) -> list[str]:
        """Return the results among some paths, relative to the results folder."""
        names = [os.path.relpath(path, self.folder) for path in paths]
        return [name for name in names if not name.startswith(os.pardir)]

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def _record_path(self, name: str) -> Path:
        return Path(self.folder, FOLDER, f"{name}.json")

    def _record(self, name: str) -> dict[str, Any]:
        """Return the record of a result, read once; empty if it is missing or damaged."""
        if name not in self._records:
            try:
                self._records[name] = read_record(self._record_path(name))
            except UserError:
                self._records[name] = {}
        return self._records[name]


def _compared(now: Any, then: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the name, the present and the recorded value of each recorded option."""
    if not (isinstance(now, Mapping) and isinstance(then, Mapping)):
        yield name, now, then
        return
    for key, value in then.items():
        yield from _compared(now.get(key), value, f"{name}.{key}" if name else key)

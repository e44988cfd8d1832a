"""Jobs of a run that are done, running and left, and the time that they need."""

import math
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TYPICAL_S = {
    "train": 170, "validate": 80, "sample": 25, "embed_videos": 20, "phantom_videos": 20,
    "report": 15, "graphs": 12, "train_trial": 150, "score_trial": 20, "train_without_person": 170,
    "run_phantom": 480,
}  # fmt: skip
"""Seconds of the slower rules in a default run on two cores."""
_OTHERS_S = 5.0
_LONG_S = 10.0
_SCALES = (0.2, 5.0)
_TAIL_BYTES = 4096
_STEP = re.compile(r"^(?:.* INFO )?(.*\d/\d+)(?:, ([\d:]+) left)?$|^(\d+ of \d+ steps)")


@dataclass(frozen=True)
class RunningJob:
    """A job that has started and not ended."""

    rule: str
    name: str
    """Rule and wildcards."""
    log: Path | None
    started: float

    def step(self) -> tuple[str, float]:
        """Return the last step in its log, and the seconds left that the line states."""
        for line in reversed(_last_lines(self.log)):
            if found := _STEP.search(line):
                return found[1] or found[3], _seconds(found[2] or "0")
        return "", 0.0


@dataclass
class RunProgress:
    """Counts jobs, and estimates the time left from earlier runs and from the jobs of this one.

    One thread may write while another reads: readers copy what they iterate over.
    """

    benchmarks: Path
    """Folder of the tables `<rule>.tsv` and `<rule>_<wildcards>.tsv` that earlier runs wrote."""
    clock: Callable[[], float] = time.monotonic
    counts: dict[str, int] = field(default_factory=dict, init=False)
    """Jobs of each rule in the whole run."""
    running: dict[int, RunningJob] = field(default_factory=dict, init=False)
    took: dict[str, list[float]] = field(default_factory=dict, init=False)
    """Seconds of the finished jobs of each rule."""
    _expected: dict[str, float] = field(default_factory=dict, init=False)
    _side_by_side: int = field(default=1, init=False)

    def plan(self, counts: Mapping[str, int]) -> None:
        """Start with the number of jobs per rule."""
        self.counts = dict(counts)
        self._expected = _TYPICAL_S | _durations(self.benchmarks, counts)

    def start(self, job: int, rule: str, name: str, log: Path | None) -> None:
        """Note that a job has started."""
        self.running[job] = RunningJob(rule, name, log, self.clock())
        self._side_by_side = max(self._side_by_side, len(self.running))

    def finish(self, job: int) -> tuple[RunningJob, float] | None:
        """Note that a job has ended well; return it and its seconds, if its start was seen."""
        ended = self.running.pop(job, None)
        if ended is None:
            return None
        seconds = self.clock() - ended.started
        self.took.setdefault(ended.rule, []).append(seconds)
        return ended, seconds

    def fail(self, job: int) -> RunningJob | None:
        """Note that a job has failed."""
        return self.running.pop(job, None)

    @property
    def total(self) -> int:
        """Number of jobs of the run."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Number of finished jobs."""
        return sum(map(len, list(self.took.values())))

    def seconds_left(self) -> float:
        """Estimate the time to the end: rule after rule, jobs of a rule side by side."""
        now, scale, running = self.clock(), self._scale(), list(self.running.values())
        current = [
            max(self._of(job.rule, scale) - (now - job.started), job.step()[1], 0.0)
            for job in running
        ]
        started = Counter(job.rule for job in running)
        left = max(current, default=0.0)
        for rule, n in self.counts.items():
            waiting = max(n - started[rule] - len(self.took.get(rule, ())), 0)
            left += math.ceil(waiting / self._side_by_side) * self._of(rule, scale)
        return left

    def _of(self, rule: str, scale: float) -> float:
        """Seconds of a job of a rule: of this run if there were some, or expected ones."""
        took = self.took.get(rule)
        return statistics.median(took) if took else scale * self._of_plan(rule)

    def _scale(self) -> float:
        """Return the ratio of the time of finished jobs to the expected one.

        Short jobs spend their time with imports, which does not depend on the data.
        """
        long = {
            rule: jobs for rule, jobs in list(self.took.items()) if self._of_plan(rule) > _LONG_S
        }
        if not long:
            return 1.0
        expected = sum(len(jobs) * self._of_plan(rule) for rule, jobs in long.items())
        low, high = _SCALES
        return min(max(sum(map(sum, long.values())) / expected, low), high)

    def _of_plan(self, rule: str) -> float:
        return self._expected.get(rule, _OTHERS_S)


def _last_lines(log: Path | None) -> list[str]:
    if log is None or not log.is_file():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        return file.read().decode(errors="replace").splitlines()


def _durations(benchmarks: Path, rules: Iterable[str]) -> dict[str, float]:
    """Return the median seconds of a job of each rule in earlier runs."""
    found: dict[str, list[float]] = {}
    names = sorted(rules, key=len, reverse=True)
    for path in benchmarks.glob("*.tsv"):
        rule = next((name for name in names if f"{path.stem}_".startswith(f"{name}_")), None)
        try:
            seconds = float(path.read_text(encoding="utf-8").splitlines()[1].split("\t")[0])
        except (OSError, ValueError, IndexError):
            continue
        if rule is not None:
            found.setdefault(rule, []).append(seconds)
    return {rule: statistics.median(seconds) for rule, seconds in found.items()}


def _seconds(clock: str) -> float:
    """Convert 1:02:03 or 02:03."""
    return sum(60**k * int(part) for k, part in enumerate(reversed(clock.split(":"))))


def in_words(seconds: float) -> str:
    """Say roughly how much time is left."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours == minutes == 0:
        return "less than a minute left"
    return f"about {f'{hours} h ' if hours else ''}{minutes} min left"

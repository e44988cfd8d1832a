"""Facts about MOABB's data sets that MOABB does not hold: what was on the screen.

One more data set is one more row here, with its reference; docs/how-to/moabb.md names those that
cannot be read. Imports nothing heavy: the configuration and the Snakefile read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi
from typing import Any, Literal

_LED_HZ = 240.0
"""Frames per second of a lamp's program: the most that a program may have."""

_OTHERS = (
    "All targets flash at once: the program of a trial draws the one that the person was asked to "
    "look at, alone and on the full screen."
)


@dataclass(frozen=True)
class DataSet:
    """One data set; `stimuli` and `code_rate` exclude each other."""

    name: str  # of the class in moabb.datasets
    reference: str
    licence: str  # of the recordings
    n_people: int
    blocks: Literal["run", "repeat"]  # parts of runs; or the k-th trial of each target is block k
    n_blocks: tuple[int, ...]  # per person, or one number for all
    trial_s: float  # length of the stimulus
    parts: int = 1  # blocks per run
    delay_s: float = 0.0  # from MOABB's event to the start of the stimulus
    epoch_s: float | None = None  # from the event on; None: recordings are continuous
    stimuli: Mapping[str, Mapping[str, Any]] | None = None  # MOABB's event to a program's entries
    code_rate: float | None = None  # bits per second of codes, which come as events
    copied: frozenset[tuple[int, int]] = frozenset()  # (person, run), from 1: copies, left out
    divisor: float = 1.0  # MOABB's amplitudes over volts
    unknown: tuple[str, ...] = ()  # facts that the authors do not state, and what is assumed
    publishes: str = ""  # where the files come from, for an error

    def n_blocks_of(self, person: int) -> int:
        """Return the number of blocks of a person, who is numbered from 1 as in MOABB."""
        return self.n_blocks[0] if len(self.n_blocks) == 1 else self.n_blocks[person - 1]


def _flicker(hz: float, phase: float | None, rate: float, **more: Any) -> dict[str, Any]:
    """Entries of a flicker; a phase of None is unknown."""
    flicker = {"kind": "flicker", "frequency": hz, "phase": phase, "frame_rate": rate}
    return flicker | more


def _joint_coding(first: float, step: float, n: int, rate: float) -> dict[str, dict[str, Any]]:
    """Sampled sinusoids whose phase grows by pi / 2 from one frequency to the next."""
    targets = [(round(first + k * step, 2), k % 4 * pi / 2) for k in range(n)]
    return {f"{hz:g}": _flicker(hz, phase, rate) for hz, phase in targets}


_KALUNGA_RUNS = (2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 3)
"""Runs used per person. MOABB has one more of person 7 (a copy) and of 10, and two more of 12."""

DATASETS: dict[str, DataSet] = {
    row.name: row
    for row in (
        DataSet(
            "Kalunga2016",
            "Kalunga et al. 2016, doi 10.1016/j.neucom.2016.01.007",
            licence="CC0-1.0",
            n_people=12,
            blocks="run",
            parts=4,  # eight trials each
            n_blocks=tuple(4 * runs for runs in _KALUNGA_RUNS),
            trial_s=5.0,
            copied=frozenset({(7, 1)}),
            divisor=1000.0,
            stimuli={
                name: _flicker(float(name), None, _LED_HZ, waveform="square")
                for name in ("13", "17", "21")
            }
            | {"rest": {"kind": "blank", "frame_rate": _LED_HZ}},
            unknown=(
                "The phase of the lamps at the start of a trial is unknown: it is estimated per "
                "trial from the EEG, and scores of waveforms are left out.",
                "All lamps flash all the time: the program of a trial is the lamp that the person "
                "was asked to look at, and nothing for rest.",
                "Amplitudes are a thousand times those of EEG: they are divided by 1000.",
                "The first run of person 7 is a copy of the second run of person 3: it is left "
                "out.",
                "Of persons 10 and 12, the first three runs are used.",
            ),
            publishes="https://zenodo.org/records/2392979",
        ),
        DataSet(
            "Wang2016",
            "Wang et al. 2017, doi 10.1109/TNSRE.2016.2627556",
            licence="CC-BY-4.0",
            n_people=34,
            blocks="repeat",
            n_blocks=(6,),
            trial_s=5.0,
            delay_s=0.5,
            epoch_s=6.0,
            stimuli=_joint_coding(8.0, 0.2, 40, rate=60.0),
            unknown=(_OTHERS, "MOABB leaves out one of the 35 people."),
            publishes="https://zenodo.org/records/14865172",
        ),
        DataSet(
            "Liu2020BETA",
            "Liu et al. 2020, doi 10.3389/fnins.2020.00627",
            licence="for non-commercial research",
            n_people=70,
            blocks="repeat",
            n_blocks=(4,),
            trial_s=2.0,
            delay_s=0.5,
            epoch_s=3.0,
            stimuli=_joint_coding(8.0, 0.2, 40, rate=60.0),
            unknown=(
                _OTHERS,
                "From person 16 on, the stimulus lasts 3 s: the first 2 s are used, as of the "
                "others.",
            ),
            publishes="http://bci.med.tsinghua.edu.cn/download.html",
        ),
        DataSet(
            "Nakanishi2015",
            "Nakanishi et al. 2015, doi 10.1371/journal.pone.0140703",
            licence="unknown",
            n_people=9,
            blocks="repeat",
            n_blocks=(15,),
            trial_s=4.0,
            delay_s=38 / 256,
            epoch_s=1114 / 256,
            stimuli=_joint_coding(9.25, 0.5, 12, rate=60.0),
            unknown=(_OTHERS, "MOABB has nine of the ten people."),
            publishes="https://github.com/mnakanishi/12JFPM_SSVEP",
        ),
        DataSet(
            "Lee2019_SSVEP",
            "Lee et al. 2019, doi 10.1093/gigascience/giz002",
            licence="GPL-3.0",
            n_people=54,
            blocks="run",
            n_blocks=(8,),  # one run in each of two sessions, as MOABB gives them by default
            parts=4,  # 25 trials each
            trial_s=4.0,
            stimuli={
                name: _flicker(60 / frames, None, 60.0, waveform="square")
                for name, frames in (("12.0", 5), ("8.57", 7), ("6.67", 9), ("5.45", 11))
            },
            unknown=(
                _OTHERS,
                "The phase of the flicker is not stated: it is estimated per trial from the EEG, "
                "and scores of waveforms are left out.",
            ),
            publishes="doi 10.5524/100542",
        ),
        DataSet(
            "Thielen2015",
            "Thielen et al. 2015, doi 10.1371/journal.pone.0133797",
            licence="CC0-1.0",
            n_people=12,
            blocks="run",
            parts=4,  # nine trials each
            n_blocks=(12,),
            trial_s=4.2,
            code_rate=120.0,
            unknown=(_OTHERS,),
            publishes="doi 10.34973/1ecz-1232",
        ),
        DataSet(
            "Thielen2021",
            "Thielen et al. 2021, doi 10.1088/1741-2552/abecef",
            licence="CC0-1.0",
            n_people=30,
            blocks="run",
            n_blocks=(5,),
            trial_s=31.5,
            code_rate=60.0,
            unknown=(_OTHERS,),
            publishes="doi 10.34973/9txv-z787",
        ),
    )
}
"""Name of the class to its row."""

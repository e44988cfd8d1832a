"""People, blocks and files of a data set; the workflow makes the files from those of MOABB."""

from pathlib import Path

from videeg_pipe.config import Config
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.sources.moabb.datasets import DATASETS, DataSet
from videeg_pipe.sources.subjects import chosen_subjects

RECORD = "person.json"
"""Name of the record of a person: their trials, and the checksums of their blocks."""


def root(config: Config, results: str) -> Path:
    """Return the folder that `moabb_person` fills."""
    return Path(results, "moabb")


def facts(source: SourceOptions) -> DataSet:
    """Return the row of the data set that `source.dataset` names."""
    return DATASETS[str(source.dataset)]


def subject_name(person: int) -> str:
    """Name the person with this number in MOABB."""
    return f"sub-{person:02d}"


def list_subjects(config: Config) -> list[str]:
    """List the people, narrowed by `source.subjects`.

    Raises:
        UserError: if a name in `source.subjects` is unknown.
    """
    return people(config.source)


def people(source: SourceOptions) -> list[str]:
    """Name the people of a data set, narrowed by `source.subjects`."""
    names = [subject_name(person) for person in range(1, facts(source).n_people + 1)]
    return chosen_subjects(source, names, f"MOABB's {source.dataset}")


def person_number(subject: str) -> int:
    """Return the number in MOABB of a named person."""
    return int(subject.removeprefix("sub-"))


def list_recordings(config: Config) -> list[tuple[str, int, int]]:
    """List (subject, session, block) of all blocks, numbered through the runs of a person."""
    row = facts(config.source)
    return [
        (subject, 1, block)
        for subject in list_subjects(config)
        for block in range(1, row.n_blocks_of(person_number(subject)) + 1)
    ]


def list_files(config: Config, results: str) -> list[str]:
    """List the outputs of the rule moabb_person."""
    return [str(root(config, results) / subject / RECORD) for subject in list_subjects(config)]


def list_side_files(config: Config) -> list[str]:
    """Return nothing: a block's file holds everything."""
    return []


def block_file(block: int) -> str:
    """Name the file of a block in the folder of its person."""
    return f"block-{block:02d}_raw.fif"


def program_file(stimulus: str) -> str:
    """Name the file of a stimulus program in the folder of a person."""
    return f"stimuli/{stimulus}.json"

"""People read through MOABB, once per session; and people without MOABB."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real_data import real_ssvep
from tests.shared import built_once
from tests.sources.moabb import files, runs
from videeg_pipe.sources.moabb.datasets import DATASETS
from videeg_pipe.sources.moabb.listing import RECORD
from videeg_pipe.sources.moabb.person import write_person

_OPTIONS = ("MNE_DATA", "MOABB_DOWNLOAD_PROVIDER")


@pytest.fixture(autouse=True)
def moabb_options() -> Iterator[None]:
    """Leave MOABB's environment variables as they were."""
    before = {name: os.environ.get(name) for name in _OPTIONS}
    yield
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


def _read(
    factory: Any, dataset: str, write: Callable[[Path, int], object], person: int = 1
) -> Path:
    def build(folder: Path) -> None:
        write(folder / "data", person)
        row = DATASETS[dataset]
        write_person(row, person, data=folder / "data", record=folder / "person" / RECORD)

    return built_once(factory, f"moabb-{dataset}-{person}", build)


@pytest.fixture(scope="session")
def kalunga(tmp_path_factory) -> Path:
    """The real recordings of person 1, in `data`, and what was made of them, in `person`."""
    real = real_ssvep()
    return _read(tmp_path_factory, "Kalunga2016", lambda data, n: files.real_kalunga(real, data, n))


@pytest.fixture(scope="session")
def wang(tmp_path_factory) -> Path:
    """The same of person 3 of Wang2016, simulated."""
    return _read(tmp_path_factory, "Wang2016", files.wang, 3)


@pytest.fixture(scope="session")
def nakanishi(tmp_path_factory) -> Path:
    """The same of Nakanishi2015."""
    return _read(tmp_path_factory, "Nakanishi2015", files.nakanishi)


@pytest.fixture(scope="session")
def lee(tmp_path_factory) -> Path:
    """The same of Lee2019_SSVEP."""
    return _read(tmp_path_factory, "Lee2019_SSVEP", files.lee, 2)


@pytest.fixture(scope="session")
def thielen(tmp_path_factory) -> Path:
    """The same of Thielen2015."""
    return _read(tmp_path_factory, "Thielen2015", files.thielen2015)


@pytest.fixture(scope="session", params=[(3, 2.0), (16, 3.0)], ids=["2 s", "3 s"])
def beta(request, tmp_path_factory) -> Path:
    """The same of Liu2020BETA, with the shorter and the longer stimulus."""
    person, stimulus_s = request.param
    return _read(
        tmp_path_factory,
        "Liu2020BETA",
        lambda data, n: files.beta(data, n, stimulus_s),
        person,
    )


@pytest.fixture(scope="session")
def thielen2021(tmp_path_factory) -> Path:
    """The same of Thielen2021."""
    return _read(tmp_path_factory, "Thielen2021", files.thielen2021)


@pytest.fixture(scope="session")
def two_people(tmp_path_factory) -> Path:
    """Results with the people 1 and 10 of Kalunga2016, made without MOABB."""

    def build(folder: Path) -> None:
        for person, n_runs in ((1, 2), (10, 4)):
            with pytest.MonkeyPatch.context() as patched:
                runs.replace(patched, [runs.flicker(seed=10 * person + k) for k in range(n_runs)])
                write_person(
                    DATASETS["Kalunga2016"],
                    person,
                    data=folder,
                    record=folder / "moabb" / f"sub-{person:02d}" / RECORD,
                )

    return built_once(tmp_path_factory, "moabb-two-people", build)

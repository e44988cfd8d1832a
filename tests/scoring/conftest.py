import json
import shutil

import numpy as np
import pandas as pd
import pytest

from tests.builders import build_results


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A results folder with planted structure: 2 people, 64 test windows, to be left as it is."""
    return build_results(tmp_path_factory.mktemp("résultats d'été"), n_concepts=8)


@pytest.fixture(scope="session")
def scored(built, tmp_path_factory):
    """What the report reads, of an untrained generator; to be left as it is."""
    from tests.scoring.test_stage import run, with_generator

    folder, results = tmp_path_factory.mktemp("scored"), with_generator(built)
    run(results, folder)
    for file in ("release/videeg-gen.h5", "release/SHA256SUMS", "manifest/videos.parquet"):
        shutil.copy(results / file, folder)
    epochs = np.arange(1, 6)
    history = pd.DataFrame(
        {"epoch": epochs, "train_diffusion": 1 / epochs, "validation_diffusion": 2 / epochs}
    )
    history.to_parquet(folder / "history.parquet")
    for job, seconds in {"train_spgn": 60.5, "preprocess_sub1": 2, "preprocess_sub2": 3}.items():
        (folder / f"{job}.tsv").write_text(f"s\tmax_rss\n{seconds}\t512.5\n")
    return folder


@pytest.fixture
def scores(scored):
    return json.loads((scored / "metrics.json").read_text())

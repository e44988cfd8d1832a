"""The release has the exact number, in proportion, independent of the order of rows."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.builders import build_results
from videeg_pipe.config.release import ReleaseOptions
from videeg_pipe.contracts.tables import SPLITS, TABLES, read_table, write_table
from videeg_pipe.preprocess.selection import apportion, draw, select_windows, split_counts
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.seeds import derive_seed


def windows_of(sizes: dict[tuple[str, str, int], int]) -> pd.DataFrame:
    """A `cut` table with so many windows of each (split, subject, concept)."""
    rows = [
        (f"{split}-{subject}-{concept}-{i}", "r", "c", subject, 1, 0, 200, "v", 0.0, concept,
         f"concept {concept}", None, split)
        for (split, subject, concept), n in sizes.items()
        for i in range(n)
    ]  # fmt: skip
    columns = [name for name, column in TABLES["cut"].columns.items() if column.required]
    return pd.DataFrame(rows, columns=columns)


def select(
    root: Path, cut: pd.DataFrame, n_samples: int, seed: int = 42, **options
) -> pd.DataFrame:
    write_table(root / "cut.parquet", "cut", cut)
    select_windows(
        cut=root / "cut.parquet",
        config=ReleaseOptions(n_samples=n_samples, **options),
        seed=seed,
        out=root / "windows.parquet",
    )
    return read_table(root / "windows.parquet", "windows")


def test_the_papers_counts():
    fractions = ReleaseOptions().fractions
    assert split_counts(1007, fractions) == {"train": 704, "validation": 151, "test": 152}
    assert split_counts(100, (0.29, 0.01, 0.7)) == {"train": 29, "validation": 1, "test": 70}
    assert split_counts(1, fractions) == {"train": 0, "validation": 0, "test": 1}


def test_the_windows_table_adds_two_columns_to_cut(tmp_path):
    root = build_results(tmp_path)
    cut = read_table(root / "windows" / "cut.parquet", "cut")
    windows = select(tmp_path, cut, 30)
    pd.testing.assert_frame_equal(windows[cut.columns], cut)
    assert windows["seed"].tolist() == [derive_seed(42, name) for name in cut["window_id"]]
    assert windows["seed"].is_unique
    released = windows[windows["released"]]
    assert released["split"].value_counts().to_dict() == {"train": 21, "validation": 4, "test": 5}


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    sizes=st.dictionaries(
        st.tuples(st.sampled_from(SPLITS), st.sampled_from("abcde"), st.integers(1, 8)),
        st.integers(1, 9),
        min_size=3,
    ),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**31),
)
def test_counts_are_exact_and_strata_proportional(sizes, share, seed):
    assume({split for split, _, _ in sizes} == set(SPLITS))
    cut = windows_of(sizes)
    there = cut["split"].value_counts()
    n_samples = int(share * there.min() * 3)  # thirds fit
    assume(n_samples >= 1)
    shuffled = cut.sample(frac=1, random_state=seed % 2**32)
    fractions = (1 / 3, 1 / 3, 1 / 3)
    assume(max(split_counts(n_samples, fractions).values()) <= there.min())
    with TemporaryDirectory() as folder:
        windows = select(Path(folder), cut, n_samples, seed, fractions=fractions)
        other = select(Path(folder), shuffled, n_samples, seed, fractions=fractions)
    released = windows[windows["released"]]
    assert set(released["window_id"]) == set(other.loc[other["released"], "window_id"])
    counts = split_counts(n_samples, fractions)
    for split in SPLITS:
        rows = released[released["split"] == split]
        assert len(rows) == counts[split]
        asked = counts[split] / there[split]
        of_split = cut[cut["split"] == split]
        for subject, size in of_split["subject"].value_counts().items():
            drawn = rows[rows["subject"] == subject]
            assert abs(len(drawn) - asked * size) < 1
            within = len(drawn) / size
            of_subject = of_split[of_split["subject"] == subject]
            for concept, n in of_subject["concept_id"].value_counts().items():
                assert abs((drawn["concept_id"] == concept).sum() - within * n) < 1


def test_few_samples_are_spread_over_people_and_concepts():
    cut = windows_of({("test", f"s{s:02d}", c): 10 for s in range(20) for c in range(1, 41)})
    chosen = cut[cut["window_id"].isin(draw(cut, 152, 42))]
    assert set(chosen["subject"].value_counts()) == {7, 8}  # 152 / 20 = 7.6
    assert set(chosen["concept_id"].value_counts()) <= {3, 4, 5}  # 152 / 40 = 3.8


def test_another_seed_draws_other_windows():
    cut = windows_of({("train", "a", c): 50 for c in (1, 2)})
    first, second = set(draw(cut, 40, 1)), set(draw(cut, 40, 2))
    assert first == set(draw(cut, 40, 1))
    assert len(first & second) < 30  # 16 by chance


def test_windows_of_a_stratum_are_drawn_from_all_of_it():
    cut = windows_of({("train", "a", 1): 200})
    places = [int(name.rsplit("-", 1)[1]) for name in draw(cut, 100, 42)]
    assert 80 < np.mean(places) < 120
    assert len(set(places)) == 100


def test_too_many_samples_are_refused(tmp_path):
    sizes = {("train", "a", 1): 100, ("validation", "a", 1): 20, ("test", "a", 1): 20}
    with pytest.raises(
        UserError,
        match=r"release.n_samples; expected at most 100 train, 20 validation, 20 test windows; "
        r"found 150, which needs 105 train, 22 validation, 23 test; .*release.fractions",
    ):
        select(tmp_path, windows_of(sizes), 150)
    assert not (tmp_path / "windows.parquet").exists()


def test_ties_are_resolved_by_the_tie_break():
    assert apportion(2, {"a": 1, "b": 1, "c": 1}, "cab".index) == {"a": 1, "b": 0, "c": 1}
    assert apportion(5, {"a": 7, "b": 3}, str) == {"a": 4, "b": 1}  # 3.5 and 1.5

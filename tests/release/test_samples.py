"""The table of released samples."""

import pandas as pd

from tests.release.parts import refused


def test_no_released_window_is_refused(small, make):
    path = small / "windows.parquet"
    pd.read_parquet(path).assign(released=False).to_parquet(path, index=False)
    refused(make, "windows.parquet", "release.n_samples")


def test_clip_without_an_emotion_row_is_refused(small, make):
    path = small / "emotions.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)
    refused(make, "emotions.parquet", "sub1-s1-b1-c000")

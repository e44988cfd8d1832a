"""The planted structure is as other tests expect it."""

import numpy as np

from tests.builders import build_results
from videeg_pipe.conditions.files import Conditions
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table


def test_evoked_part_follows_the_track_of_the_same_window(tmp_path):
    root = build_results(tmp_path)
    cut = read_table(root / "windows" / "cut.parquet", "cut")
    truth = EegStore(root / "eeg").windows(cut, truth=True)
    conditions = Conditions(
        cut,
        videos=root / "video" / "videos.json",
        texts=root / "text" / "texts.json",
        sfreq=200.0,
        subjects=["sub1", "sub2"],
        config=ConditionOptions(),
    )
    clip, track = conditions.stimuli(np.arange(len(cut)))
    assert clip.shape == (len(cut), 4, 768)
    assert track.shape == (len(cut), 4, 48)
    # 100 ms after luminance: the track's times are -1 s to 1 s of the window at 24 Hz
    track_s = np.arange(48) / 24 - 1
    for row in (0, len(cut) - 1):
        later = np.interp(np.arange(200) / 200 - 0.1, track_s, track[row, 0])
        assert np.corrcoef(truth[row, -1, :190], later[:190])[0, 1] > 0.99
    scale = ChannelScales.read(root / "normalisation.json").scale(cut["subject"])
    assert scale.shape == (len(cut), 62, 1)

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import linalg, stats
from sklearn.metrics import mean_absolute_error, mean_squared_error
from sklearn.preprocessing import maxabs_scale

from tests.scoring.fakes import evoked_and_noise, inputs_of, write_release
from tests.scoring.random_windows import A, B
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring import paper
from videeg_pipe.scoring.scoring_data import PHASE_UNKNOWN, read_scoring_data


def test_windows_are_mapped_to_one():
    windows = np.random.default_rng(0).standard_normal((4, 3, 20)).astype(np.float32)
    np.testing.assert_allclose(np.abs(paper.to_unit(windows)).max((1, 2)), 1, rtol=1e-6)
    assert not paper.to_unit(np.zeros((1, 2, 3))).any()


def test_stability_is_one_for_equal_windows_and_half_for_a_spread_as_large_as_the_mean():
    subjects = pd.Series(["a", "a", "b", "b"])
    equal = np.ones((4, 2, 10))
    equal[2:] *= 5
    assert paper.stability(equal, subjects) == pytest.approx(1)
    spread = np.zeros((4, 2, 10))
    spread[[0, 2]] = 3
    assert paper.stability(spread, subjects) == pytest.approx(0.5)
    assert paper.stability(equal[:1], subjects[:1]) is None
    assert paper.stability(equal[:0], subjects[:0]) is None


def test_consistencies_agree_with_scipy():
    g, r = np.random.default_rng(0).standard_normal((2, 3, 5, 40))
    upper = np.triu_indices(5, 1)
    spatial = [
        stats.pearsonr(np.corrcoef(a)[upper], np.corrcoef(b)[upper]).statistic
        for a, b in zip(g, r, strict=True)
    ]
    assert paper.spatial_consistency(g, r) == pytest.approx(np.mean(spatial))
    temporal = [
        stats.pearsonr(np.diff(a).ravel(), np.diff(b).ravel()).statistic
        for a, b in zip(g, r, strict=True)
    ]
    assert paper.temporal_consistency(g, r) == pytest.approx(np.mean(temporal))


def test_real_windows_as_samples_are_perfect_and_other_windows_are_not(built):
    inputs = inputs_of(built)
    real = inputs.eeg().windows(inputs.windows(table="windows"))
    data = read_scoring_data(write_release(built, evoked_and_noise(), eeg=real), inputs)
    section = to_json(paper.score_paper(data, seed=0))
    assert section["mse"]["value"] == section["mae"]["value"] == 0
    for name in ("pearson", "temporal_consistency", "spatial_consistency"):
        assert section[name]["value"] == pytest.approx(1, abs=1e-5)
        assert section[name]["other_window"] < 0.9
    assert section["mse"]["other_window"] > 0.05
    assert section["stability"]["value"] == section["stability"]["other_window"] > 0.9
    index = section["performance_index"]
    assert index["value"] > 0.95 > index["other_window"]


def test_where_phases_are_unknown_waveforms_are_not_compared(built):
    inputs = inputs_of(built)
    data = read_scoring_data(write_release(built, evoked_and_noise()), inputs)
    known = to_json(paper.score_paper(data, seed=0))
    unknown = replace(data, windows=data.windows.assign(phase_known=False))
    section = to_json(paper.score_paper(unknown, seed=0))
    changed = {name for name in known if section[name] != known[name]}
    assert changed == {"mse", "mae", "pearson", "temporal_consistency", "performance_index"}
    for name in changed:
        assert section[name] == {"value": None, "reason": PHASE_UNKNOWN}


def test_another_window_is_of_the_same_person_and_another_clip():
    rng = np.random.default_rng(1)
    samples = pd.DataFrame(
        {"subject": rng.choice(["a", "b"], 50), "clip_id": rng.choice(["x", "x", "y", "z"], 50)}
    )
    alone = pd.DataFrame({"subject": ["c"] * 3, "clip_id": "x"})
    samples = pd.concat([samples, alone]).sample(frac=1, random_state=2, ignore_index=True)
    subject, clip = samples["subject"].to_numpy(), samples["clip_id"].to_numpy()
    other = paper.other_windows(samples, seed=3)
    assert (other[subject == "c"] == -1).all()
    drawn = np.flatnonzero(subject != "c")
    assert (subject[other[drawn]] == subject[drawn]).all()
    assert (clip[other[drawn]] != clip[drawn]).all()
    assert len(set(other[drawn])) > 20
    assert (paper.other_windows(samples, seed=4) != other).any()


def test_values_do_not_depend_on_the_windows_at_a_time(built, monkeypatch):
    data = read_scoring_data(write_release(built, evoked_and_noise()), inputs_of(built))
    whole = to_json(paper.score_paper(data, seed=0))
    monkeypatch.setattr(paper, "_AT_ONCE", 5)
    assert data.generated.shape[0] % 5
    some = to_json(paper.score_paper(data, seed=0))
    for name in ("mse", "mae", "pearson", "temporal_consistency", "spatial_consistency"):
        for of in ("value", "other_window"):
            assert some[name][of] == pytest.approx(whole[name][of], rel=1e-5)


def test_the_index_is_a_mean_of_parts_clipped_at_zero():
    assert paper.performance_index([1.0, 0.5, -0.3, 0.1]) == pytest.approx(0.4)
    assert paper.performance_index([1.0, None]) is None


def test_the_papers_measures_agree_with_scikit_learn_and_scipy():
    g, r = paper.to_unit(A), paper.to_unit(B)
    np.testing.assert_allclose(g.reshape(len(A), -1), maxabs_scale(A.reshape(len(A), -1), axis=1))
    mse, mae = (error(g.ravel(), r.ravel()) for error in (mean_squared_error, mean_absolute_error))
    assert paper.mean_squared_error(g, r) == pytest.approx(mse)
    assert paper.mean_absolute_error(g, r) == pytest.approx(mae)
    subjects = pd.Series(["a"] * 5 + ["b"] * 7)
    rms = np.array([linalg.norm(window) / np.sqrt(window.size) for window in A])
    variation = np.array([stats.variation(rms[:5]), stats.variation(rms[5:])])
    assert paper.stability(A, subjects) == pytest.approx((1 / (1 + variation)).mean())

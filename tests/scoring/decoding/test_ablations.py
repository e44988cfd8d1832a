"""Ablations: a part that helps on every training is seen, and one that helps by luck is not."""

from dataclasses import replace
from operator import attrgetter

import numpy as np
import pytest

from tests.scoring.decoding.test_resampling import resampling
from videeg_pipe.contracts.decoding import DecodingRow
from videeg_pipe.scoring.decoding.ablations import compare_with

WHOLE = [DecodingRow("sam-net", "cs", seed=seed) for seed in range(3)]
VARIANT = [DecodingRow("no-csa", "cs", seed=seed, variant_of="sam-net") for seed in range(3)]
WITHOUT = [DecodingRow("sam-net", "cs", "no-text", seed) for seed in range(3)]
OTHER = DecodingRow("lookup", "cs")
WHOLE_OF = attrgetter("whole")


def planted():
    """Losses of 0.3 without the variant's part; without text 0.2, in the first training alone."""
    rng = np.random.default_rng(0)
    hard = rng.standard_normal(360)

    def values(change):
        return {"ssim": hard + change + 0.1 * rng.standard_normal(360)}

    return (
        {row: values(0) for row in WHOLE}
        | {row: values(-0.3) for row in VARIANT}
        | {row: values(-0.2 * (row.seed == 0)) for row in WITHOUT}
        | {OTHER: values(0)}
    )


def test_ablations_are_compared_over_trainings():
    table = compare_with(WHOLE_OF, planted(), resampling(6)).set_index("decoder")
    assert set(table.index) == {"no-csa_cs", "sam-net_cs_no-text"}
    assert set(table["reference"]) == {"sam-net_cs"}
    lost = table.loc["no-csa_cs"]
    assert lost["difference"] == pytest.approx(-0.3, abs=0.02)
    assert lost["by_seed"] == pytest.approx([-0.3] * 3, abs=0.03)
    assert lost["seeds_high"] < -0.2 and lost["high"] < -0.2 and lost["p_holm"] < 0.01
    lucky = table.loc["sam-net_cs_no-text"]
    assert lucky["high"] < 0 < lucky["seeds_high"]  # clips agree, trainings do not


def test_one_training_has_no_interval_over_trainings():
    values = {row: of for row, of in planted().items() if row.seed == 0}
    table = compare_with(WHOLE_OF, values, resampling(6))
    assert len(table) == 2 and table["seeds_low"].isna().all()


def test_without_ablations_there_is_no_comparison():
    assert compare_with(WHOLE_OF, {WHOLE[0]: {"ssim": np.zeros(360)}}, resampling(6)).empty


def test_adapted_rows_are_compared_with_the_decoder_before():
    before = [DecodingRow("sam-net", "new-0", seed=seed) for seed in range(3)]
    after = [replace(row, protocol="new-p", percent=15, method="heads") for row in before]
    rng = np.random.default_rng(0)
    values = {row: {"ssim": rng.standard_normal(360)} for row in before}
    values |= {
        new: {"ssim": values[old]["ssim"] + 0.2} for old, new in zip(before, after, strict=True)
    }
    (one,) = compare_with(attrgetter("unadapted"), values, resampling(6)).to_dict("records")
    assert (one["decoder"], one["reference"]) == ("sam-net_new-15_heads", "sam-net_new-0")
    assert one["by_seed"] == pytest.approx([0.2] * 3)

"""Seeds depend on names alone."""

from videeg_pipe.runtime.seeds import derive_seed


def test_seeds_depend_on_names_alone():
    assert derive_seed(42, "sub1", "w1") == derive_seed(42, "sub1", "w1") == 165498694025842388
    others = {
        derive_seed(42, "sub1w1"),
        derive_seed(43, "sub1", "w1"),
        derive_seed(42, "sub", "1w1"),
    }
    assert len(others | {derive_seed(42, "sub1", "w1")}) == 4
    assert all(0 <= seed < 2**63 for seed in others)

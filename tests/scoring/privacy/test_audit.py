from videeg_pipe.scoring.privacy.audit import guarantee


def test_only_a_private_training_has_a_guarantee():
    assert guarantee(None) == "no formal guarantee"
    spent = {"epsilon": 8.0, "delta": 1e-3, "unit": "subject", "accountant": "prv"}
    text = guarantee(spent | {"covers": "weights only"})
    assert all(word in text for word in ("epsilon 8", "0.001", "subject", "prv", "weights only"))

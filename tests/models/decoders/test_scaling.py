"""Scales, deviations and the map of electrodes."""

import torch

from videeg_pipe.models.decoders.scaling import Deviation, ElectrodeMap, PersonScale


def test_each_known_person_and_everyone_have_a_scale():
    person = torch.tensor([0] * 50 + [1] * 50)
    gain = torch.tensor([2.0, 6.0])[person][:, None, None]
    eeg = gain * torch.randn(100, 3, 40) + 5
    scale = PersonScale(3, 3, 1)  # the third person has no clips
    scale.fit(eeg, person)
    z = scale(eeg, person)
    for s in (0, 1):
        own = z[person == s]
        torch.testing.assert_close(own.mean((0, 2)), torch.zeros(3), atol=1e-5, rtol=0)
        torch.testing.assert_close(own.std((0, 2), correction=0), torch.ones(3))
    new = scale(eeg, torch.full((100,), 3))
    torch.testing.assert_close(new.std((0, 2), correction=0), torch.ones(3))
    assert scale.sd[3].mean() > scale.sd[0].mean()
    assert torch.equal(scale(eeg, torch.full((100,), 2)), new)  # as everybody else


def test_constant_values_stay_finite():
    scale = PersonScale(1, 4)
    scale.fit(torch.ones(5, 4), torch.zeros(5, dtype=torch.long))
    assert torch.equal(scale(torch.ones(5, 4), torch.zeros(5, dtype=torch.long)), torch.zeros(5, 4))


def test_the_mean_has_unit_error():
    targets = torch.tensor([1.0, 10.0, 0.0]) * torch.randn(200, 3) + 7  # parts differ in spread
    target = Deviation(3)
    target.fit(targets)
    deviations = target(targets)
    torch.testing.assert_close(deviations.square().mean(), torch.ones(()))
    assert deviations[:, 1].var() > 50 * deviations[:, 0].var()
    torch.testing.assert_close(target.inverse(deviations), targets)


def test_a_map_starts_as_the_identity():
    z = torch.randn(2, 5, 60)
    assert torch.equal(ElectrodeMap(5)(z), z)

"""A generator learns one more person from a file, and changes nothing else."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.signal import resample_poly, welch

from tests.drawn import write_video
from tests.generator.people import ALPHA_HZ, SFREQ, course, write_person
from tests.generators import CHANNELS
from videeg_pipe import load_generator
from videeg_pipe.runtime.errors import UserError


@pytest.fixture(scope="module")
def resting(tmp_path_factory) -> Path:
    """Two minutes of a person without stimulus."""
    return write_person(tmp_path_factory.mktemp("person") / "anna.edf", course(120))


@pytest.fixture(scope="module")
def generator(packed):
    """The packed generator with the whitening of EEG: its own is that of white noise."""
    loaded = load_generator(packed)
    x = [resample_poly(course(40, seed=s, alpha=1.5), 4, 5, axis=1) / 25 for s in (7, 8)]
    x = np.stack([one.reshape(len(CHANNELS), -1, 200) for one in x]).transpose(0, 2, 1, 3)
    x = torch.from_numpy(x.reshape(-1, len(CHANNELS), 200)).float()
    whitening = loaded.folder.loaded.generator.coordinates.whitening
    whitening.fit(x, torch.arange(2).repeat_interleave(len(x) // 2))
    return loaded


@pytest.fixture(scope="module")
def with_anna(generator, resting):
    return generator.adapt(resting, "anna")


def alpha_share(eeg: np.ndarray, sfreq: float) -> float:
    """Power in the alpha peak over power from 15 to 30 Hz, of (..., N)."""
    frequency, power = welch(eeg, sfreq, nperseg=round(sfreq))
    power = power.reshape(-1, len(frequency)).mean(0)
    inside = (frequency >= ALPHA_HZ[0]) & (frequency <= ALPHA_HZ[1])
    return power[inside].mean() / power[(frequency > 15) & (frequency < 30)].mean()


def test_generated_eeg_has_the_amplitude_and_spectrum_of_the_person(generator, with_anna, flashing):
    truth = course(120)
    made = with_anna.generate(flashing, subject="anna", draws=8).data
    assert with_anna.subjects == ("person-1", "person-2", "anna")
    np.testing.assert_allclose(made.std(axis=(0, 2)), truth.std(axis=1), rtol=0.25)
    assert made.std() == pytest.approx(truth.std(), rel=0.1)
    np.testing.assert_allclose(np.corrcoef(np.hstack(made)), np.corrcoef(truth), atol=0.2)
    expected = alpha_share(truth, SFREQ)
    others = generator.generate(flashing, subject="person-1", draws=8).data
    assert alpha_share(made, 200) == pytest.approx(expected, rel=0.35)
    assert alpha_share(others, 200) < expected / 3


def test_other_people_stay_as_they_are(generator, with_anna, flashing):
    for options in ({"subject": "person-1"}, {"subject": "person-2"}, {}):
        one, other = (g.generate(flashing, seed=4, **options) for g in (generator, with_anna))
        assert (one.data == other.data).all()
    assert generator.subjects == ("person-1", "person-2")


def test_a_saved_generator_is_whole_and_the_old_one_untouched(
    packed, with_anna, flashing, tmp_path
):
    before = digest(packed)
    path = with_anna.save(tmp_path / "new")
    assert digest(packed) == before
    loaded = load_generator(path)
    made = [g.generate(flashing, subject="anna") for g in (loaded, with_anna)]
    assert (made[0].data == made[1].data).all()
    assert made[0].provenance["generator"] == loaded.folder.loaded.model["checkpoint_sha256"]
    assert "adapted to anna" in made[1].provenance["generator"]
    card = (path / "README.md").read_text(encoding="utf-8")
    assert "person-1, person-2, anna" in card
    assert "anna, added by `videeg adapt` | 120 windows, 120 s, without stimulus" in card
    with pytest.raises(UserError, match="found a folder that exists"):
        with_anna.save(path)
    again = loaded.adapt(write_person(tmp_path / "b_raw.fif", course(10, seed=5)), "ben")
    assert list(again.folder.record["adapted"]) == ["anna", "ben"]


def test_a_failed_save_leaves_nothing(with_anna, tmp_path, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("videeg_pipe.generator.folder.write_card", fail)
    with pytest.raises(KeyboardInterrupt):
        with_anna.save(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_response_is_fitted_where_the_stimulus_is_shown(packed, tmp_path):
    """The generator's own EEG of a person with a response of their own, learned again."""
    generator = load_generator(packed)
    head = generator.folder.loaded.generator.coordinates.head
    torch.manual_seed(0)
    with torch.no_grad():  # people differ, so that a new one may
        for part in (head.k_person, head.M_person):
            part.weight[:2] = 0.3 * torch.randn(part.weight[:2].shape)
    rng = np.random.default_rng(0)
    levels = np.repeat(rng.integers(0, 255, 120), 8)  # 40 s at 24 per second
    video = write_video(
        tmp_path / "film.mp4", (np.full((64, 64, 3), level, np.uint8) for level in levels)
    )
    truth = generator.generate(video, subject="person-1", mean_only=True)
    noise = course(41)[:, : truth.data.shape[-1]]
    seen = truth.to_mne()
    seen._data += truth.data.std() * noise / noise.std() / 1e6
    seen.save(tmp_path / "seen_raw.fif", verbose="error")
    adapted = generator.adapt(tmp_path / "seen_raw.fif", "again", stimulus=video)
    assert adapted.folder.record["adapted"]["again"]["windows"] == 40
    blind = generator.adapt(tmp_path / "seen_raw.fif", "again")
    learned, unseen, population = (
        np.corrcoef(g.generate(video, subject=who, mean_only=True).data.ravel(), truth.data.ravel())
        for g, who in ((adapted, "again"), (blind, "again"), (generator, None))
    )
    assert unseen[0, 1] == pytest.approx(population[0, 1], abs=0.02)
    assert learned[0, 1] > population[0, 1] + 0.2


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("person-1", {}, "name; expected a new name .*found 'person-1'"),
        ("a/b", {}, "found 'a/b'"),
        ("", {}, "found ''"),
        ("anna", {"stimulus": "flashing"}, r"annotations that name flashing\.mp4, or its onset"),
        ("anna", {"stimulus": "flashing", "onset_s": 119.5}, r"at least one window of 1 s"),
        ("anna", {"stimulus": "twice", "onset_s": 1}, "an onset is for one stimulus alone"),
        ("anna", {"onset_s": 1}, "onset; expected a stimulus that began then; found no stimulus"),
    ],
)
def test_what_cannot_be_learned_is_refused(
    generator, resting, flashing, tmp_path, name, options, message
):
    stimuli = {"flashing": flashing, "twice": [flashing, flashing]}
    if "stimulus" in options:
        options = options | {"stimulus": stimuli[options["stimulus"]]}
    with pytest.raises(UserError, match=message):
        generator.adapt(resting, name, **options)


def test_a_showing_that_is_named_twice_counts_once(generator, flashing, tmp_path):
    """By an annotation in the file and by the table of BIDS beside it, as MNE-BIDS writes both."""
    marks = [(2.0, 0.0, "flashing"), (12.0, 0.0, "flashing")]
    path = write_person(tmp_path / "anna_eeg.edf", course(20), marks)
    windows = []
    for table in ("", "onset\tduration\tstim_file\n2.001\t4\tflashing.mp4\n12\t4\tflashing.mp4\n"):
        if table:
            (tmp_path / "anna_events.tsv").write_text(table)
        adapted = generator.adapt(path, "anna", stimulus=flashing)
        windows.append(adapted.folder.record["adapted"]["anna"]["windows"])
    assert windows[0] == windows[1] > 0


def digest(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of all files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

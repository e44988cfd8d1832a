"""`videeg decode` with a packed decoder: a video as long as the recording, from its EEG."""

import shutil

import av
import mne
import numpy as np
import pytest

from tests.decode.world import SIDE
from tests.models.decoders.planted import SFREQ, T
from tests.pictures.tiny import F
from tests.playback import decoder
from videeg_pipe.cli.main import main
from videeg_pipe.runtime.files import read_record, write_record

N_CLIPS = 4


@pytest.fixture(scope="module")
def packed_decoder(reconstructed, tmp_path_factory):
    return decoder.packed_decoder(reconstructed, tmp_path_factory.mktemp("packed") / "moved")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return decoder.write_recording(tmp_path_factory.mktemp("eeg") / "anna_eeg.fif", N_CLIPS)


def frames(path):
    with av.open(path) as container:
        rate = container.streams.video[0].average_rate
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.stack(pictures), float(rate)


def run(*arguments):
    return main(["decode", *map(str, arguments)])


def test_the_video_has_the_clips_of_the_recording(packed_decoder, recording, tmp_path, capsys):
    out = tmp_path / "anna.mp4"
    assert run(recording, "--model", packed_decoder, "-o", out) == 0
    assert (
        f"{N_CLIPS * T / SFREQ:g} s in {N_CLIPS} clips, as a new person" in capsys.readouterr().out
    )
    pictures, rate = frames(out)
    assert pictures.shape == (N_CLIPS * F, SIDE, SIDE, 3)
    assert rate == pytest.approx(F / (T / SFREQ))
    assert run(recording, "--model", packed_decoder, "-o", out) == 1  # exists
    later = tmp_path / "later.mp4"
    assert run(recording, "--model", packed_decoder, "-o", later, "--onset", T / SFREQ) == 0
    assert len(frames(later)[0]) == (N_CLIPS - 1) * F


def test_clips_begin_at_events(packed_decoder, recording, tmp_path, capsys):
    raw = mne.io.read_raw_fif(recording, preload=True, verbose="error")
    at_s = np.array([10, T + 30]) / SFREQ  # then 7 samples of hint and two clips
    raw.set_annotations(mne.Annotations([*at_s, 0], 0, ["run", "run", "other"]))
    marked, out = tmp_path / "marked_eeg.fif", tmp_path / "anna.mp4"
    raw.save(marked, verbose="error")
    to = (marked, "--model", packed_decoder, "-o")
    at_events = ("--event", "run", "--onset", 7 / SFREQ, "--clips", 2)
    assert run(*to, out, *at_events) == 0
    assert "in 4 clips, as a new person" in capsys.readouterr().out
    found, _ = frames(out)
    for event, at in enumerate(at_s):
        alone = tmp_path / f"{event}.mp4"
        assert run(*to, alone, "--onset", at + 7 / SFREQ) == 0
        mine, expected = found[2 * F * event :][: 2 * F], frames(alone)[0][: 2 * F]
        assert np.abs(mine.astype(int) - expected).mean() < 3  # of 255: videos lose a little
    assert np.abs(found[: 2 * F].astype(int) - expected).mean() > 6  # the other event
    assert run(*to, tmp_path / "none.mp4", "--event", "clip") == 1
    assert "expected annotations or events named clip; found other, run" in capsys.readouterr().err
    late = ("--event", "run", "--onset", N_CLIPS * T / SFREQ)
    assert run(*to, tmp_path / "none.mp4", *late) == 1
    assert "after an event run and" in capsys.readouterr().err
    assert not (tmp_path / "none.mp4").exists()


def test_a_known_person_has_a_scale_of_their_own(packed_decoder, recording, tmp_path):
    new, known = tmp_path / "new.mp4", tmp_path / "known.mp4"
    assert run(recording, "--model", packed_decoder, "-o", new) == 0
    assert run(recording, "--model", packed_decoder, "-o", known, "--subject", "sub1") == 0
    assert (frames(new)[0] != frames(known)[0]).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--subject", "nobody"], "--subject; expected one of sub1, sub2; found nobody"),
        (["--onset", "100"], "expected 1.5 s of EEG after 100 s, without pause"),
        (["--onset", "1e300"], "s of EEG after 1e+300 s, without pause"),
        (["--onset", "inf"], "--onset; expected seconds of 0 or more; found inf"),
        (["--model", "none"], "none; expected the folder of a packed decoder"),
    ],
)
def test_bad_input_is_one_line(packed_decoder, recording, tmp_path, capsys, arguments, message):
    out = tmp_path / "anna.mp4"
    assert run(recording, "--model", packed_decoder, "-o", out, *arguments) == 1
    found = capsys.readouterr().err
    assert message in found and found.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("playback.json", {"schema_version": "99"}),
        ("playback.json", {"preprocess": {"h_freq": "high"}}),
        ("playback.json", {"pictures": None}),
        ("decoder.json", {"layout": {}}),
        ("pictures/generator.json", {"models": {}}),
    ],
)
def test_a_folder_of_other_entries_is_one_line(
    packed_decoder, recording, tmp_path, capsys, name, entries
):
    folder = shutil.copytree(packed_decoder, tmp_path / "decoder")
    write_record(folder / name, read_record(folder / name) | entries)
    assert run(recording, "--model", folder, "-o", tmp_path / "anna.mp4") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"videeg: {folder / name}; expected ")
    assert not (tmp_path / "anna.mp4").exists()


@pytest.mark.parametrize("name", ["anna", "anna.avi", "anna.fif", ".mp4"])
def test_another_ending_is_refused(packed_decoder, recording, tmp_path, capsys, name):
    assert run(recording, "--model", packed_decoder, "-o", tmp_path / name, "--overwrite") == 1
    assert "expected a new file that ends with .mp4" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []

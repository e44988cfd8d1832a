"""SEED-DV blocks of full length: windows start on their samples, frames show their pictures.

Each clip carries its own number, in the signs of a pulse at its onset in the EEG; each frame
carries its own number, in a pattern of blocks. A misplaced window or frame is thus detected.
"""

from pathlib import Path

import av
import numpy as np
import pytest

from tests.workflow.clone import run_snakemake, write_config
from videeg_pipe.conditions.window_features import frame_times
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.stores import EegStore, VideoFeatures
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.stimuli.video import frames_at

VIDEOS = ("1st_10min.mp4", "2nd_10min.mp4", "3rd_10min.mp4")
N_BLOCKS, N_CHANNELS, N_SAMPLES, N_FRAMES = len(VIDEOS), 62, 104_000, 12_480
N_CLIPS = 200
CODE = slice(10, 22)  # channels that carry the number; the rest stay noise
PULSE_UV = 150.0


def _clip_onsets(rate: float) -> np.ndarray:
    """(200,) first sample or frame of each clip: 13 s per concept, 3 s hint, five clips of 2 s."""
    concept, clip = np.divmod(np.arange(N_CLIPS), 5)
    return np.round((13 * concept + 3 + 2 * clip) * rate).astype(int)


def _signs(block: int, clip: int) -> np.ndarray:
    """(12,) of -1 and 1: number of the clip over all blocks in binary."""
    number = (block - 1) * N_CLIPS + clip
    return np.where((number >> np.arange(12)) & 1, 1.0, -1.0)


def _write_eeg(path: Path, dtype: str, unit_per_uv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    eeg = np.lib.format.open_memmap(path, "w+", dtype, (N_BLOCKS, N_CHANNELS, N_SAMPLES))
    pulse = PULSE_UV * np.exp(-0.5 * (np.arange(-10, 11) / 3) ** 2)
    for block in range(1, N_BLOCKS + 1):
        signal = 5 * rng.standard_normal((N_CHANNELS, N_SAMPLES), dtype=np.float32)
        for clip, onset in enumerate(_clip_onsets(200)):
            signal[CODE, onset - 10 : onset + 11] += _signs(block, clip)[:, None] * pulse
        eeg[block - 1] = signal * unit_per_uv
    eeg.flush()


def _picture(frame: int, clips: set[int]) -> np.ndarray:
    """(64, 64) gray: 16 blocks say the frame's number; the lower half is lit at clip onset."""
    bits = (frame >> np.arange(16)) & 1
    code = np.kron(bits.reshape(2, 8), np.ones((16, 8), np.uint8))  # (32, 64)
    lit = 1 if frame in clips else 0
    return (np.vstack([code, np.full((32, 64), lit)]) * 215 + 20).astype(np.uint8)


def _frame_number(picture: np.ndarray) -> int:
    """Read the number from a decoded picture, (size, size, 3)."""
    size = picture.shape[0]
    step = size // 8
    centres = picture[:, :, 0][np.ix_([size // 8, 3 * size // 8], np.arange(8) * step + step // 2)]
    return int((centres.ravel() > 127) @ (1 << np.arange(16)))


def _write_video(path: Path) -> None:
    # the first half second of each clip is lit
    clips = {int(f) + k for f in _clip_onsets(24) for k in range(12)}
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(N_FRAMES):
            gray = _picture(number, clips)
            frame = av.VideoFrame.from_ndarray(gray, format="gray").reformat(format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@pytest.fixture(scope="module")
def results(tmp_path_factory, clone):
    root = tmp_path_factory.mktemp("SEED DV's Daten ü")
    for folder in ("EEG", "Video/meta-info"):
        (root / folder).mkdir(parents=True)
    _write_eeg(root / "EEG" / "sub1.npy", "<f4", 1e-6, seed=1)  # float32 volts
    _write_eeg(root / "EEG" / "sub2.npy", "<f8", 1.0, seed=2)  # float64 microvolts
    _write_video(root / "Video" / VIDEOS[0])
    content = (root / "Video" / VIDEOS[0]).read_bytes()
    for place, name in enumerate(VIDEOS[1:]):
        unused = (8 + place).to_bytes(4, "big") + b"free" + bytes(place)  # another checksum
        (root / "Video" / name).write_bytes(content + unused)
    labels = np.stack([np.random.default_rng(b).permutation(40) + 1 for b in range(N_BLOCKS)])
    np.save(root / "Video" / "meta-info" / "All_video_label.npy", labels)
    overlay = write_config(
        clone / "timing.yaml",
        run={"results": "results-timing"},
        source={"kind": "seed-dv", "path": str(root)},
        seed_dv={"captions": None, "videos": list(VIDEOS), "layout": {"n_blocks": N_BLOCKS}},
        split={"validation": [2], "test": [3]},
        embed={"frame_rate": 1},
        # pyprep marks all channels of independent noise as bad
        preprocess={"bad_channels": "keep", "max_bad_fraction": 1, "reference": "recorded"},
    )
    targets = ["results-timing/windows/cut.parquet", "results-timing/video/videos.json"]
    done = run_snakemake(clone, *targets, "--configfile", str(overlay))
    assert done.returncode == 0, done.stdout + done.stderr
    return clone / "results-timing", root


@pytest.mark.slow
def test_both_units_come_out_in_microvolts(results):
    root, _ = results
    scales = read_table(root / "manifest" / "recordings.parquet", "recordings")
    by_subject = scales.groupby("subject")["scale_to_uv"].unique()
    assert by_subject["sub1"].tolist() == [1e6]
    assert by_subject["sub2"].tolist() == [1.0]
    store = EegStore(root / "eeg")
    for subject in ("sub1", "sub2"):
        noise = np.std(store.recording(f"{subject}-s1-b{N_BLOCKS}")[30:50, 1000:5000])
        assert 2 < noise < 5  # 5 uV over 100 Hz, of which 40 Hz are left: 3.2 uV


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["sub1", "sub2"])
def test_every_window_starts_on_its_sample(results, subject):
    root, _ = results
    cut = read_table(root / "windows" / "cut.parquet", "cut")
    cut = cut[cut["subject"] == subject]
    assert len(cut) == N_BLOCKS * N_CLIPS * 2
    first = cut.groupby("clip_id", sort=False).head(1).reset_index(drop=True)
    eeg = EegStore(root / "eeg").windows(first)[:, CODE]  # (600, 12, 200)
    seen = np.sign(eeg[:, :, 0])
    expected = [
        _signs(block, place) for block in range(1, N_BLOCKS + 1) for place in range(N_CLIPS)
    ]
    first_of_block = first.sort_values(["block", "start_sample"]).index
    np.testing.assert_array_equal(seen[first_of_block], expected)
    # the pulse's peak, not its flank, is the window's first sample
    strength = np.abs(eeg).mean(axis=1)  # (600, 200)
    assert (strength[:, :50].argmax(axis=1) == 0).all()
    last = first.iloc[first_of_block[-1]]
    assert last["start_sample"] == 2600 * 39 + 600 + 400 * 4
    assert first.iloc[first_of_block[-N_CLIPS]]["start_sample"] == 600


@pytest.mark.slow
def test_every_frame_is_the_one_on_screen(results):
    root, source = results
    cut = read_table(root / "windows" / "cut.parquet", "cut")
    block = cut[(cut["block"] == N_BLOCKS) & (cut["subject"] == "sub2")]
    ends_s = block["video_time_s"].to_numpy() + 1.0
    times_s = frame_times(ends_s, ConditionOptions())  # (400, 4)
    wanted = np.unique(times_s)
    video = source / "Video" / VIDEOS[-1]
    shown = {wanted[i]: _frame_number(picture) for i, picture in frames_at(video, wanted, 256)}
    for row in (0, 1, len(block) - 2, len(block) - 1):
        onset_frame = round(block["video_time_s"].iloc[row] * 24)
        numbers = [shown[time] for time in times_s[row]]
        assert numbers == [onset_frame + offset for offset in (-24, -12, 0, 12)]
    assert all(number == round(time * 24) for time, number in shown.items())


@pytest.mark.slow
def test_the_track_steps_at_the_onset_frame(results):
    root, _ = results
    cut = read_table(root / "windows" / "cut.parquet", "cut")
    block = cut[(cut["block"] == N_BLOCKS) & (cut["subject"] == "sub1")]
    features = VideoFeatures.read(root / "video" / "3rd_10min.npz")
    assert features.track.shape[1] == N_FRAMES
    for clip in (block.iloc[0], block.iloc[-2]):
        frame = round(clip["video_time_s"] * 24)
        lit = features.track[0, frame - 12 : frame + 24] - features.track[0, frame - 13]
        assert (lit[:12] < 0.1).all()
        assert (lit[12:24] > 0.3).all()
        assert (lit[24:] < 0.1).all()

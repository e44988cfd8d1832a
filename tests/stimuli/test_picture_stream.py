"""Which pictures a player shows, and when: streams, start of the file, files without times."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from tests.drawn import numbered, read_number, write_video
from tests.stimuli.odd_videos import add_cover, write_streams
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.stimuli.picture_stream import check_order
from videeg_pipe.stimuli.video import decoded, frames, frames_at, probe_video

PICTURES = [numbered(number) for number in range(24)]


def numbers_at(path, times_s):
    return [read_number(picture) for _, picture in frames_at(path, np.asarray(times_s, float), 64)]


def jpeg():
    data = io.BytesIO()
    Image.new("RGB", (64, 64), (255, 0, 0)).save(data, "JPEG")
    return data.getvalue()


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(("default", "shown"), [(None, 0), (0, 0), (1, 100)])
def test_the_default_picture_stream_is_shown(default, shown, suffix, tmp_path):
    other = [numbered(100 + number) for number in range(12)]
    path = write_streams(tmp_path / f"two.{suffix}", [PICTURES, other], default=default)
    assert numbers_at(path, [0, 0.25]) == [shown, shown + 6]
    info = probe_video(path)
    assert (info.n_frames, info.n_streams) == (12 if shown else 24, 2)


def test_a_cover_picture_is_not_the_video(tmp_path):
    path = add_cover(write_video(tmp_path / "cover.mp4", PICTURES), jpeg())
    with av.open(path) as container:
        assert len(container.streams.video) == 2
    assert numbers_at(path, [0, 0.5]) == [0, 12]
    assert (probe_video(path).n_frames, probe_video(path).n_streams) == (24, 1)


def test_sound_with_a_cover_picture_is_refused(tmp_path):
    path = write_streams(tmp_path / "song.mp4", [], sound_s=1)
    for found in ("only sound;", "only sound and a cover"):
        for read in (probe_video, lambda path: list(frames(path))):
            with pytest.raises(UserError, match=rf"song\.mp4.*{found}.*name the video"):
                read(path)
        add_cover(path, jpeg())


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_an_image_file_is_refused(suffix, tmp_path):
    path = tmp_path / f"still.{suffix}"
    Image.new("RGB", (64, 64)).save(path)
    for read in (probe_video, lambda path: list(frames(path))):
        with pytest.raises(UserError, match="an image file; name the video"):
            read(path)


def test_a_text_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("seen twice\n" * 200)
    with pytest.raises(UserError, match="a text; name the video"):
        probe_video(path)


@pytest.mark.parametrize(
    ("name", "sound_s", "first_s"),
    [
        ("late.mp4", 2, 0.5),
        ("late.mkv", 2, 0.5 - 1024 / 48_000),  # the encoder's delay of 1024 samples is not heard
        ("late.ts", 2, 0.5),
        ("late.mov", 0, 0.5),  # its edit list says so
        ("silent.mkv", 0, 0.0),  # a player starts it at its first picture
        ("silent.ts", 0, 0.0),
    ],
)
def test_time_counts_from_the_start_of_the_file(name, sound_s, first_s, tmp_path):
    path = write_streams(tmp_path / name, [PICTURES], start_s=0.5, sound_s=sound_s)
    info = probe_video(path)
    times_s = [time for time, _ in frames(path)]
    assert times_s == pytest.approx(first_s + np.arange(24) / 24, abs=2e-3)
    assert info.first_s == times_s[0]
    assert info.duration_s == pytest.approx(first_s + 1, abs=2e-3)
    # before its first picture a file has none: the first one stands for it
    assert numbers_at(path, [0, first_s, first_s + 0.25]) == [0, 0, 6]
    # frames that a caller has decoded keep these times
    of_file, length_s = decoded(path)
    of_frames, same_s = decoded(list(frames(path)))
    assert [time for time, _ in of_frames] == [time for time, _ in of_file] == times_s
    assert same_s == pytest.approx(length_s, abs=2e-3)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm"])
def test_sound_that_starts_with_the_pictures_moves_nothing(suffix, tmp_path):
    codec = "libvpx-vp9" if suffix == "webm" else "libx264"
    path = write_streams(tmp_path / f"a.{suffix}", [PICTURES], codec=codec, sound_s=0)
    silent = [time for time, _ in frames(path)]
    assert silent[0] == 0
    if suffix == "mp4":
        loud = write_streams(tmp_path / "b.mp4", [PICTURES], sound_s=1)
        assert [time for time, _ in frames(loud)] == silent


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("libx264", {"bf": "3", "b-adapt": "0"}),
        ("mpeg4", {"bf": "2"}),
        ("mpeg4", {}),
        ("libx264", {"bf": "0"}),
    ],
)
def test_frames_of_an_avi_are_shown_in_order_at_its_rate(codec, options, tmp_path):
    path = write_streams(tmp_path / "a.avi", [PICTURES], codec=codec, options=options)
    shown = list(frames(path))
    assert [time for time, _ in shown] == pytest.approx(np.arange(24) / 24)
    assert numbers_at(path, np.arange(24) / 24) == list(range(24))
    info = probe_video(path)
    assert (info.n_frames, info.first_s) == (24, 0)
    assert info.duration_s == pytest.approx(1)


def test_a_stream_without_times_is_refused(tmp_path):
    path = write_streams(tmp_path / "raw.h264", [PICTURES], options={"bf": "2"})
    for read in (probe_video, lambda path: list(frames(path))):
        with pytest.raises(UserError, match=r"raw\.h264.*without times.*ffmpeg -framerate RATE"):
            read(path)


def remux(source, path, time):
    """Copy a video packet by packet, with the presentation times that `time` gives."""
    with av.open(source) as whole, av.open(path, "w") as target:
        stream = target.add_stream_from_template(whole.streams.video[0])
        for number, packet in enumerate(whole.demux(whole.streams.video[0])):
            if packet.dts is not None:
                packet.pts = time(number, packet)
                packet.stream = stream
                target.mux(packet)
    return path


@pytest.mark.parametrize(
    ("options", "time"),
    [
        # times change places
        ({"bf": "0"}, lambda number, packet: packet.dts + 512 * ((number % 3) * -2 + 4)),
        # times of storage, as from a container without presentation times
        ({"bf": "3", "b-adapt": "0"}, lambda number, packet: packet.dts + 1024),
    ],
)
def test_times_that_run_backwards_are_refused(options, time, tmp_path):
    whole = write_streams(tmp_path / "whole.mp4", [PICTURES], options=options)
    path = remux(whole, tmp_path / "backwards.mkv", time)
    for read in (probe_video, lambda path: list(frames(path))):
        with pytest.raises(UserError, match=r"backwards\.mkv.*after one at.*ffmpeg -i FILE"):
            read(path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_the_order_of_most_files_needs_no_decoding(suffix, depth, tmp_path):
    options = {"bf": str(depth), "b-adapt": "0"}
    path = write_streams(tmp_path / f"whole.{suffix}", [PICTURES], options=options)
    with av.open(path) as container:
        (stream,) = container.streams.video
        times = [
            float(packet.pts * packet.time_base) for packet in container.demux() if packet.size
        ]
        assert (times != sorted(times)) == (depth > 0)
        check_order(tmp_path / "never opened", times, stream.codec_context.reorder_depth)


def test_pictures_without_b_frames_are_read_though_the_codec_allows_them(tmp_path):
    options = {"bf": "3", "b-adapt": "0", "g": "1"}  # key frames alone
    path = write_streams(tmp_path / "keys.mp4", [PICTURES], options=options)
    assert probe_video(path).n_frames == 24


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_single_picture_is_a_still_of_the_length_that_its_file_states(suffix, tmp_path):
    path = write_streams(tmp_path / f"still.{suffix}", [PICTURES[7:8]])
    info = probe_video(path)
    assert (info.n_frames, info.duration_s) == (1, pytest.approx(1 / 24, abs=1e-3))
    assert numbers_at(path, [0, 0.5]) == [7, 7]


def test_a_short_last_picture_of_a_slide_show_is_short(tmp_path):
    path = write_video(tmp_path / "slides.mp4", PICTURES[:5], times_ms=[0, 1000, 3000, 3033, 3066])
    assert probe_video(path).duration_s == pytest.approx(3.066 + 1 / 24, abs=5e-3)
    assert numbers_at(path, [0.9, 2.9, 3.05]) == [0, 1, 3]


def test_pictures_before_the_first_key_frame_are_not_shown(tmp_path):
    options = {"g": "12", "keyint_min": "12", "sc_threshold": "0", "bf": "0"}
    whole = write_streams(tmp_path / "whole.ts", [PICTURES], options=options, sound_s=1)
    path = tmp_path / "cut.ts"
    with av.open(whole) as source, av.open(path, "w") as target:
        copies = {one.index: target.add_stream_from_template(one) for one in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "video" and packet.pts * packet.time_base < Fraction(1, 5):
                continue
            packet.stream = copies[packet.stream.index]
            target.mux(packet)
    info = probe_video(path)
    assert info.n_frames == 12
    assert info.first_s == pytest.approx(0.5, abs=0.03)
    assert numbers_at(path, [info.first_s + 0.01, info.first_s + 0.26]) == [12, 18]

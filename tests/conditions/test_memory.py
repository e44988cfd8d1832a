"""A condition built in memory equals the one that the stages build from files."""

import numpy as np
import pandas as pd
import pytest
import torch

from tests.drawn import numbered, write_video
from videeg_pipe.conditions.files import Conditions
from videeg_pipe.conditions.memory import build_condition
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.tables import write_table
from videeg_pipe.embed.text import embed_text
from videeg_pipe.embed.videos import embed_videos
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.person import Person
from videeg_pipe.stimuli.video import frames, probe_video

PERSON = Person("sub2", age=31, sex="F", handedness="L")
LAYOUT = EegLayout(("A", "B"), np.zeros((2, 3)), 200.0, 200, ("sub1", "sub2"), ())
START_S = [0.5, 2.0, 0.73]
EMBED = EmbedOptions(dtype="float32")
CONFIG = ConditionOptions()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folder with a video of 84 frames at 24 fps that all differ."""
    root = tmp_path_factory.mktemp("condition")
    write_video(root / "a.mp4", (numbered(n * 771 % 65536) for n in range(84)))
    return root


@pytest.fixture(scope="module")
def encoder(untrained):
    return ClipEncoder(untrained, dtype=EMBED.dtype)


@pytest.fixture(scope="module")
def from_files(folder, untrained):
    """Conditions of the windows, from the files of the embed stage."""
    info = probe_video(folder / "a.mp4")
    facts = {"fps": info.fps, "width": 64, "height": 64, "duration_s": info.duration_s}
    video = {"video_id": "a", "path": str(folder / "a.mp4"), **facts}
    video |= {"sha256": sha256_file(folder / "a.mp4"), "licence": "CC0", "redistributable": True}
    write_table(folder / "videos.parquet", "videos", pd.DataFrame([video]))
    person = {"subject": "sub2", "age": 31.0, "sex": "F", "handedness": "L"}
    person["prompt"] = PERSON.sentence
    write_table(folder / "people.parquet", "participants", pd.DataFrame([person]))
    videos, texts = folder / "video" / "videos.json", folder / "text" / "texts.json"
    made = {"clip_model": untrained, "config": EMBED}
    embed_videos(videos=folder / "videos.parquet", manifest=videos, **made)
    embed_text(participants=folder / "people.parquet", manifest=texts, **made)
    windows = pd.DataFrame({"video_time_s": START_S}).assign(
        video_id="a", subject="sub2", n_samples=LAYOUT.n_samples
    )
    return Conditions(
        windows,
        videos=videos,
        texts=texts,
        sfreq=LAYOUT.sfreq,
        subjects=list(LAYOUT.subjects),
        config=CONFIG,
    )


def build(video, encoder, person=PERSON, config=CONFIG, start_s=START_S):
    return build_condition(
        video, person, LAYOUT, encoder=encoder, embed=EMBED, config=config, start_s=start_s
    )


@pytest.mark.parametrize("decoded", [False, True], ids=["path", "frames"])
def test_in_memory_equals_from_files(decoded, folder, encoder, from_files):
    path = folder / "a.mp4"
    built = build(frames(path) if decoded else path, encoder)
    stored = from_files.batch(np.arange(3))
    assert torch.equal(built.text, stored.text)
    assert torch.equal(built.track, stored.track)
    assert torch.equal(built.subject, stored.subject)
    # files hold float16: equal after rounding where the context frames lie on grid points ...
    assert torch.equal(built.clip[:2].half().float(), stored.clip[:2])
    # ... and to its precision where they lie between them
    assert (built.clip[2] - stored.clip[2]).abs().max() <= built.clip.abs().max() * 2**-11
    assert built.eeg_prior is None


def test_pictures_as_arrays_give_nearly_the_same(folder, encoder):
    pictures = [
        (time, frame.to_ndarray(format="rgb24")) for time, frame in frames(folder / "a.mp4")
    ]
    built, whole = build(pictures, encoder), build(folder / "a.mp4", encoder)
    assert torch.allclose(built.track, whole.track, atol=0.02)  # colours are converted once more
    assert torch.nn.functional.cosine_similarity(built.clip, whole.clip, dim=-1).min() > 0.99


def test_a_new_person_has_the_index_behind_the_known_ones(folder, encoder):
    built = build(folder / "a.mp4", encoder, Person(age=40), start_s=[0.0])
    assert built.subject.tolist() == [2]
    assert Person(age=40).sentence == "EEG of a 40-year-old person watching a video."


def test_inputs_that_are_switched_off_are_zero(folder, encoder):
    off = ConditionOptions(use_clip=False, use_track=False, use_text=False, use_subject=False)
    built = build(folder / "a.mp4", encoder, config=off, start_s=[0.0])
    assert not built.clip.any() and not built.track.any() and not built.text.any()
    assert built.subject.tolist() == [2]


@pytest.mark.parametrize("times", [[0.0], [0.0, 0.1, 0.1], [0.1, 0.0]])
def test_frames_without_ascending_times_are_refused(times, encoder):
    pictures = [(time, numbered(0)) for time in times]
    with pytest.raises(UserError, match="ascending presentation times"):
        build(pictures, encoder)

"""Simulate the recording of one person."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.config.phantom import PhantomOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.runtime.files import new_npy
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.sources.block_timing import block_s
from videeg_pipe.sources.phantom.artefacts import (
    simulate_blinks,
    simulate_line,
    simulate_loose_contact,
)
from videeg_pipe.sources.phantom.evoked import simulate_evoked
from videeg_pipe.sources.phantom.induced import activation, alpha_power, blink_readiness
from videeg_pipe.sources.phantom.layout import index_at
from videeg_pipe.sources.phantom.ongoing import (
    background_gains,
    background_mixing,
    sensor_noise,
    simulate_alpha,
    simulate_background,
)
from videeg_pipe.sources.phantom.subject import SubjectParameters, subject_parameters
from videeg_pipe.sources.phantom.videos import Design


def simulate_eeg(
    config: PhantomOptions, *, seed: int, subject: str, videos: Path, eeg: Path, truth: Path
) -> None:
    """Simulate one person who watches the phantom's videos.

    Both files are float32, (n_blocks, 62, N), microvolts against an electrode between CZ and CPZ:
    the recording, and only its evoked part, before noise, artefacts and any filter.

    Args:
        config: Layout, and sizes of all parts.
        seed: The run's seed.
        subject: Name of the person; the result does not depend on other people.
        videos: videos.json of `render_videos`.
        eeg: Path of the recording.
        truth: Path of the evoked part.

    Raises:
        UserError: if a file of the videos is missing or has changed.
    """
    layout = config.layout
    person = subject_parameters(seed, subject)
    mixing = background_mixing(_rng(seed, subject, "background sources"))
    shape = (layout.n_blocks, len(SEED_DV_CHANNELS), index_at(block_s(layout), layout.sfreq))
    with (
        new_npy(eeg, shape, np.float32) as recording,
        new_npy(truth, shape, np.float32) as evoked,
    ):
        for block in progress(range(1, layout.n_blocks + 1), f"simulating {subject}"):
            design = Design.read(videos, block)
            part = simulate_evoked(
                design,
                person,
                layout,
                seed=seed,
                size_uv=config.evoked_uv,
                lateral=config.lateral,
            )
            evoked[block - 1] = part
            for other_part in _other_parts(config, seed, person, mixing, design, subject, block):
                part += other_part
            recording[block - 1] = part


def _other_parts(
    config: PhantomOptions,
    seed: int,
    person: SubjectParameters,
    mixing: NDArray[np.float64],
    design: Design,
    subject: str,
    block: int,
) -> Iterator[NDArray[np.float32]]:
    """Yield the parts of one block that are not evoked, each (62, N), uV.

    Every part has its own random stream, so that a change in one does not alter the others.
    """
    layout = config.layout
    sfreq, n = layout.sfreq, index_at(block_s(layout), layout.sfreq)

    def rng(part: str) -> np.random.Generator:
        return _rng(seed, subject, f"block {block}", part)

    watching = np.zeros(n, bool)
    for clip in design.clips:
        ends_s = clip.onset_s + layout.clip_s
        watching[index_at(clip.onset_s, sfreq) : index_at(ends_s, sfreq)] = True
    gains = background_gains(
        n,
        sfreq,
        sd=config.gain_sd,
        exponent_sd=config.exponent_sd,
        correlation_s=config.gain_s,
        rng=rng("background gains"),
    )
    background = simulate_background(mixing, gains, sfreq, person.exponent, rng("background"))
    yield np.float32(config.background_uv) * background
    power = alpha_power(activation(design, layout, n), watching, config.alpha_erd)
    alpha = simulate_alpha(person, power, sfreq, config.burst_sd, rng("alpha"))
    yield np.float32(config.alpha_uv) * alpha
    readiness = blink_readiness(design, layout, config.blink_timing, n)
    blinks = simulate_blinks(readiness, sfreq, person.blinks_per_min, rng("blinks"))
    yield np.float32(config.blink_uv) * blinks
    yield np.float32(config.line_uv) * simulate_line(n, sfreq, config.line_hz, rng("mains"))
    yield sensor_noise(n, rng("sensors"))
    if person.bad_channel:
        yield simulate_loose_contact(person.bad_channel, n, rng("loose contact"))


def _rng(seed: int, *names: str) -> np.random.Generator:
    return np.random.default_rng(derive_seed(seed, "phantom", *names))

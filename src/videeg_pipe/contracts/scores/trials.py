"""Scores that only tables of trials have."""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec

_trial = partial(ScoreSpec, section="trials")
_native = partial(_trial, direction="smaller", sheet="paper_size")
_NATIVE = (
    "of the same generator, untrained, at its paper's size and with its paper's sampler. The time "
    "is that of one evaluation, from two short runs with two samples, times the number of "
    "evaluations."
)

SCORES = (
    _trial(
        name="shuffled_of_ceiling",
        label="r with other videos / ceiling",
        definition="shuffled_video_r / ceiling_r.",
        direction="smaller",
        ideal=0,
        limits="Compare with `of_ceiling`; the value alone is not informative.",
        trial="shuffled_of_ceiling",
    ),
    _trial(
        name="blank_of_ceiling",
        label="r without video / ceiling",
        definition="blank_video_r / ceiling_r.",
        direction="smaller",
        ideal=0,
        limits="Compare with `of_ceiling`; the value alone is not informative.",
        trial="blank_of_ceiling",
    ),
    _trial(
        name="covariance_over_floor",
        label="covariance error / floor",
        definition="covariance_error / its floor.",
        direction="smaller",
        ideal=1,
        limits="See `covariance_error`. In a reduced run, the floor rests on few windows.",
        trial="covariance_over_floor",
        sheet="scores",
    ),
    _trial(
        name="denoising_loss",
        label="denoising loss",
        definition="Diffusion loss of the training on the scored windows, averaged over four "
        "noise levels and noises per window.",
        direction="smaller",
        limits="Compare only generators with equal targets and coordinates. Empty without such a "
        "loss.",
        trial="denoising_loss",
    ),
    _trial(
        name="training_s",
        label="training (s)",
        definition="Seconds of all epochs, validation included; for a floor, of its fit.",
        unit="s",
        direction="smaller",
        trial="training_s",
        sheet="cost",
    ),
    _trial(
        name="training_windows",
        label="training windows",
        definition="Windows shown in training, repeats included; not counted by a fit or a "
        "training with differential privacy.",
        unit="count",
        limits="More windows may help.",
        trial="training_windows",
        sheet="cost",
    ),
    _trial(
        name="width",
        label="width",
        definition="Factor on the paper's widths (baselines.width); 1 where nothing is reduced.",
        trial="width",
    ),
    _trial(
        name="depth",
        label="depth",
        definition="Factor on the paper's numbers of blocks (baselines.depth); 1 where nothing is "
        "reduced.",
        trial="depth",
    ),
    _native(
        name="native_seconds_per_sample",
        label="seconds per sample, full size",
        definition=f"seconds_per_sample {_NATIVE}",
        unit="s",
        limits="A full batch costs less per sample.",
        trial="native_seconds_per_sample",
    ),
    _native(
        name="native_nfe",
        label="evaluations, full size",
        definition="nfe with the paper's sampler.",
        unit="count",
        trial="native_nfe",
    ),
    _native(
        name="native_parameters",
        label="parameters, full size",
        definition="parameters at the paper's size.",
        unit="count",
        trial="native_parameters",
    ),
)

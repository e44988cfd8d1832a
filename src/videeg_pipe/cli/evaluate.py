"""`videeg evaluate`: score synthetic EEG against real EEG."""

import math
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.targets import check_new, check_writable, existing

EXAMPLE = "videeg evaluate real.npy synthetic.npy --sfreq 200"


_FORMATS = "(windows x channels x samples, uV), .npz, a release, epochs or another MNE format"


def run(
    real: Annotated[
        Path,
        typer.Argument(
            metavar="REAL", help=f".npy {_FORMATS}, or a folder of recordings, as BIDS or not."
        ),
    ],
    synthetic: Annotated[Path, typer.Argument(metavar="SYNTHETIC", help="The same formats.")],
    training: Annotated[
        Path | None,
        typer.Option(
            metavar="WINDOWS", help="The generator's training windows, in the same formats."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of metrics.json.")] = Path(
        "evaluation"
    ),
    seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of splits, classifiers and bootstrap.")
    ] = 42,
    sfreq: Annotated[
        float | None,
        typer.Option(metavar="HZ", help="Sampling rate of arrays that state none."),
    ] = None,
    resample: Annotated[
        float | None, typer.Option(metavar="HZ", help="Resample recordings to this rate.")
    ] = None,
    window_s: Annotated[
        float, typer.Option(metavar="S", help="Length of the windows cut from recordings.")
    ] = 1.0,
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="CSV",
            help="Subject, clip_id, concept, emotion of the real windows; repeat the option for "
            "the synthetic windows, then for the training windows; - for a side without a file.",
        ),
    ] = None,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(help="Only the samples of this split of a release."),
    ] = None,
    paired: Annotated[
        bool,
        typer.Option("--paired", help="The i-th synthetic window belongs to the i-th real one."),
    ] = False,
    protocol: Annotated[
        Literal["generation", "reconstruction"] | None,
        typer.Option(help="Protocol of the paired synthetic windows."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing metrics.json.")
    ] = False,
) -> None:
    """Score synthetic EEG against real EEG, and write metrics.json.

    Raises:
        UserError: for options or windows that do not fit together.
    """
    _check_sides(len(labels or ()), training, protocol, paired=paired)
    _check_values(window_s, resample, seed, out)

    from videeg_pipe.evaluate.console import lines
    from videeg_pipe.evaluate.evaluation import METRICS, evaluate, write_scores
    from videeg_pipe.evaluate.read_windows import is_release, read_windows

    check_new(out / METRICS, overwrite=overwrite, ours=(out / METRICS).is_file())
    check_writable(existing(out))

    if split and not any(map(is_release, (real, synthetic))):
        raise UserError(
            "--split",
            expected="a release (.h5) as real or synthetic EEG: no other file states splits",
            found=f"{real} and {synthetic}",
            next_step="remove --split, and give files that hold only these windows",
        )
    of_sides = [None if path == Path("-") else path for path in labels or ()]
    of_real, of_synthetic, of_training = (*of_sides, None, None, None)[:3]
    read = partial(read_windows, window_s=window_s, sfreq=resample)
    scores = evaluate(
        read(real, labels=of_real, split=split),
        read(synthetic, labels=of_synthetic, split=split),
        training=None if training is None else read(training, labels=of_training),
        sfreq=sfreq,
        paired=protocol,
        seed=seed,
    )
    print("\n".join(lines(scores)))
    print(f"\nwrote {write_scores(scores, out)}")


def _check_sides(
    n_labels: int, training: Path | None, protocol: str | None, *, paired: bool
) -> None:
    if n_labels > (2 if training is None else 3):
        raise UserError(
            "videeg evaluate",
            expected="--labels at most once per side: real, synthetic and, with --training, "
            "training",
            found=f"{n_labels} of them",
            next_step="remove the others",
        )
    if paired != (protocol is not None):
        raise UserError(
            "videeg evaluate",
            expected="--paired and --protocol together or neither",
            found=" ".join(sys.argv[1:]),
            next_step="name the protocol of the paired windows: generation (from noise) or "
            "reconstruction (from the noised real window)",
        )


def _check_values(window_s: float, resample: float | None, seed: int, out: Path) -> None:
    for name, value, valid, expected in (
        ("--window-s", window_s, 0 < window_s < math.inf, "seconds above 0"),
        ("--resample", resample, resample is None or 0 < resample < math.inf, "Hz above 0"),
        ("--seed", seed, seed >= 0, "0 or more"),
        ("--out", out, out.is_dir() or not out.exists(), "a folder"),
    ):
        if not valid:
            raise UserError(name, expected=expected, found=str(value), next_step="correct it")

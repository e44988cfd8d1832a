"""`videeg evaluate`: score synthetic EEG against real EEG."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.interrupts import deferred_interrupt
from videeg_pipe.runtime.targets import check_new, check_writable, existing

EXAMPLE = "videeg evaluate real.npy synthetic.npy --sfreq 200"


_FORMATS = (
    "(windows x channels x samples, uV), .npz, a release, .h5 or .zarr of videeg generate, epochs "
    "or another MNE format"
)


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
    if paired != (protocol is not None):
        raise UserError(
            "videeg evaluate",
            expected="--paired and --protocol together or neither",
            found=" ".join(sys.argv[1:]),
            next_step="name the protocol of the paired windows: generation (from noise) or "
            "reconstruction (from the noised real window)",
        )
    if os.path.lexists(out) and not out.is_dir():
        raise UserError("--out", expected="a folder", found=str(out), next_step="correct it")

    from videeg_pipe.api import evaluate
    from videeg_pipe.external_eeg.console import lines
    from videeg_pipe.external_eeg.evaluation import METRICS, write_scores
    from videeg_pipe.reader.readable import check_readable

    check_new(out / METRICS, overwrite=overwrite, ours=(out / METRICS).is_file())
    check_writable(existing(out))
    for path in (real, synthetic, *([training] if training else [])):
        check_readable(path)
    scores = evaluate(
        real,
        synthetic,
        training=training,
        labels=[None if path == Path("-") else path for path in labels or ()],
        sfreq=sfreq,
        resample=resample,
        window_s=window_s,
        split=split,
        paired=protocol,
        seed=seed,
    )
    print("\n".join(lines(scores)))
    with deferred_interrupt():  # the folder and the file, or neither
        written = write_scores(scores, out)
    print(f"\nwrote {written}")

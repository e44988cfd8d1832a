"""`videeg evaluate`: score synthetic EEG against real EEG."""

import argparse
import math
import sys
from functools import partial
from pathlib import Path
from typing import Any

from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.runtime.errors import UserError


def add_parser(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the subcommand to those of `videeg`."""
    parser = commands.add_parser("evaluate", help="score synthetic EEG against real EEG")
    add = parser.add_argument
    formats = "(windows x channels x samples, uV), .npz, a release, epochs or another MNE format"
    add("real", type=Path, help=f".npy {formats}, or a folder of recordings, as BIDS or not")
    add("synthetic", type=Path, help="the same formats")
    add(
        "--training",
        type=Path,
        metavar="WINDOWS",
        help="the generator's training windows, in the same formats",
    )
    add("--out", type=Path, default=Path("evaluation"), help="folder of metrics.json (%(default)s)")
    add("--seed", type=int, default=42, help="of splits, classifiers and bootstrap (%(default)s)")
    add("--sfreq", type=float, help="sampling rate of arrays that state none, Hz")
    add("--resample", type=float, metavar="HZ", help="resample recordings to this rate")
    add("--window-s", type=float, default=1.0, help="cut recordings into windows (%(default)s s)")
    add(
        "--labels",
        type=Path,
        action="append",
        default=[],
        metavar="CSV",
        help="subject, clip_id, concept, emotion of the real windows; repeat the option for the "
        "synthetic windows, then for the training windows; - for a side without a file",
    )
    add("--split", choices=SPLITS, help="only the samples of this split of a release")
    add("--paired", action="store_true", help="the i-th synthetic window belongs to the i-th real")
    add(
        "--protocol",
        choices=["generation", "reconstruction"],
        help="protocol of the paired synthetic windows",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Score the windows, print the scores and write metrics.json.

    Raises:
        UserError: for options or windows that do not fit together.
    """
    from videeg_pipe.evaluate.console import lines
    from videeg_pipe.evaluate.evaluation import evaluate, write_scores
    from videeg_pipe.evaluate.read_windows import is_release, read_windows

    _check(options)
    if options.split and not any(map(is_release, (options.real, options.synthetic))):
        raise UserError(
            "--split",
            expected="a release (.h5) as real or synthetic EEG: no other file states splits",
            found=f"{options.real} and {options.synthetic}",
            next_step="remove --split, and give files that hold only these windows",
        )
    labels = [None if path == Path("-") else path for path in options.labels]
    of_real, of_synthetic, of_training = (*labels, None, None, None)[:3]
    read = partial(read_windows, window_s=options.window_s, sfreq=options.resample)
    training = options.training and read(options.training, labels=of_training)
    scores = evaluate(
        read(options.real, labels=of_real, split=options.split),
        read(options.synthetic, labels=of_synthetic, split=options.split),
        training=training,
        sfreq=options.sfreq,
        paired=options.protocol,
        seed=options.seed,
    )
    print("\n".join(lines(scores)))
    print(f"\nwrote {write_scores(scores, options.out)}")
    return 0


def _check(options: argparse.Namespace) -> None:
    most = 2 if options.training is None else 3
    if len(options.labels) > most:
        raise UserError(
            "videeg evaluate",
            expected="--labels at most once per side: real, synthetic and, with --training, "
            "training",
            found=f"{len(options.labels)} of them",
            next_step="remove the others",
        )
    if options.paired != (options.protocol is not None):
        raise UserError(
            "videeg evaluate",
            expected="--paired and --protocol together or neither",
            found=" ".join(sys.argv[1:]),
            next_step="name the protocol of the paired windows: generation (from noise) or "
            "reconstruction (from the noised real window)",
        )
    for name, valid, expected in (
        ("--window-s", 0 < options.window_s < math.inf, "seconds above 0"),
        ("--resample", options.resample is None or 0 < options.resample < math.inf, "Hz above 0"),
        ("--seed", options.seed >= 0, "0 or more"),
        ("--out", options.out.is_dir() or not options.out.exists(), "a folder"),
    ):
        if not valid:
            found = str(vars(options)[name[2:].replace("-", "_")])
            raise UserError(name, expected=expected, found=found, next_step="correct it")

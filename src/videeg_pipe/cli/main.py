"""The `videeg` command."""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py

from videeg_pipe.config import generate
from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.runtime.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; what the user can put right ends in one line and status 1."""
    parser = argparse.ArgumentParser(prog="videeg", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    config = commands.add_parser("config", help="write the files generated from the options")
    config.add_argument("--check", action="store_true", help="only say which are out of date")
    config.set_defaults(run=_config)
    info = commands.add_parser("info", help="say what a release holds")
    info.add_argument("release", type=Path, help="videeg-gen.h5")
    info.set_defaults(run=_info)
    _add_evaluate(commands.add_parser("evaluate", help="score synthetic EEG against real EEG"))
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except UserError as error:
        print(f"videeg: {error}", file=sys.stderr)
        return 1


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    kinds = "(windows x channels x samples, uV), .npz, a release, epochs or another file that MNE "
    add("real", type=Path, help=f".npy {kinds}reads, or a BIDS-EEG folder")
    add("synthetic", type=Path, help="the same")
    add(
        "--training", type=Path, metavar="WINDOWS", help="the same: what the generator learned from"
    )
    add("--out", type=Path, default=Path("evaluation"), help="folder of metrics.json (%(default)s)")
    add("--seed", type=int, default=42, help="of splits, classifiers and bootstrap (%(default)s)")
    add("--sfreq", type=float, help="Hz, for arrays")
    add("--window-s", type=float, default=1.0, help="cut recordings into windows (%(default)s s)")
    add(
        "--labels",
        type=Path,
        action="append",
        default=[],
        metavar="CSV",
        help="subject, clip_id, concept, emotion of the real windows; given again, of the "
        "synthetic ones; a third time, of the training ones; - for a side without a file",
    )
    add("--split", choices=SPLITS, help="take the samples of this split of a release alone")
    add("--paired", action="store_true", help="the i-th synthetic window belongs to the i-th real")
    add("--protocol", choices=["generation", "reconstruction"], help="how paired ones were made")
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    from videeg_pipe.evaluate.console import lines
    from videeg_pipe.evaluate.evaluation import evaluate, write
    from videeg_pipe.evaluate.read_windows import read_windows

    most = 2 if options.training is None else 3
    if len(options.labels) > most:
        raise UserError(
            "videeg evaluate",
            expected="--labels once, for the real windows, twice, for the synthetic ones too, or, "
            "with --training, three times, for those too",
            found=f"{len(options.labels)} of them",
            next_step="leave the others out",
        )
    if options.paired != (options.protocol is not None):
        raise UserError(
            "videeg evaluate",
            expected="--paired and --protocol together or neither",
            found=" ".join(sys.argv[1:]),
            next_step="say by which protocol the paired windows were made: generation from noise, "
            "or reconstruction, which was given some of the real window",
        )
    for name, right, expected in (
        ("--window-s", 0 < options.window_s < math.inf, "seconds above 0"),
        ("--seed", options.seed >= 0, "0 or more"),
        ("--out", options.out.is_dir() or not options.out.exists(), "a folder"),
    ):
        if not right:
            found = str(vars(options)[name[2:].replace("-", "_")])
            raise UserError(name, expected=expected, found=found, next_step="correct it")
    labels = [None if path == Path("-") else path for path in options.labels]
    of_real, of_synthetic, of_training = (*labels, None, None, None)[:3]
    training = options.training and read_windows(options.training, options.window_s, of_training)
    scores = evaluate(
        read_windows(options.real, options.window_s, of_real, options.split),
        read_windows(options.synthetic, options.window_s, of_synthetic, options.split),
        training=training,
        sfreq=options.sfreq,
        paired=options.protocol,
        seed=options.seed,
    )
    print("\n".join(lines(scores)))
    print(f"\nwrote {write(scores, options.out)}")
    return 0


def _config(options: argparse.Namespace) -> int:
    root = Path.cwd()
    if not (root / "Snakefile").is_file():
        raise UserError(
            str(root),
            expected="the repository",
            found="no Snakefile",
            next_step="run `videeg config` in the folder that holds the Snakefile",
        )
    if not options.check:
        for path in generate.write(root):
            print(f"wrote {path}")
        return 0
    outdated = generate.drifted(root)
    for path in outdated:
        print(f"{path} is out of date: run `make config`", file=sys.stderr)
    return int(bool(outdated))


def _info(options: argparse.Namespace) -> int:
    from videeg_pipe.dataset import VidEEGDataset  # seconds of torch, which `config` does without

    VidEEGDataset(options.release)  # says in one line what is wrong with a file
    with h5py.File(options.release) as file:
        print("\n".join(_summary(file)))
    return 0


def _summary(file: h5py.File) -> Iterator[str]:
    facts, splits = file.attrs, file["split"].asstr()[:].tolist()
    yield f"{facts['title']} {facts['version']} (schema {facts['schema_version']}), SYNTHETIC EEG"
    yield f"{len(splits)} samples of {facts['units']} at {facts['sfreq']:g} Hz, reference " + str(
        facts["reference"]
    )
    yield ", ".join(f"{name} {splits.count(name)}" for name in dict.fromkeys(splits))
    for name in ("subject", "concept", "emotion"):
        yield f"{name}s: {', '.join(sorted(set(file[name].asstr()[:])))}"
    yield f"made from {facts['source']}, protocol {facts['protocol']}, {facts['license']}"
    yield from (f"  {key}: {value}" for key, value in json.loads(facts["generator"]).items())
    for name, dataset in file.items():
        yield f"{name:18} {'x'.join(map(str, dataset.shape)):18} {dataset.attrs['description']}"


if __name__ == "__main__":
    sys.exit(main())

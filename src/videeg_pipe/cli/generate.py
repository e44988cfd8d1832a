"""`videeg generate`: continuous EEG for a video or a stimulus program."""

import argparse
from pathlib import Path
from typing import Any

from videeg_pipe.runtime.errors import UserError

_KINDS = {"age": float, "sex": str, "handedness": str}


def add_parser(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the subcommand to those of `videeg`."""
    parser = commands.add_parser(
        "generate",
        help="generate EEG of somebody who watches a video",
        epilog="example: videeg generate clip.mp4 --subject sub2 --draws 4 -o clip_eeg.fif",
    )
    add = parser.add_argument
    add("stimulus", type=Path, nargs="+", help="video, or stimulus program (.json)")
    endings = ".fif, .edf, .bdf, .vhdr, .set, .h5 or .zarr"
    add(
        "-o",
        "--out",
        type=Path,
        required=True,
        help=f"file ({endings}), or folder of a BIDS data set; for several stimuli with "
        "{stimulus} in its name",
    )
    add("--model", type=Path, help="folder of a generator (results/generator)")
    add("--person", metavar="FACTS", help="a new person, such as age=30,sex=F,handedness=R")
    add("--subject", help="a person of the training instead")
    add("--montage", help="of MNE, such as biosemi32, or a .tsv with name, x, y, z in metres")
    add("--seconds", type=float, help="only the beginning of the stimulus")
    add("--draws", type=int, default=1, help="recordings that differ in noise (%(default)s)")
    add("--seed", type=int, default=0, help="of the noise (%(default)s)")
    add("--mean-only", action="store_true", help="the conditional mean, without noise")
    add("--overwrite", action="store_true", help="replace existing files")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Generate EEG for each stimulus, and print what was written.

    Raises:
        UserError: for a model, stimulus, person or path that cannot be used.
    """
    targets = [_target(options.out, one, len(options.stimulus)) for one in options.stimulus]
    if len(set(targets)) < len(targets):
        raise UserError(
            "--out",
            expected="another file for each stimulus",
            found="stimuli of the same name",
            next_step="rename one, or generate them one by one",
        )
    person = None if options.person is None else _facts(options.person)

    from videeg_pipe.contracts.generator_folder import (
        DEFAULT,
        ignores_descriptions,
        read_folder_record,
    )
    from videeg_pipe.generator.formats import check_target  # imports MNE, which takes a second
    from videeg_pipe.stimuli.video import probe_video

    for stimulus, target in zip(options.stimulus, targets, strict=True):
        check_target(target, 1 if options.mean_only else options.draws, overwrite=options.overwrite)
        probe_video(stimulus)
    folder = options.model or DEFAULT
    read_folder_record(folder)

    from videeg_pipe.generator.generator import load_generator  # imports torch

    generator = load_generator(folder)
    if person and ignores_descriptions(generator.folder.record):
        print(
            "note: this generator makes nearly the same EEG for every new person, whatever the "
            "facts (r = "
            f"{generator.folder.record['description_r']:.4f} between two different people)"
        )
    for stimulus, target in zip(options.stimulus, targets, strict=True):
        eeg = generator.generate(
            stimulus,
            person=person,
            subject=options.subject,
            montage=options.montage,
            seconds=options.seconds,
            draws=options.draws,
            seed=options.seed,
            mean_only=options.mean_only,
        )
        for path in eeg.save(target, overwrite=options.overwrite):
            print(f"{path}: SYNTHETIC EEG, {len(eeg.channels)} channels, {eeg.seconds:g} s")
    return 0


def _target(out: Path, stimulus: Path, n: int) -> Path:
    if n > 1 and "{stimulus}" not in out.name:
        raise UserError(
            "--out",
            expected="a name with {stimulus} for several stimuli",
            found=str(out),
            next_step="such as -o 'eeg-{stimulus}.fif'",
        )
    return out.with_name(out.name.replace("{stimulus}", stimulus.stem))


def _facts(text: str) -> dict[str, Any]:
    """Read age=30,sex=F,handedness=R."""
    facts: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            facts[name.strip()] = _KINDS[name.strip()](value.strip())
        except (KeyError, ValueError):
            raise UserError(
                "--person",
                expected="facts such as age=30,sex=F,handedness=R",
                found=part,
                next_step="correct it",
            ) from None
    return facts

"""`videeg generate`: continuous EEG for a video or a stimulus program."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.targets import check_new

if TYPE_CHECKING:
    from videeg_pipe.generator.eeg import GeneratedEeg

EXAMPLE = "videeg generate clip.mp4 --subject sub2 --draws 4 -o clip_eeg.fif"

_KINDS = {"age": float, "sex": str, "handedness": str}


def run(
    stimulus: Annotated[
        list[Path],
        typer.Argument(metavar="STIMULUS", help="Videos, or stimulus programs (.json)."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="PATH",
            help="File (.fif, .edf, .bdf, .vhdr, .set, .h5 or .zarr), or folder of a BIDS data "
            "set; for several stimuli with {stimulus} in its name.",
        ),
    ],
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of a generator (results/generator).")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(metavar="FACTS", help="A new person, such as age=30,sex=F,handedness=R."),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A person of the training instead, or a mix such as sub1=0.7,sub2=0.3.",
        ),
    ] = None,
    montage: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Of MNE, such as biosemi32, or a .tsv with name, x, y, z in metres.",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(metavar="S", help="Only the beginning of the stimulus.")
    ] = None,
    draws: Annotated[
        int,
        typer.Option(
            metavar="N", help="Number of recordings, which differ in noise.", min=1, max=10_000
        ),
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the noise.")] = 0,
    mean_only: Annotated[
        bool, typer.Option("--mean-only", help="The conditional mean, without noise.")
    ] = False,
    figure: Annotated[
        bool,
        typer.Option("--figure", help="Also draw the first ten seconds, to PATH with ending .png."),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
) -> None:
    """Generate EEG of somebody who watches a video.

    Raises:
        UserError: for a model, stimulus, person or path that cannot be used.
    """
    targets = [_target(out, one, len(stimulus)) for one in stimulus]
    if len(set(targets)) < len(targets):
        raise UserError(
            "--out",
            expected="another file for each stimulus",
            found="stimuli of the same name",
            next_step="rename one, or generate them one by one",
        )
    facts = None if person is None else _facts(person)
    who = None if subject is None else _who(subject)

    from videeg_pipe.contracts.generator_folder import (
        DEFAULT,
        ignores_descriptions,
        read_folder_record,
    )
    from videeg_pipe.generator.formats import check_target  # imports MNE, which takes a second
    from videeg_pipe.stimuli.video import probe_video

    for one, target in zip(stimulus, targets, strict=True):
        check_target(target, 1 if mean_only else draws, overwrite=overwrite)
        if figure:
            drawn = target.with_suffix(".png")
            check_new(drawn, overwrite=overwrite, ours=drawn.is_file())
        probe_video(one)
    folder = model or DEFAULT
    read_folder_record(folder)

    from videeg_pipe.generator.folder import read_folder  # imports torch
    from videeg_pipe.generator.generation import plan
    from videeg_pipe.generator.on_disk import on_disk

    generator = read_folder(folder)
    planned = [
        plan(
            generator,
            one,
            person=facts,
            subject=who,
            montage=montage,
            seconds=seconds,
            draws=draws,
            seed=seed,
            mean_only=mean_only,
        )
        for one in stimulus
    ]
    if facts and ignores_descriptions(generator.record):
        print(
            "note: this generator makes nearly the same EEG for every new person, whatever the "
            "facts (r = "
            f"{generator.record['description_r']:.4f} between two different people)"
        )
    for one, generation, target in zip(stimulus, planned, targets, strict=True):
        with on_disk(target, generation.shape) as data:
            eeg = generation.make(data)
            for path in eeg.save(target, overwrite=overwrite):
                print(f"{path}: SYNTHETIC EEG, {len(eeg.channels)} channels, {eeg.seconds:g} s")
            if figure:
                print(_draw(eeg, one, target.with_suffix(".png")))


def _draw(eeg: "GeneratedEeg", stimulus: Path, path: Path) -> Path:
    """Write the figure and return its path."""
    from videeg_pipe.generator.figure import draw_figure  # imports Matplotlib
    from videeg_pipe.runtime.files import atomic_path

    with atomic_path(path) as temporary:
        draw_figure(eeg, stimulus).savefig(temporary, dpi=150)
    return path


def _target(out: Path, stimulus: Path, n: int) -> Path:
    if n > 1 and "{stimulus}" not in out.name:
        raise UserError(
            "--out",
            expected="a name with {stimulus} for several stimuli",
            found=str(out),
            next_step="such as -o 'eeg-{stimulus}.fif'",
        )
    if other := re.search("{[^}]*}", out.name.replace("{stimulus}", "")):
        raise UserError(
            "--out",
            expected="no other name in braces than {stimulus}",
            found=other[0],
            next_step="correct it",
        )
    return out.parent / out.name.replace("{stimulus}", stimulus.stem)


def _facts(text: str) -> dict[str, Any]:
    """Read age=30,sex=F,handedness=R."""
    facts: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            if name.strip() in facts:
                raise ValueError
            facts[name.strip()] = _KINDS[name.strip()](value.strip())
        except (KeyError, ValueError):
            raise UserError(
                "--person",
                expected="facts such as age=30,sex=F,handedness=R, each once",
                found=part,
                next_step="correct it",
            ) from None
    return facts


def _who(text: str) -> str | dict[str, float]:
    """Read the name of a person, or the weights of several: sub1=0.7,sub2=0.3."""
    if "=" not in text:
        return text
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.rpartition("=")
        try:
            if name.strip() in ("", *weights):
                raise ValueError
            weights[name.strip()] = float(value)
        except ValueError:
            raise UserError(
                "--subject",
                expected="a person, or people with weights such as sub1=0.7,sub2=0.3, each once",
                found=part,
                next_step="correct it",
            ) from None
    return weights

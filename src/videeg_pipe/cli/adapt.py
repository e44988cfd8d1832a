"""`videeg adapt`: add one more person to a generator."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "videeg adapt results/generator anna.edf --name anna --stimulus clip.mp4 -o with-anna"

FEW = 25
"""Fewest windows whose effect was measured: docs/real-eeg.md, people outside the training."""


def run(
    generator: Annotated[Path, typer.Argument(metavar="GENERATOR", help="Folder of a generator.")],
    recording: Annotated[
        Path, typer.Argument(metavar="RECORDING", help="EEG of the person, in a format of MNE.")
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="Name of the person.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder of the new generator.")
    ],
    stimulus: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Video or program that was shown, named by annotations or events; repeat the "
            "option for several. Without, the noise alone is fitted.",
        ),
    ] = None,
    onset: Annotated[
        float | None,
        typer.Option(
            metavar="S", help="When the only stimulus began, if the recording does not say it."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the fit.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the folder of another generator.")
    ] = False,
) -> None:
    """Add one more person to a generator, from a file of theirs.

    Raises:
        UserError: for a generator, recording, stimulus or path that cannot be used.
    """
    from videeg_pipe.contracts.generator_folder import check_new_folder, read_folder_record

    read_folder_record(generator)
    check_new_folder(out, overwrite=overwrite)

    from videeg_pipe.generator.generator import load_generator  # imports torch
    from videeg_pipe.stimuli.video import probe_video

    for path in stimulus or ():
        probe_video(path)
    adapted = load_generator(generator).adapt(
        recording, name, stimulus=stimulus or (), onset_s=onset, seed=seed
    )
    adapted.save(out, overwrite=overwrite)
    facts = adapted.folder.record["adapted"][name]
    fitted = "response and noise" if stimulus else "noise, without stimulus"
    print(f"{out}: {name} added from {facts['windows']} windows, {facts['seconds']:g} s ({fitted})")
    if facts["windows"] < FEW:
        print(f"note: fewer than {FEW} windows: how well they describe a person was not measured")
    if facts["interpolated"]:
        print(f"bad or missing electrodes, interpolated: {', '.join(facts['interpolated'])}")
    model = shlex.quote(str(out))
    print(f"next: videeg generate VIDEO --model {model} --subject {name} -o EEG.fif")

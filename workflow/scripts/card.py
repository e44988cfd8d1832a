"""Write the data card and the checksums of the release."""

from pathlib import Path

from videeg_pipe.release.card import write_card
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    write_card(
        inputs={name: Path(path) for name, path in snakemake.input.items() if name != "code"},
        outputs={"card": Path(snakemake.output.card), "sums": Path(snakemake.output.sums)},
        left_out=snakemake.params.config["train"]["leave_out"],
    )

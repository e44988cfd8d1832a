"""Write the page of decoded videos."""

from pathlib import Path

from videeg_pipe.report.decoding import write_decoding_page
from videeg_pipe.runtime.jobs import job

with job(snakemake):
    inputs, config = snakemake.input, snakemake.params.config
    write_decoding_page(
        scores=Path(inputs.scores),
        clips=Path(inputs.clips),
        rows=[Path(path) for path in inputs.rows],
        pictures=Path(inputs.stimuli).parent,
        seed=config["run"]["seed"],
        source=config["source"]["kind"],
        out=Path(snakemake.output.html),
    )

"""Section `cost`: cost per sample on the scoring machine."""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec

_row = partial(ScoreSpec, section="cost", direction="smaller", sheet="cost")

SCORES = (
    _row(
        name="seconds_per_sample",
        label="seconds per sample",
        definition="Wall time of sampling / samples drawn, in batches.",
        unit="s",
        trial="seconds_per_sample",
    ),
    _row(
        name="nfe",
        label="network evaluations",
        definition="Evaluations of the denoising network per sample: inference steps, doubled "
        "where guidance also needs the unconditional prediction.",
        unit="count",
        trial="nfe",
        column="evaluations",
    ),
    _row(
        name="parameters",
        label="parameters",
        definition="Trainable parameters of the generator.",
        unit="count",
        trial="parameters",
        limits="Says nothing about the cost at the paper's size.",
    ),
    _row(
        name="peak_memory_mb",
        label="memory (MiB)",
        definition="Peak memory, MiB: allocated on the GPU; on a CPU, resident in the whole "
        "process with libraries and data.",
        unit="MiB",
        trial="peak_memory_mb",
    ),
)

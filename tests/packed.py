"""A packed generator, tiny and with random weights, and the results that it is packed from."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from tests.generators import inputs_of, layout_of, results_inputs, tiny_config
from videeg_pipe.conditions.files import Inputs, read_conditions
from videeg_pipe.config import load, slice_of
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.generator_folder import CHECKPOINT
from videeg_pipe.contracts.graphs import adjacency, read_weights
from videeg_pipe.generator.pack import pack_generator
from videeg_pipe.generator.pack_run import RESULTS
from videeg_pipe.models.checkpoint import make_generator, save_checkpoint
from videeg_pipe.runtime.files import write_record
from videeg_pipe.runtime.origin import Results

CODES = {"sub1": "person-2", "sub2": "person-1"}
PACKED_OPTIONS = (
    *("source.kind", "preprocess.l_freq", "preprocess.h_freq", "preprocess.reference"),
    *("embed.model", "embed.revision", "embed.dtype", "embed.batch_size", "embed.frame_rate"),
    *("embed.frame_size", "embed.grid_s", "embed.align_window_s", "embed.align_overlap"),
)
OPTIONS = {"sample": {"steps": 2, "threads": 1, "batch_size": 4}, "embed": {"dtype": "float32"}}


def packable(root: Path, clip: Path) -> Inputs:
    """Write a results folder with a generator; return everything that it is packed from."""
    results_inputs(root)
    inputs = inputs_of(root)
    graph_weights, config = read_weights(inputs.path("graphs")), tiny_config()
    layout = layout_of(tuple(graph_weights))
    torch.manual_seed(0)
    generator = make_generator("spgn", layout, adjacency(graph_weights), config)
    rows = inputs.windows("train")
    x = torch.from_numpy(inputs.eeg().windows(rows) / inputs.normalisation().scale(rows["subject"]))
    read = read_conditions(rows, inputs, layout, ConditionOptions(), "generation")
    stimuli = read.stimuli(np.arange(len(rows)))
    generator.fit(x, *map(torch.from_numpy, (read.subject, *stimuli)))
    generator.fit_residual([(x, read.batch(np.arange(len(x))))])
    save_checkpoint(
        root / "models" / "spgn", "spgn", generator, config, {"n_train_windows": len(x)}
    )
    key = pd.DataFrame({"subject": list(CODES), "released_as": list(CODES.values())})
    key.to_csv(root / "pseudonyms.csv", index=False)
    more = {"participants": root / "manifest" / "participants.parquet"}
    return Inputs(dict(inputs.paths) | more | {"key": root / "pseudonyms.csv", "clip": clip})


def pack(inputs: Inputs, folder: Path) -> Path:
    """Pack it, with few sampling steps."""
    config = load(OPTIONS).model_dump(mode="json")
    pack_generator(inputs=inputs, config=config, record=folder / "generator.json")
    return folder


def pack_other(inputs: Inputs, folder: Path, name: str = "sse") -> Path:
    """Pack another generator than spgn, untrained, which makes single windows."""
    graph_weights, config = read_weights(inputs.path("graphs")), tiny_config()
    generator = make_generator(
        name, layout_of(tuple(graph_weights)), adjacency(graph_weights), config
    )
    model = folder.parent / name
    save_checkpoint(model, name, generator, config, {"n_train_windows": 1})
    more = {"model": model / "model.json", "checkpoint": model / CHECKPOINT}
    return pack(Inputs(dict(inputs.paths) | more), folder)


def recorded_run(inputs: Inputs, root: Path) -> Path:
    """Copy a results folder with a generator, and add the records of its jobs."""
    shutil.copytree(inputs.path("model").parents[2], root)
    shutil.copytree(inputs.path("clip").parent, root / "clip", dirs_exist_ok=True)
    config = load(OPTIONS)
    results = Results(str(root), config.model_dump(mode="json"))
    made = [str(root / name) for name in RESULTS.values()]
    model = [str(root / "models" / "spgn" / name) for name in ("model.json", CHECKPOINT)]
    options = slice_of(config, *PACKED_OPTIONS, "embed.captions")
    results.record(made, rule="clip_model", options=options, inputs=[])
    results.record(model, rule="train", options=slice_of(config, "train"), inputs=made)
    sampled = {"rule": "sample", "options": slice_of(config, "sample"), "inputs": {}}
    write_record(root / "made_from" / "samples" / "spgn" / "part-000.json.json", sampled)
    return root

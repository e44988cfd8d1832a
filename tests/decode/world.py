"""Files of a small run: three people, four concepts, EEG with a planted signal, picture models."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.models.decoders.planted import CHANNELS, CONCEPTS, CONFIG, N_RUN, SFREQ, T, planted_clips
from tests.pictures.tiny import F, tiny_options
from videeg_pipe.contracts.decoding import DecodingRow
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.contracts.pictures import write_arrays
from videeg_pipe.contracts.tables import TABLES, write_table
from videeg_pipe.decode.stage import adapt_decoder, train_decoder
from videeg_pipe.pictures.generator import train_generator
from videeg_pipe.pictures.vae import train_vae
from videeg_pipe.reconstruct.ceilings import reconstruct_ceilings
from videeg_pipe.reconstruct.stage import reconstruct
from videeg_pipe.runtime.files import sha256_file, write_npy, write_record

PEOPLE = ("sub1", "sub2", "sub3")
KNOWN, NEW = list(PEOPLE[:2]), ["sub3"]
GROUPS = {"known": KNOWN, "single": KNOWN[:1], "new": NEW}
SIDE, BLOCKS = 32, 3
CONFIGURATION: dict[str, Any] = CONFIG | {
    "run": {"seed": 1},
    "decode": {"threads": 1, "clips_per_run": None},
    "decoders": CONFIG["decoders"] | {"steps": 3},
    "mapper": {
        "source": "mean",
        "match_variance": False,
        "steps": 3,
        "learning_rate": 1e-3,
        "head_learning_rate": 1e-3,
    },
    "pictures": {"steps": 2, "guidance": 2.0, "strength": 0.5},
}


def write_clips(root: Path, *, poison: bool = False) -> Path:
    """Write EEG, clips, frames and text of two training blocks and a test block.

    Args:
        root: Folder of the results.
        poison: Change everything that belongs to the test block.
    """
    clips = planted_clips(PEOPLE, blocks=BLOCKS)
    m = len(clips.text)
    block = np.arange(m) // (m // BLOCKS)
    held_out = block == BLOCKS - 1
    eeg, text = clips.eeg.copy(), clips.text.copy()
    rng = np.random.default_rng(0)
    concept = np.array([CONCEPTS.index(name) for name in clips.concept[:m]])
    colours = rng.integers(40, 216, (len(CONCEPTS), 3))[concept] + rng.integers(-30, 30, (m, 1))
    stripes = 30 * np.sin(np.arange(SIDE) * (1 + concept[:, None]) / 3)  # (m, SIDE)
    frames = colours[:, None, None, None] + stripes[:, None, None, :, None]
    frames = frames + 10 * np.arange(F)[:, None, None, None]
    frames = np.broadcast_to(frames, (m, F, SIDE, SIDE, 3)).clip(0, 255).astype(np.uint8)
    if poison:
        eeg[np.tile(held_out, len(PEOPLE))] *= -7
        text[held_out] += 9
        frames[held_out] = 255 - frames[held_out]
    stimulus = np.array([f"v{b}-c{i:03d}" for i, b in enumerate(block)])
    stimuli = pd.DataFrame(
        {
            "stimulus_id": stimulus,
            "run_id": np.repeat(stimulus[::N_RUN], N_RUN),
            "position": np.arange(m) % N_RUN + 1,
            "video_id": [f"v{b}" for b in block],
            "video_start_s": 2.0 * np.arange(m),
            "concept_id": concept,
            "concept": clips.concept[:m],
            "caption": clips.concept[:m],
            "split": np.where(held_out, "test", "train"),
        }
    )
    write_table(root / "pictures" / "stimuli.parquet", "stimuli", stimuli)
    write_arrays(root / "pictures" / "frames.json", {"frames": frames}, frame_rate=2.0)
    empty = np.zeros(text.shape[1:], np.float32)
    write_arrays(root / "pictures" / "texts.json", {"texts": text, "empty": empty})
    tables, entries = [], []
    for person in PEOPLE:
        path = root / "eeg" / f"{person}.npy"
        own = eeg[clips.subject == person]  # (m, C, T)
        write_npy(path, own.transpose(1, 0, 2).reshape(len(CHANNELS), -1))
        entries.append({"recording_id": person, "subject": person, "sha256": sha256_file(path)})
        place = {
            "clip_id": [f"{person}-{name}" for name in stimulus],
            "recording_id": person,
            "subject": person,
            "block": block + 1,
            "start_sample": T * np.arange(m),
            "n_samples": T,
        }
        tables.append(stimuli.assign(**place))
    write_table(root / "clips_cut.parquet", "clips_cut", _ordered(pd.concat(tables)))
    index = {
        "channels": list(CHANNELS),
        "positions_m": electrode_positions(CHANNELS).tolist(),
        "sfreq": SFREQ,
        "reference": "average",
        "recordings": entries,
    }
    write_record(root / "eeg" / "index.json", index)
    return root


def write_pictures(root: Path) -> Path:
    """Train the picture models for some steps."""
    options = tiny_options(vae_training={"steps": 60, "batch_size": 8, "learning_rate": 2e-3})
    for train, name in ((train_vae, "vae"), (train_generator, "generator")):
        train(config=options, seed=1, manifest=root / "pictures" / f"{name}.json")
    return root


def files(root: Path) -> dict[str, Any]:
    """Return the arguments that the stages share."""
    return {
        "clips_cut": root / "clips_cut.parquet",
        "index": root / "eeg" / "index.json",
        "pictures": root / "pictures",
        "config": CONFIGURATION,
    }


def train(root: Path, name: str, people: str = "known", *, number: int = 0) -> Path:
    """Train a decoder on known people, or on one."""
    own = KNOWN if people == "known" else [people.removeprefix("of-")]
    record = root / "decoders" / name / people / f"seed-{number}" / "decoder.json"
    train_decoder(name, own, number=number, record=record, **files(root))
    return record


def adapt(root: Path, rows: list[DecodingRow]) -> Path:
    """Adapt a decoder to the new person."""
    record = root / "adapted" / f"{rows[0].decoder}.json"
    adapt_decoder(rows, NEW, results=root, record=record, **files(root))
    return record


def draw(root: Path, rows: list[DecodingRow]) -> Path:
    """Reconstruct the rows of a decoder."""
    record = root / "reconstructions" / f"{rows[0].decoder}.json"
    reconstruct(rows, GROUPS, results=root, record=record, **files(root))
    return record


def ceilings(root: Path) -> Path:
    """Make all ceilings."""
    record = root / "reconstructions" / "ceilings.json"
    names = ["codec", "generator", "information"]
    reconstruct_ceilings(names, pictures=root / "pictures", config=CONFIGURATION, record=record)
    return record


ROWS = {
    "lookup": [DecodingRow("lookup", "cs"), DecodingRow("lookup", "new-0")],
    "ridge": [DecodingRow("ridge", "cs"), DecodingRow("ridge", "new-0")],
    "mean-clip": [DecodingRow("mean-clip", "cs"), DecodingRow("mean-clip", "new-0")],
    "shuffled": [DecodingRow("shuffled", "cs")],
    "sam-net": [
        DecodingRow("sam-net", "cs"),
        DecodingRow("sam-net", "cs", "own"),
        DecodingRow("sam-net", "cs", "no-latents"),
        DecodingRow("sam-net", "cs", "no-text"),
        DecodingRow("sam-net", "cs", "no-keyframe"),
        DecodingRow("sam-net", "new-0"),
        DecodingRow("sam-net", "new-p", percent=50, method="euclidean"),
    ],
}


def build_reconstructions(root: Path) -> None:
    """Train and adapt decoders, and draw the rows of `ROWS` and the ceilings."""
    write_pictures(write_clips(root))
    for name, rows in ROWS.items():
        train(root, name)
        if any(row.protocol == "new-p" for row in rows):
            adapt(root, rows[-1:])
        draw(root, rows)
    ceilings(root)


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    return table[list(TABLES["clips_cut"].columns)].reset_index(drop=True)

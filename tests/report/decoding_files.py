"""Files of the decode branch for its page: clips of known colours, scores with known answers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from videeg_pipe.contracts.decoding import (
    DecodingRow,
    held_out_clips,
    list_folders,
    write_reconstruction,
)
from videeg_pipe.contracts.pictures import write_arrays
from videeg_pipe.contracts.scores import Score, definitions, to_json, unknown
from videeg_pipe.contracts.tables import TABLES, write_parquet, write_table
from videeg_pipe.report.decoding import write_decoding_page
from videeg_pipe.runtime.files import write_record

GROUPS = {"known": ["sub1", "sub2"], "new": ["sub3"]}
RUNS, CLIPS, F, H, W = 6, 5, 3, 16, 16
CONCEPTS = ("bird", "car", "cup", "dog", "fish", "tree")
ROWS = [
    DecodingRow("lookup", "cs"),
    DecodingRow("lookup", "new-0"),
    DecodingRow("lookup", "new-p", percent=15, method="euclidean"),
    DecodingRow("mean-clip", "cs"),
    DecodingRow("mean-clip", "new-0"),
    DecodingRow("sam-net", "cs"),
    DecodingRow("sam-net", "cs", "own"),
    DecodingRow("sam-net", "cs", "no-text"),
    DecodingRow("no-centre", "cs", variant_of="sam-net"),
    DecodingRow("sam-net", "new-0"),
    DecodingRow("sam-net", "new-p", percent=15, method="euclidean"),
]
VALUES = {"lookup": 0.6, "mean-clip": 0.5, "sam-net": 0.58, "no-centre": 0.55}
"""Identification among all clips, by decoder."""


@dataclass(frozen=True)
class Files:
    """Arguments of the page, and its path."""

    root: Path
    scores: dict

    def write(self, **changes) -> str:
        """Write the page and return its text."""
        made = self.root / "reconstructions"
        write_record(self.root / "decoding.json", self.scores)
        paths = {
            "scores": self.root / "decoding.json",
            "clips": self.root / "decoding.parquet",
            "rows": sorted(made.glob("*.json")),
            "pictures": self.root / "pictures",
            "seed": 42,
            "source": "phantom",
            "out": self.root / "page.html",
        }
        write_decoding_page(**paths | changes)
        return paths["out"].read_text(encoding="utf-8")


def colours() -> np.ndarray:
    """Colour of each test stimulus, (n, 3): no two are alike."""
    n = RUNS * CLIPS
    return np.stack([np.linspace(20, 240, n), np.linspace(230, 30, n), np.full(n, 90)], 1)


def build(root: Path, mark: str = "", clips_per_run: int | None = None) -> Files:
    """Write stimuli, reconstructions and scores; every reconstruction is its true clip.

    Args:
        root: Folder of the results.
        mark: Appended to every concept.
        clips_per_run: Clips of each run that are reconstructed; None for all.
    """
    stimuli = _stimuli(mark)
    write_table(root / "pictures" / "stimuli.parquet", "stimuli", stimuli)
    shape = (RUNS * CLIPS, F, H, W, 3)
    frames = np.broadcast_to(colours()[:, None, None, None], shape).astype(np.uint8)
    frames = np.concatenate([np.zeros((CLIPS, *shape[1:]), np.uint8), frames])  # one training run
    write_arrays(root / "pictures" / "frames.json", {"frames": frames}, frame_rate=3.0)
    clips = _clips(stimuli, [person for of in GROUPS.values() for person in of])
    tables, manifests = [], {}
    for row in ROWS:
        table = held_out_clips(clips, GROUPS[row.group], clips_per_run)
        shown = stimuli.set_index("stimulus_id").index.get_indexer(table["stimulus_id"])
        manifest = root / "reconstructions" / row.name / "reconstruction.json"
        facts = {"row": row.facts(), "kind": _kind(row), "drawn": True, "minutes": _minutes(row)}
        write_reconstruction(manifest, {"frames": frames[shown]}, table, facts)
        manifests.setdefault(row.decoder, {})[row.name] = manifest
        score = np.linspace(0.9, 0.1, len(table))  # the last clip is the worst
        tables.append(table.assign(row=row.name, **{"identify_all.vae": score}))
    for decoder, of in manifests.items():
        list_folders(root / "reconstructions" / f"{decoder}.json", of)
    write_parquet(root / "decoding.parquet", pd.concat(tables, ignore_index=True))
    return Files(root, to_json(_scores()))


def _stimuli(mark: str) -> pd.DataFrame:
    n = (RUNS + 1) * CLIPS
    run = np.arange(n) // CLIPS
    concept = np.array([*CONCEPTS[:1], *CONCEPTS])[run]
    stimulus = np.array([f"v{r}-c{i % CLIPS}" for i, r in enumerate(run)])
    return pd.DataFrame(
        {
            "stimulus_id": stimulus, "run_id": np.repeat(stimulus[::CLIPS], CLIPS),
            "position": np.arange(n) % CLIPS + 1, "video_id": [f"v{r}" for r in run],
            "video_start_s": 2.0 * np.arange(n), "concept_id": run,
            "concept": [name + mark for name in concept], "caption": concept,
            "split": np.where(run == 0, "train", "test"),
        }
    )  # fmt: skip


def _clips(stimuli: pd.DataFrame, people: list[str]) -> pd.DataFrame:
    parts = [
        stimuli.assign(
            clip_id=[f"{person}-{name}" for name in stimuli["stimulus_id"]], recording_id=person,
            subject=person, block=1, start_sample=400 * np.arange(len(stimuli)), n_samples=400,
        )
        for person in people
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)[list(TABLES["clips_cut"].columns)]


def _kind(row: DecodingRow) -> str:
    return "decoder" if row.decoder == "sam-net" else "floor"


def _minutes(row: DecodingRow) -> float | None:
    return None if row.method is None else 3.0


def _score(value: float, **more) -> Score:
    return Score(value, value - 0.04, value + 0.04, n_presentations=60, n_runs=RUNS, **more)


def _scores() -> dict:
    facts = {
        name: {"people": of, "n_presentations": RUNS * CLIPS * len(of), "n_runs": RUNS}
        for name, of in GROUPS.items()
    }
    rows = {
        row.name: row.facts()
        | {"kind": _kind(row), "drawn": True, "minutes": _minutes(row)}
        | {"variance_ratio": None if row.method is None else 0.4}
        | {"r_squared": {"text": 0.1, "latents": 0.0}, "scores": _section(row)}
        | facts[row.group]
        for row in ROWS
    }
    linear = {"known": "lookup_cs", "new": "lookup_new-0"}
    comparisons = [
        {
            "group": row.group, "reference": linear[row.group], "row": row.name, "score": score,
            "difference": VALUES[row.decoder] - VALUES["lookup"], "low": -0.06, "high": 0.02,
            "p": 0.3, "p_holm": 0.6, "n_presentations": 60, "n_runs": RUNS, "n_people": 2,
            "people_low": None, "people_high": None,
        }
        for row in ROWS
        if row.name not in linear.values() and row.whole is None
        for score in ("identify_all.vae", "ssim")
    ]  # fmt: skip
    return {
        "rows": rows,
        "comparisons": comparisons,
        "ablations": [_difference(row, row.whole) for row in ROWS if row.whole is not None],
        "adaptations": [
            _difference(row, row.unadapted) for row in ROWS if row.unadapted is not None
        ],
        "csa": _CSA,
        "groups": {name: of | {"linear": linear[name]} for name, of in facts.items()},
        "ceilings": ["codec", "generator", "information"],
        "definitions": definitions("decoding"),
    }


def _difference(row: DecodingRow, whole: DecodingRow) -> dict:
    return {
        "group": row.group, "reference": whole.name, "row": row.name,
        "score": "identify_all.vae", "difference": -0.03, "low": -0.05, "high": -0.01,
        "p": 0.01, "p_holm": 0.02, "by_seed": [-0.02, -0.04], "seeds_low": -0.16, "seeds_high": 0.1,
    }  # fmt: skip


_CSA = {
    "n_people": 3, "true_order": ["sub2", "sub3", "sub1"],
    "mean": {"order": ["sub3", "sub2", "sub1"], "spearman": 0.25, "n_pairs": 3},
    "covariance": {"order": ["sub1", "sub2", "sub3"], "spearman": 0.75, "n_pairs": 3},
}  # fmt: skip


def _section(row: DecodingRow) -> dict:
    value = VALUES[row.decoder]
    above = {"codec": Score(1.0), "generator": Score(0.9), "information": Score(0.8)}
    skill = Score((value - 0.5) / 0.3, 0.0, 0.5, which="chance")
    people = {
        person: {"identify_all.vae": value + 0.02 * i, "ssim": None}
        for i, person in enumerate(GROUPS[row.group])
    }
    floors = {"mean_frame": Score(0.2), "concept_mean": Score(0.15), "other_clip": unknown("none")}
    return {
        "identify_all": {"vae": _score(value, chance=0.5, ceilings=above, skill=skill)},
        "ssim": _score(0.12, floors=floors, ceilings=above, skill=unknown("too few runs")),
        "diversity": _score(30.0, ceilings={"true": Score(45.0)}),
        "by": {"subject": people},
    }

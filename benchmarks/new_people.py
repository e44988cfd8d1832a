"""How well a generator serves people it was not trained on, with none or a few of their windows.

Each person of a finished run is left out of a training, then taught with more and more of their
training windows, and scored on their test windows, beside a generator that was trained with all.
Scales come from the other people, or from the windows that are taught. The graphs are the run's:
their correlations are averages over all people.

    python -m benchmarks.new_people results --configfile small.yaml --out new_people.json
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from numpy.typing import NDArray

from videeg_pipe.config import Config, load, slice_of
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.seeds import derive_seed
from videeg_pipe.models import Inputs
from videeg_pipe.models.adapt import adapt
from videeg_pipe.models.generator import Spgn
from videeg_pipe.models.registry import LoadedGenerator, load_generator
from videeg_pipe.preprocess.normalisation import subject_scale
from videeg_pipe.train import train
from videeg_pipe.validate.metrics import alignment, fidelity
from videeg_pipe.validate.metrics.draws import draw_windows
from videeg_pipe.validate.metrics.stats import pearson
from videeg_pipe.validate.tables import mean_and_interval

N_WINDOWS = (0, 25, 100, 400)


@dataclass(frozen=True)
class Tested:
    """Test windows of one person."""

    rows: pd.DataFrame
    real: NDArray[np.float32]  # (n, C, T) uV
    truth: NDArray[np.float32]  # (n, C, T) uV, the true evoked part; NaN where it is not known
    scale: NDArray[np.float32]  # (n, C, 1) uV, the run's
    config: Config

    @classmethod
    def read(cls, inputs: Inputs, subject: str, config: Config) -> "Tested":
        """Choose and cut the windows."""
        rows, store = inputs.windows("test"), inputs.eeg()
        rows = rows[rows["subject"] == subject].reset_index(drop=True)
        most, seed = config.evaluation.max_windows, config.run.seed
        rows = rows.iloc[alignment.choose_windows(rows, most, seed)].reset_index(drop=True)
        real, known = store.windows(rows), store.has_truth(rows)
        truth = store.windows(rows, truth=True) if known else np.full_like(real, np.nan)
        return cls(rows, real, truth, inputs.normalisation().scale(rows["subject"]), config)

    def score(
        self, loaded: LoadedGenerator, generator: Spgn, inputs: Inputs, scale: NDArray[np.floating]
    ) -> dict[str, float]:
        """Scores of a generator that works in this scale, (C,) uV; a few draws a window."""
        own, config = replace(loaded, generator=generator), self.config
        n_draws, seed = config.evaluation.mean_draws, config.run.seed
        draws = draw_windows(own, self.rows, inputs, config.sample, n_draws, seed)
        mean, drawn_uv = (part * scale[:, None] for part in (draws.mean, draws.samples))
        r = pearson(mean / self.scale, self.real / self.scale).mean()
        ceiling = pearson(self.truth / self.scale, self.real / self.scale).mean()
        sfreq = loaded.layout.sfreq
        generated, real = (
            fidelity.describe(x.astype(np.float32), sfreq) for x in (drawn_uv, self.real)
        )
        power = fidelity.band_power_ratio(generated, real)
        return {
            "conditional_mean_r": float(r),
            "r_over_ceiling": float(r / ceiling),
            "covariance_error": fidelity.covariance_error(generated, real),
            **{f"power_{name}": float(x) for name, x in zip(BANDS, power, strict=True)},
        }


def measure(
    results: Path,
    values: Mapping[str, Any],
    *,
    n_windows: Sequence[int] = N_WINDOWS,
    subjects: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Train, teach and score.

    Args:
        results: Folder of a finished run.
        values: What differs from the default configuration, as in a file for `--configfile`:
            `train`, `spgn`, `sample` and `evaluation` matter, the rest should be the run's.
        n_windows: Numbers of training windows to teach; those that a person has not are left out.
        subjects: Who is left out in turn; by default everybody.

    Returns:
        A row a person and number of windows; `known` says whether the generator was trained with
        them. Then rows of means over people with the limits of their 95 % t-interval.
    """
    inputs, config = _inputs(results), load(values)
    together = _trained(inputs, config, [])
    known, found = inputs.normalisation(), []
    for subject in subjects or together.layout.subjects:
        test, store = Tested.read(inputs, subject, config), inputs.eeg()
        windows = inputs.windows("train")
        windows = windows[windows["subject"] == subject]
        row = {"subject": subject, "known": True, "n_windows": len(windows)}
        found.append(row | test.score(together, together.generator, inputs, known.scales[subject]))

        alone = _trained(inputs, config, [subject])
        seed = derive_seed(config.run.seed, "new people", subject)
        order = np.random.default_rng(seed).permutation(len(windows))
        for n in (n for n in n_windows if n <= len(windows)):
            taught = windows.iloc[order[:n]]
            if n == 0:
                others = [scale for name, scale in known.scales.items() if name != subject]
                scale, generator = np.median(others, axis=0), alone.generator
            else:
                scale = subject_scale(store, taught, config.normalisation)
                x = torch.from_numpy(store.windows(taught) / scale[:, None]).float()
                told = alone.conditions(taught, inputs).batch(np.arange(n)).to(alone.device)
                rng = torch.Generator().manual_seed(seed)
                generator = adapt(alone.generator, x.to(alone.device), told, name=subject, rng=rng)
            row = {"subject": subject, "known": False, "n_windows": n}
            found.append(row | test.score(alone, generator, inputs, scale))
    rows = found + _means(pd.DataFrame(found))
    return [{key: None if value != value else value for key, value in row.items()} for row in rows]


def _inputs(results: Path) -> Inputs:
    return Inputs(
        {
            "cut": results / "windows" / "cut.parquet",
            "normalisation": results / "normalisation.json",
            "videos": results / "video" / "videos.json",
            "texts": results / "text" / "texts.json",
            "graphs": results / "graphs" / "graphs.safetensors",
            "index": results / "eeg" / "index.json",
        }
    )


def _trained(inputs: Inputs, config: Config, leave_out: list[str]) -> LoadedGenerator:
    options = slice_of(config, "run.seed", "condition", *config.architecture, "train")
    options["train"]["leave_out"] = leave_out
    with tempfile.TemporaryDirectory() as folder:
        train(config.run.model, inputs=inputs, config=options, folder=Path(folder))
        return load_generator(Path(folder))


def _means(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Means over people with the limits of their t-intervals; `people` says of how many."""
    rows = []
    taught = found["n_windows"].where(~found["known"])  # who is known has as many as there are
    for (known, n), group in found.groupby(["known", taught], sort=False, dropna=False):
        row: dict[str, Any] = {"subject": "mean", "known": bool(known), "people": len(group)}
        row["n_windows"] = None if pd.isna(n) else int(n)
        for name in group.columns.drop(["subject", "known", "n_windows"]):
            _, mean, low, high = mean_and_interval(group[name])
            row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    return rows


def main() -> None:
    """Print the table, and write it where asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished run")
    parser.add_argument("--configfile", type=Path, help="what differs from the defaults, YAML")
    parser.add_argument("--subjects", nargs="+", help="who is left out in turn; default everybody")
    parser.add_argument("--n-windows", nargs="+", type=int, default=N_WINDOWS)
    parser.add_argument("--out", type=Path, help="where the rows go, JSON")
    options = parser.parse_args()
    values = yaml.safe_load(options.configfile.read_text()) if options.configfile else {}
    rows = measure(options.results, values, n_windows=options.n_windows, subjects=options.subjects)
    print(pd.DataFrame(rows).iloc[:, :11].to_string(index=False, float_format="%.3f"))
    if options.out:
        pd.DataFrame(rows).to_json(options.out, orient="records", indent=2)  # NaN as null


if __name__ == "__main__":
    main()

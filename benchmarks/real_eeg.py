"""Figures of generated beside real EEG, for docs/real-eeg.md.

`python -m benchmarks.real_eeg fpvs <results> <png>` draws the evoked response to the stream of
pictures; `python -m benchmarks.real_eeg ssvep <results> <png>` the decoders and the spectra of
people who look at a flicker. Samples are drawn with the sampler of the run's release, and the
training sets are those of the default options of `ssvep`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import mne
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import load_checkpoint
from videeg_pipe.runtime.files import read_record
from videeg_pipe.scoring.draws import draw_windows

# black and vermilion of Okabe and Ito (2008), distinguishable with any colour vision
_REAL, _GENERATED = "#000000", "#D55E00"
_COLOURS = {"real": _REAL, "generated": _GENERATED}
_DRAWS = 16  # per window, for its mean
OCCIPITAL = ("O1", "Oz", "O2", "PO7", "PO8")
_CYCLE_HZ = 6.0
_PHASES = 32  # bins of a cycle
_SETS = {
    "generated": "generated, for other people",
    "generated-new": "generated, for this unknown person",
    "others": "real EEG of other people",
    "own-8": "8 own trials",
    "own-8+generated": "8 own trials + generated",
    "own-8+others": "8 own trials + other people",
    "own-16": "16 own trials",
    "own-32": "32 own trials",
}


def draw_fpvs(results: Path, path: Path) -> None:
    """Draw the mean cycle at occipital electrodes, its maps, and spectra, of all test windows."""
    inputs = inputs_of(results)
    windows, store = inputs.windows("test"), inputs.eeg()
    scale = inputs.normalisation().scale(windows["subject"])
    loaded = load_checkpoint(results / "models" / "spgn")
    draws = draw_windows(loaded, windows, inputs, sampler_of(results), _DRAWS, seed=0)
    real, mean, samples = store.windows(windows), draws.mean * scale, draws.samples * scale
    picks = [store.channels.index(name) for name in OCCIPITAL]
    widths = [4, 2, 2, 4]
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained", width_ratios=widths)
    cycles = {
        kind: _mean_cycle(x, windows, store.sfreq)
        for kind, x in (("real", real), ("generated", mean))
    }
    times_ms = (np.arange(_PHASES) + 0.5) / _PHASES / _CYCLE_HZ * 1000
    for kind, cycle in cycles.items():
        axes[0].plot(times_ms, cycle[picks].mean(0), color=_COLOURS[kind], label=kind)
    axes[0].set(title="mean cycle, occipital", xlabel="time in the cycle (ms)", ylabel="µV")
    axes[0].legend(frameon=False)
    peak = int(np.abs(cycles["real"][picks].mean(0)).argmax())
    info = mne.create_info(list(store.channels), store.sfreq, "eeg")
    places = dict(zip(store.channels, store.positions, strict=True))
    info.set_montage(mne.channels.make_dig_montage(places, coord_frame="head"))
    limit = float(np.abs(cycles["real"][:, peak]).max())
    for panel, (kind, cycle) in zip(axes[1:3], cycles.items(), strict=True):
        mne.viz.plot_topomap(cycle[:, peak], info, axes=panel, vlim=(-limit, limit), show=False)
        panel.set_title(f"{kind}, {times_ms[peak]:.0f} ms")
    spectra = {"real": real[:, picks], "generated": samples[:, picks]}
    _draw_spectra(axes[3], spectra, store.sfreq)
    axes[3].set_title("spectrum, occipital")
    _save(figure, path)


def inputs_of(results: Path) -> Inputs:
    """Return windows, recordings and features of a run."""
    names = {
        "cut": "windows/cut.parquet", "index": "eeg/index.json", "videos": "video/videos.json",
        "texts": "text/texts.json", "normalisation": "normalisation.json",
    }  # fmt: skip
    return Inputs({name: results / file for name, file in names.items()})


def sampler_of(results: Path) -> SampleOptions:
    """Return the options that the release of a run was sampled with."""
    part = read_record(results / "samples" / "spgn" / "part-000.json")
    return SampleOptions.model_validate(part["sampler"])


def draw_ssvep(results: Path, path: Path) -> None:
    """Draw accuracies of the decoder `cca` per person, and the SNR per person."""
    table = pd.read_csv(results / "evaluation" / "ssvep.csv")
    own = table[table["decoder"] == "cca"].set_index("training")
    people = [name for name in own.columns if name.startswith("sub-")]
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained", width_ratios=[5, 3])
    names = [name for name in _SETS if name in own.index]
    for place, name in enumerate(reversed(names)):
        colour = _GENERATED if "generated" in name else _REAL
        shares = own.loc[name, people].astype(float)
        axes[0].plot(shares, np.full(len(people), place), "o", color=colour, alpha=0.25, ms=4)
        axes[0].plot(own.loc[name, ["low", "high"]].astype(float), [place] * 2, color=colour, lw=2)
        axes[0].plot(own.loc[name, "accuracy"], place, "D", color=colour, ms=6)
    axes[0].set_yticks(range(len(names)), [_SETS[name] for name in reversed(names)])
    axes[0].axvline(float(own["chance"].iloc[0]), color="#888888", lw=0.8)
    axes[0].set(xlabel="accuracy per trial", xlim=(0, 1), title="decoder cca trained on")
    snr = pd.read_csv(results / "evaluation" / "ssvep_snr.csv")
    for mark, (hz, own_snr) in zip("os^", snr.groupby("hz"), strict=True):
        axes[1].loglog(own_snr["real"], own_snr["generated"], mark, color=_GENERATED, ms=5,
                       alpha=0.7, label=f"{hz:g} Hz")  # fmt: skip
    ends = [0.5, float(snr["real"].max()) * 1.2]
    axes[1].plot(ends, ends, color="#888888", lw=0.8)
    axes[1].set(
        xlabel="SNR, real",
        ylabel="SNR, generated for this unknown person",
        title="power at the flicker",
    )
    axes[1].legend(frameon=False)
    _save(figure, path)


def _mean_cycle(x: NDArray[Any], windows: pd.DataFrame, sfreq: float) -> NDArray[np.float64]:
    """Mean over the cycles of the stimulus by phase, (C, phases)."""
    times_s = windows["video_time_s"].to_numpy()[:, None] + np.arange(x.shape[-1]) / sfreq
    bins = np.floor(times_s * _CYCLE_HZ % 1 * _PHASES).astype(int)  # (n, T)
    flat = x.transpose(1, 0, 2).reshape(x.shape[1], -1)
    return np.stack([flat[:, bins.ravel() == place].mean(1) for place in range(_PHASES)], 1)


def _draw_spectra(axes: Axes, kinds: dict[str, NDArray[Any]], sfreq: float) -> None:
    for kind, x in kinds.items():
        n = x.shape[-1]
        power = (np.abs(np.fft.rfft(x * np.hanning(n))) ** 2).mean((0, 1)) / (sfreq * n * 0.375)
        freqs = np.fft.rfftfreq(n, 1 / sfreq)
        shown = (freqs >= 1) & (freqs <= 40)
        axes.semilogy(freqs[shown], 2 * power[shown], label=kind,
                      color=_COLOURS[kind])  # fmt: skip
    axes.set(xlabel="frequency (Hz)", ylabel="µV²/Hz")
    axes.legend(frameon=False)


def _save(figure: Any, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def main(arguments: Sequence[str]) -> None:
    """Draw one figure."""
    kind, results, path = arguments
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        {"fpvs": draw_fpvs, "ssvep": draw_ssvep}[kind](Path(results), Path(path))


if __name__ == "__main__":
    main(sys.argv[1:])

"""Figures of the page, drawn from the arrays of figures.npz."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.scores import score_spec
from videeg_pipe.contracts.tables import SPLITS
from videeg_pipe.report.forest import Dot, forest
from videeg_pipe.report.scalp_maps import scalp_maps
from videeg_pipe.report.svg import FIGURE_IN, GENERATED, REAL, TRUTH, Arrays, Picture, picture

_SPLIT_COLOURS = dict(zip(SPLITS, (REAL, TRUTH, GENERATED), strict=True))
_LETTERS = {"delta": "δ", "theta": "θ", "alpha": "α", "beta": "β", "gamma": "γ"}
_MAX_BARS = 24
_N_TRACE_CHANNELS = 10
_CORRELATIONS = (
    "ceiling_r", "ceiling_r_repeats", "ceiling_r_between_subjects", "conditional_mean_r",
    "perfect_sample_r", "sample_r", "blank_video_r", "shuffled_video_r", "wrong_time_r",
    "mean_response_r",
)  # fmt: skip
"""Scores of section `alignment` in one figure, from top to bottom."""


def spectra(arrays: Arrays) -> Picture:
    """Draw median spectra with quartiles."""
    figure, axes = _axes(3.0)
    freqs = arrays["freqs"]
    inside = (freqs >= BANDS["delta"][0]) & (freqs <= BANDS["gamma"][1])
    for name, colour in (("real", REAL), ("generated", GENERATED)):
        low, middle, high = arrays[f"psd_{name}"][:, inside]
        axes.fill_between(freqs[inside], low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(freqs[inside], middle, color=colour, label=name)
    for place, (band, (low, high)) in enumerate(BANDS.items()):
        if place % 2:
            axes.axvspan(low, high, color="#888888", alpha=0.12, linewidth=0)
        middle, above = (low + high) / 2, axes.get_xaxis_transform()
        axes.text(middle, 1.02, _LETTERS[band], transform=above, ha="center")
    axes.set(
        yscale="log", xlabel="frequency (Hz)", ylabel="power (µV²/Hz)", xlim=(0, BANDS["gamma"][1])
    )
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend(loc="upper right")
    return picture(
        figure,
        "Power spectra of real and generated windows, median and quartiles over windows, averaged "
        "over electrodes.",
        "Spectra averaged over electrodes. Line: median over windows; shade: quartiles. The shades "
        "should overlap at all frequencies, the alpha peak included.",
    )


def autocorrelation(arrays: Arrays) -> Picture:
    """Draw the autocorrelation, real and generated."""
    figure, axes = _axes(3.0)
    n = len(arrays["autocorrelation_real"])
    lags = np.arange(1, n + 1) / arrays["sfreq"] * 1000
    for name, colour in (("real", REAL), ("generated", GENERATED)):
        axes.plot(lags, arrays[f"autocorrelation_{name}"], color=colour, label=name)
    axes.axhline(0, color="#888888", linewidth=0.8)
    axes.set(xlabel="lag (ms)", ylabel="autocorrelation")
    axes.legend()
    return picture(
        figure,
        "Autocorrelation of real and generated windows against lag.",
        "Similarity of the signal to itself after a lag. A curve below the real one means too "
        "much noise, a curve above it too smooth a signal.",
    )


def covariances(arrays: Arrays) -> Picture:
    """Draw the covariance between electrodes, real and generated."""
    figure, both = plt.subplots(1, 2, figsize=(FIGURE_IN, 2.5), layout="constrained")
    limit = max(np.abs(arrays[f"covariance_{name}"]).max() for name in ("real", "generated"))
    for axes, name in zip(both, ("real", "generated"), strict=True):
        image = axes.imshow(
            arrays[f"covariance_{name}"], cmap="RdBu_r", vmin=-limit, vmax=limit, rasterized=True
        )
        axes.grid(visible=False)
        axes.set(title=name, xlabel="electrode", xticks=[], yticks=[])
    both[0].set_ylabel("electrode")
    bar = figure.colorbar(image, ax=both, shrink=0.8)
    bar.set_label("covariance (µV²)")
    return picture(
        figure,
        "Covariance matrices between electrodes, real and generated, on one colour scale.",
        "Electrodes in the order of the recording. A block or stripe in only one matrix is "
        "spatial structure that the generator misses or adds.",
    )


def band_ratios(fidelity: Mapping[str, Any]) -> Picture:
    """Draw band power ratios with their floors, real against real."""
    figure, axes = _axes(2.7)
    ratios = fidelity["band_power_ratio"]
    for place, band in enumerate(BANDS):
        entry = ratios[band]
        if entry["value"] is None:
            continue
        floor = entry["floor"]
        if floor and floor["value"] is not None:
            axes.plot(
                [floor["low"], floor["high"]], [place] * 2, color=REAL, linewidth=9, alpha=0.35,
                solid_capstyle="butt", label="real against real" if place == 0 else None,
            )  # fmt: skip
        axes.plot(entry["value"], place, "o", color=GENERATED, label=None if place else "generated")
    axes.axvline(1, color="#888888", linewidth=0.8)
    axes.set(
        xscale="log", xlabel="power, generated / real", yticks=range(len(BANDS)),
        yticklabels=list(BANDS), ylim=(len(BANDS) - 0.5, -0.5),
    )  # fmt: skip
    low, high = axes.get_xlim()
    reach = max(1.25, high, 1 / low)
    axes.set_xlim(1 / reach, reach)
    ticks = [t for t in (0.1, 0.2, 0.5, 0.8, 1, 1.25, 2, 5, 10) if 1 / reach <= t <= reach]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_xticks([], minor=True)
    figure.legend(loc="outside upper center", ncols=2)
    return picture(
        figure,
        "Ratio of generated to real power by band: "
        + ", ".join(f"{b} {_short(ratios[b]['value'])}" for b in BANDS)
        + ".",
        "Ideal 1. Bar: floor, the ratio between two halves of the real windows. A dot inside the "
        "bar is as good as real windows.",
    )


def correlations(alignment: Mapping[str, Any]) -> Picture:
    """Draw known correlations with their intervals, one row per score."""
    dots = [
        Dot(
            score_spec("alignment", name).label,
            entry["value"],
            None if entry.get("low") is None else (entry["low"], entry["high"]),
            kind="ceiling" if "ceiling" in name else "generator",
        )
        for name in _CORRELATIONS
        for entry in [alignment[name]]
        if entry["value"] is not None
    ]
    return forest(
        dots,
        "r with the real window",
        "Dot: mean over windows; bar: 95 % interval over clips. The conditional mean should lie "
        "far above r with other videos and r without video, and near the ceiling.",
    )


def lag_curve(arrays: Arrays, peak_ms: float) -> Picture:
    """Draw the correlation against lag."""
    figure, axes = _axes(2.6)
    lags = arrays["lag_ms"]
    axes.fill_between(
        lags, arrays["lag_r_low"], arrays["lag_r_high"], color=GENERATED, alpha=0.25, linewidth=0
    )
    axes.plot(lags, arrays["lag_r"], color=GENERATED)
    axes.axvline(0, color="#888888", linewidth=0.8)
    axes.axvline(peak_ms, color=TRUTH, linestyle="--", label=f"peak, {peak_ms:g} ms")
    axes.set(xlabel="lag of the generated windows (ms)", ylabel="r")
    axes.legend()
    return picture(
        figure,
        f"Correlation of conditional means with real windows against lag; peak at {peak_ms:g} ms.",
        "A peak at 0 ms means that the response has the right latency; a peak elsewhere, that "
        "video and EEG are misaligned. At chance the peak is meaningless.",
    )


def evoked(arrays: Arrays) -> list[Picture]:
    """Draw responses to clip onset: strongest electrode, field power, maps at the peak."""
    kinds = {
        name: (arrays[f"evoked_{name}"], colour)
        for name, colour in (("real", REAL), ("generated", GENERATED), ("truth", TRUTH))
        if f"evoked_{name}" in arrays
    }
    reference = kinds["truth" if "truth" in kinds else "real"][0]
    power = reference.std(0)
    channel, peak = np.abs(reference).max(1).argmax(), power.argmax()
    times = np.arange(reference.shape[1]) / arrays["sfreq"] * 1000
    name = arrays["channels"][channel]
    n_real, n_generated = arrays["evoked_n"]
    shown = ", ".join(kinds)
    over = f"{n_real} real and {n_generated} generated windows at the start of a clip"
    return [
        _courses(
            times,
            {kind: (values[channel], colour) for kind, (values, colour) in kinds.items()},
            f"potential at {name} (µV)",
            f"Average response to clip onset at electrode {name}: {shown}.",
            f"Electrode {name}, average over {over}. Peaks should agree in latency and sign.",
        ),
        _courses(
            times,
            {kind: (values.std(0), colour) for kind, (values, colour) in kinds.items()},
            "global field power (µV)",
            f"Global field power of the response to clip onset: {shown}.",
            "Standard deviation over electrodes at each moment: the strength of the response. "
            "Residual noise after averaging raises the whole curve.",
        ),
        picture(
            scalp_maps(
                arrays,
                {kind: values[:, peak] for kind, (values, _) in kinds.items()},
                _symmetric(np.concatenate([values[:, peak] for values, _ in kinds.values()])),
                "RdBu_r",
                "potential (µV)",
            ),
            f"Scalp maps of the response {times[peak]:.0f} ms after clip onset: {shown}.",
            f"The response at its maximum, {times[peak]:.0f} ms after clip onset.",
        ),
    ]


def traces(arrays: Arrays, n: int) -> list[Picture]:
    """Draw example windows, real above generated, on one scale."""
    order = np.argsort(-arrays["positions"][:, 1])
    rows = order[np.linspace(0, len(order) - 1, min(_N_TRACE_CHANNELS, len(order))).astype(int)]
    pictures = []
    for place in range(min(n, len(arrays["trace_real"]))):
        pair = {
            "real": (arrays["trace_real"][place][rows], REAL),
            "generated": (arrays["trace_generated"][place][rows], GENERATED),
        }
        step = 4 * float(np.median(pair["real"][0].std(1))) or 1.0
        figure, both = plt.subplots(
            2, 1, figsize=(FIGURE_IN, 4.6), sharex=True, sharey=True, layout="constrained"
        )
        for axes, (kind, (values, colour)) in zip(both, pair.items(), strict=True):
            times = np.arange(values.shape[1]) / arrays["sfreq"]
            axes.plot(
                times, (values - step * np.arange(len(rows))[:, None]).T, color=colour, lw=0.8
            )
            axes.set_title(kind)
            axes.set_yticks(-step * np.arange(len(rows)), arrays["channels"][rows], fontsize=8)
            axes.set_xlim(0, len(times) / arrays["sfreq"])
        both[1].set_xlabel("time (s)")
        about = f"subject {arrays['trace_subject'][place]}, {arrays['trace_concept'][place]}"
        pictures.append(
            picture(
                figure,
                f"Traces of one real window and the sample generated for it, {about}.",
                f"{about[0].upper()}{about[1:]} (window {arrays['trace_window'][place]}). Traces "
                f"are {step:.3g} µV apart; electrodes from front to back.",
            )
        )
    return pictures


def counts(table: Mapping[str, Mapping[str, int]], unit: str) -> Picture:
    """Draw the number of samples per subject or video, by split."""
    names = sorted(table, key=lambda name: -table[name]["total"])
    shown = sorted(names[:_MAX_BARS])
    figure, axes = _axes(1.1 + 0.22 * len(shown))
    left = np.zeros(len(shown))
    for split, colour in _SPLIT_COLOURS.items():
        width = np.array([table[name][split] for name in shown])
        axes.barh(range(len(shown)), width, left=left, color=colour, label=split, edgecolor="none")
        left += width
    for place, total in enumerate(left):
        axes.text(total, place, f" {total:.0f}", va="center")
    axes.set(
        yticks=range(len(shown)), yticklabels=shown, ylim=(len(shown) - 0.4, -0.6),
        xlabel="samples", xlim=(0, left.max() * 1.12),
    )  # fmt: skip
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside upper center", ncols=len(SPLITS))
    rest = len(names) - len(shown)
    return picture(
        figure,
        f"Samples per {unit}, by split: "
        + ", ".join(f"{name} {table[name]['total']}" for name in shown)
        + ".",
        f"Samples per {unit}, by split"
        + (f"; the {len(shown)} largest of {len(names)}." if rest else ".")
        + " Equal bars mean a balanced data set.",
    )


def history(epochs: NDArray[Any], losses: Mapping[str, NDArray[Any]]) -> Picture:
    """Draw the losses by epoch."""
    figure, axes = _axes(2.8)
    for (name, values), colour in zip(losses.items(), (REAL, GENERATED, TRUTH), strict=False):
        axes.plot(epochs, values, color=colour, label=name)
    axes.set(xlabel="epoch", ylabel="loss")
    axes.legend()
    return picture(
        figure,
        "Losses by epoch of training: "
        + ", ".join(f"{name} ends at {_short(values[-1])}" for name, values in losses.items())
        + ".",
        "A rising validation loss with a falling training loss means overfitting. If both still "
        "fall at the end, more epochs would help.",
    )


def _axes(height: float) -> tuple[Figure, Axes]:
    return plt.subplots(figsize=(FIGURE_IN, height), layout="constrained")


def _courses(
    times: NDArray[Any],
    courses: Mapping[str, tuple[NDArray[Any], str]],
    label: str,
    alt: str,
    caption: str,
) -> Picture:
    figure, axes = _axes(2.6)
    for name, (values, colour) in courses.items():
        axes.plot(times, values, color=colour, label=name, zorder=3 if name == "generated" else 2)
    axes.axhline(0, color="#888888", linewidth=0.8)
    axes.set(xlabel="time from clip onset (ms)", ylabel=label)
    axes.legend()
    return picture(figure, alt, caption)


def _symmetric(values: NDArray[Any]) -> tuple[float, float]:
    limit = float(np.abs(values).max()) or 1.0
    return -limit, limit


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"

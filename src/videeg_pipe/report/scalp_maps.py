"""Scalp maps, of few electrodes as discs."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import mne
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.montage import FEW
from videeg_pipe.report.head import flat_places
from videeg_pipe.report.svg import FIGURE_IN, Arrays, Picture, picture


def band_maps(arrays: Arrays) -> list[Picture]:
    """Draw scalp maps of each band's power, real and generated, on one colour scale."""
    pictures = []
    for i, (band, (low, high)) in enumerate(BANDS.items()):
        maps = {"real": arrays["power_real"][i], "generated": arrays["power_generated"][i]}
        both = np.concatenate(list(maps.values()))
        figure = scalp_maps(arrays, maps, (both.min(), both.max()), "viridis", "power (µV²)")
        title = f"{band.capitalize()}, {low:g} to {high:g} Hz"
        figure.suptitle(title, fontsize=11, fontweight="bold")
        pictures.append(
            picture(
                figure,
                f"Scalp maps of {band} power, real and generated. Real: mean "
                f"{maps['real'].mean():.3g} µV², largest at {_largest(arrays, maps['real'])}. "
                f"Generated: mean {maps['generated'].mean():.3g} µV², largest at "
                f"{_largest(arrays, maps['generated'])}.",
                f"{title}. Both maps have the same colour scale.",
            )
        )
    return pictures


def scalp_maps(
    arrays: Arrays,
    maps: Mapping[str, NDArray[Any]],
    limits: tuple[float, float],
    colours: str,
    label: str,
) -> Figure:
    """Draw one map per kind of EEG, side by side, on one colour scale.

    Args:
        arrays: figures.npz, for the electrodes.
        maps: Title to one value per electrode, (C,).
        limits: Values at the ends of the colour scale.
        colours: Name of the colour map.
        label: Of the colour scale.
    """
    info = _info(arrays)
    figure, axes = plt.subplots(1, len(maps), figsize=(FIGURE_IN, 2.3), layout="constrained")
    for place, (name, values) in zip(np.atleast_1d(axes), maps.items(), strict=True):
        if len(values) < FEW:
            image = _discs(place, info, values, limits, colours)
        else:
            image, _ = mne.viz.plot_topomap(
                values,
                info,
                axes=place,
                vlim=limits,
                cmap=colours,
                contours=0,
                sensors=False,
                show=False,
            )
        for outline in place.lines:
            outline.set_color("#888888")  # on a light map and on a dark page alike
        place.set_title(name, fontweight="normal")
    bar = figure.colorbar(image, ax=axes, shrink=0.7)
    bar.set_label(label)
    return figure


def _info(arrays: Arrays) -> mne.Info:
    names = [str(name) for name in arrays["channels"]]
    info = mne.create_info(names, float(arrays["sfreq"]), "eeg")
    places = dict(zip(names, arrays["positions"], strict=True))
    info.set_montage(mne.channels.make_dig_montage(places, coord_frame="head"))
    return info


def _discs(
    axes: Axes,
    info: mne.Info,
    values: NDArray[Any],
    limits: tuple[float, float],
    colours: str,
) -> PathCollection:
    """Draw few electrodes as discs on a head: between and beyond them nothing is known."""
    places = flat_places(np.array([channel["loc"][:3] for channel in info["chs"]]))
    turn = np.linspace(0, 2 * np.pi, 100)
    axes.plot(np.cos(turn), np.sin(turn), linewidth=1)
    axes.plot([-0.12, 0, 0.12], [0.99, 1.14, 0.99], linewidth=1)  # nose
    axes.set_aspect("equal")
    axes.set_axis_off()
    low, high = limits
    x, y = places.T
    return axes.scatter(x, y, c=values, s=70, cmap=colours, vmin=low, vmax=high, zorder=3)


def _largest(arrays: Arrays, values: NDArray[Any]) -> str:
    return str(arrays["channels"][values.argmax()])

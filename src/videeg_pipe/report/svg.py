"""Matplotlib figures as inline SVG with the page's text colour."""

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from markupsafe import Markup, escape
from matplotlib.figure import Figure
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
"""Arrays of figures.npz, by name."""

REAL, GENERATED, TRUTH = "#3d8bd4", "#e8792b", "#2ca089"
"""Colours of real EEG, generated EEG and the true evoked part, for light and dark pages."""

FIGURE_IN = 4.8
"""Width of a figure, inches: small enough for two columns."""

_INK = "#010101"
_STYLE = {
    "axes.edgecolor": _INK,
    "axes.grid": True,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 10.5,
    "font.sans-serif": ["DejaVu Sans"],
    "grid.alpha": 0.15,
    "grid.color": _INK,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "patch.edgecolor": _INK,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "text.color": _INK,
    "text.parse_math": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


@dataclass(frozen=True)
class Picture:
    """A figure of the page with its caption."""

    svg: Markup
    caption: str


@contextmanager
def page_style() -> Iterator[None]:
    """Draw in the page's style."""
    with mpl.rc_context(_STYLE):
        yield


def picture(figure: Figure, alt: str, caption: str) -> Picture:
    """Convert a figure to SVG for an HTML page, and close it.

    Args:
        figure: Drawn in `page_style`.
        alt: Description for screen readers.
        caption: Text below the figure.
    """
    name = f"f{zlib.crc32(alt.encode()):08x}"
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)  # the page defines the same rule
    text = re.sub(r' xmlns(:xlink)?="[^"]*"| version="[^"]*"', "", text)
    text = re.sub(r"#010101|#000000", "currentColor", text)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(url\(#|xlink:href="#)', rf"\1{name}-", text)
    text = text.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)
    return Picture(Markup(text), caption)  # noqa: S704 — Matplotlib escapes what it draws

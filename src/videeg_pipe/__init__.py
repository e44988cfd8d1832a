"""VidEEG-Gen: EEG generated from video, from raw recordings to a validated release.

The names in `__all__` are the public interface; they are imported at their first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from videeg_pipe.api import evaluate, generate
    from videeg_pipe.generator.eeg import GeneratedEeg
    from videeg_pipe.generator.generator import Generator, load_generator
    from videeg_pipe.reader.release import Release, load_release

__version__ = "0.1.0"

_PUBLIC = {
    "GeneratedEeg": "videeg_pipe.generator.eeg",
    "Generator": "videeg_pipe.generator.generator",
    "evaluate": "videeg_pipe.api",
    "generate": "videeg_pipe.api",
    "load_generator": "videeg_pipe.generator.generator",
    "Release": "videeg_pipe.reader.release",
    "load_release": "videeg_pipe.reader.release",
}
"""Public name to the module that defines it."""

__all__ = [
    "GeneratedEeg",
    "Generator",
    "Release",
    "__version__",
    "evaluate",
    "generate",
    "load_generator",
    "load_release",
]


def __getattr__(name: str) -> Any:
    """Import a public name (PEP 562), so that importing the package stays fast."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

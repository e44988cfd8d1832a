"""Models of braindecode, imported without MOABB.

Where MOABB is installed, braindecode 0.8.1 imports it. This takes seconds, and fails with MOABB
from version 1.0 on, which renamed a class. No model needs it.
"""

import importlib
import sys
from typing import Any

_NOT_NEEDED = "moabb"


def braindecode_model(name: str) -> Any:
    """Import a class of `braindecode.models`, such as EEGNetv4."""
    hidden = {
        module: sys.modules.pop(module)
        for module in list(sys.modules)
        if module.partition(".")[0] == _NOT_NEEDED
    }
    sys.modules[_NOT_NEEDED] = None  # type: ignore[assignment]  # so that its import fails
    try:
        return getattr(importlib.import_module("braindecode.models"), name)
    finally:
        del sys.modules[_NOT_NEEDED]
        sys.modules.update(hidden)

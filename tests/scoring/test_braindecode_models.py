"""braindecode's models are imported where MOABB is installed, and MOABB stays usable."""

import subprocess
import sys
from types import ModuleType

import pytest

from videeg_pipe.scoring.braindecode_models import braindecode_model


@pytest.mark.slow
@pytest.mark.parametrize(
    "first", ["", pytest.param("import moabb.datasets", marks=pytest.mark.nightly)]
)
def test_a_model_is_imported_with_moabb_installed(first):
    """In a process of its own: braindecode is imported once."""
    code = f"""
import sys
{first}
from videeg_pipe.scoring.braindecode_models import braindecode_model
before = {{name: module for name, module in sys.modules.items() if name.startswith("moabb")}}
assert braindecode_model("EEGNetv4").__name__ == "EEGNetv4"
after = {{name: module for name, module in sys.modules.items() if name.startswith("moabb")}}
assert before == after, (len(before), len(after))
import moabb.datasets
assert moabb.datasets.Kalunga2016
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_modules_of_moabb_are_put_back_and_no_others_are_touched(monkeypatch):
    loaded = {name: ModuleType(name) for name in ("moabb", "moabb.datasets", "moabbish")}
    for name, module in loaded.items():
        monkeypatch.setitem(sys.modules, name, module)
    assert braindecode_model("EEGNetv4").__name__ == "EEGNetv4"
    assert all(sys.modules[name] is module for name, module in loaded.items())


def test_nothing_is_left_behind_where_moabb_is_not_loaded(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "moabb"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(AttributeError):
        braindecode_model("NoSuchModel")
    assert "moabb" not in sys.modules

"""`videeg explore`, from the command line to the server."""

import pytest

from videeg_pipe.cli.main import main
from videeg_pipe.explore import serve


@pytest.mark.parametrize(
    ("arguments", "path", "options"),
    [
        ((), "results", {}),
        (("a.h5", "--model", "m", "--port", "80", "--open"), "a.h5",
         {"model": "m", "port": 80, "open_browser": True}),
    ],
)  # fmt: skip
def test_options_reach_the_server(monkeypatch, arguments, path, options):
    given = {}
    monkeypatch.setattr(serve, "explore", lambda path, **more: given.update(more, path=path))
    assert main(["explore", *arguments]) == 0
    expected = {"model": None, "port": None, "open_browser": False} | options
    assert str(given.pop("path")) == path
    assert given | {"model": given["model"] and str(given["model"])} == expected


def test_a_path_without_anything_to_see_is_one_line(tmp_path, capsys):
    assert main(["explore", str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"videeg: {tmp_path}; expected a release (videeg-gen.h5), the results")

"""Running and showing notebooks; the stored tutorial."""

import base64

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.test_language import to_avoid
from website.notebook import TUTORIAL, read_as_page, run


def test_outputs_are_those_of_jupyter(tmp_path):
    (tmp_path / "one.txt").write_text("from the folder")
    sources = (
        "from pathlib import Path\nprint(Path('one.txt').read_text())\nx = 2\nx",
        "x + 1;",
        "import matplotlib.pyplot as plt\nfor _ in range(2):\n    plt.figure()",
    )
    notebook = new_notebook(cells=[new_markdown_cell("# Title"), *map(new_code_cell, sources)])
    names = run(notebook, tmp_path)
    assert names["x"] == 2
    _, first, second, third = notebook.cells
    assert first.outputs[0].text == "from the folder\n2\n"
    assert second.outputs == []
    assert [base64.b64decode(one.data["image/png"])[1:4] for one in third.outputs] == [b"PNG"] * 2
    nbformat.validate(notebook)


def test_an_error_in_a_cell_is_raised(tmp_path):
    with pytest.raises(ZeroDivisionError):
        run(new_notebook(cells=[new_code_cell("1 / 0")]), tmp_path)


def test_a_page_shows_code_text_and_figures(tmp_path):
    cell = new_code_cell("# A <figure>\nplt.figure()")
    cell.outputs = [
        nbformat.v4.new_output("stream", text="one\n"),
        nbformat.v4.new_output("display_data", {"image/png": "AAAA\n"}),
    ]
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Title"), cell]), tmp_path / "a.ipynb")
    assert read_as_page(tmp_path / "a.ipynb") == (
        "# Title\n\n```python\n# A <figure>\nplt.figure()\n```\n\n```text\none\n```\n\n"
        '<p><img alt="A &lt;figure&gt;" src="data:image/png;base64,AAAA"></p>\n'
    )


def test_the_stored_tutorial_is_complete_small_and_plain():
    notebook = nbformat.read(TUTORIAL, as_version=4)
    nbformat.validate(notebook)
    assert TUTORIAL.stat().st_size < 400_000
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(cell.source.startswith("# ") for cell in code)  # the figures' alternative texts
    assert [to_avoid(cell.source) for cell in notebook.cells if to_avoid(cell.source)] == []

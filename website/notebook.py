"""The notebook of the tutorial: run it, and show it as a page.

`python -m website.notebook FOLDER` runs docs/tutorial.ipynb in a folder that holds results/, and
stores the new outputs.
"""

import ast
import base64
import contextlib
import html
import io
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial.ipynb"
_DPI = 72


def run(notebook: nbformat.NotebookNode, folder: Path) -> dict[str, Any]:
    """Run the cells in their order, as Jupyter does, and store their outputs.

    Args:
        notebook: Changed in place: printed text, value of the last line, and figures of each cell.
        folder: The working folder.

    Returns:
        The variables at the end.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    plt.close("all")  # a cell shows what it drew itself
    with contextlib.chdir(folder), mpl.rc_context({"figure.dpi": _DPI}):
        for number, cell in enumerate(cells, 1):
            cell.execution_count, cell.outputs = number, _run_cell(cell.source, names)
    return names


def _run_cell(source: str, names: dict[str, Any]) -> list[nbformat.NotebookNode]:
    statements = ast.parse(source).body
    last = statements.pop() if isinstance(statements[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(statements, []), "<cell>", "exec"), names)  # noqa: S102
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # noqa: S307
            if value is not None and not source.endswith(";"):
                print(repr(value))
    outputs = []
    if text := printed.getvalue():
        outputs.append(nbformat.v4.new_output("stream", text=text))
    for number in plt.get_fignums():
        picture = io.BytesIO()
        plt.figure(number).savefig(picture, format="png", bbox_inches="tight")
        data = {"image/png": base64.b64encode(picture.getvalue()).decode()}
        outputs.append(nbformat.v4.new_output("display_data", data))
    plt.close("all")
    return outputs


def read_as_page(path: Path) -> str:
    """Return a notebook as Markdown, with its stored outputs."""
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            if output.output_type == "stream":
                parts.append(f"```text\n{output.text.rstrip()}\n```")
            else:
                source = f"data:image/png;base64,{output.data['image/png'].strip()}"
                about = html.escape(cell.source.splitlines()[0].lstrip("# "))
                parts.append(f'<p><img alt="{about}" src="{source}"></p>')
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    mpl.use("agg")
    tutorial = nbformat.read(TUTORIAL, as_version=4)
    run(tutorial, Path(sys.argv[1]))
    nbformat.write(tutorial, TUTORIAL)

"""docs/python.ipynb: every cell runs, as in Jupyter, and shows something."""

import ast
import json
from pathlib import Path

NOTEBOOK = Path(__file__).parents[2] / "docs" / "python.ipynb"


def run_cell(source, names):
    """Runs a cell; what a notebook would show of its last line."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(NOTEBOOK), "exec"), names)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)
    return value._repr_html_() if hasattr(value, "_repr_html_") else repr(value)


def test_every_cell_of_the_notebook_runs(capsys):
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"]
             if cell["cell_type"] == "code"]
    assert len(cells) > 5
    names = {}
    shown = [run_cell("".join(cell["source"]), names) for cell in cells]
    printed = capsys.readouterr().out
    assert shown[0].startswith("<iframe") and shown[2].startswith("<table")
    assert "half the bandwidth" in printed and "did you mean" in printed


def test_a_cell_that_fails_would_be_noticed():
    try:
        run_cell("1 / 0", {})
    except ZeroDivisionError:
        return
    raise AssertionError("the cell did not run")

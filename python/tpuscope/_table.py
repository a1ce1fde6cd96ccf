"""Tables: columns that NumPy, pandas and Arrow take without copying; none is required."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, Dict, Iterator, List

from . import _native

Column = _native.Column
Sequence.register(Column)

_SHOWN_ROWS = 20


class Table(Mapping):
    """Columns of equal length by name. Names end in their unit: time_ps is picoseconds.

    table["time_ps"] is a column: a sequence, and, of numbers, a buffer that
    numpy.asarray takes as it is. pyarrow.table(table) has all columns where they lie,
    by Arrow's C stream interface, which polars.DataFrame(table) reads as well.
    """

    def __init__(self, columns: Any) -> None:
        self._native = columns if isinstance(columns, _native.Table) else _native.Table(columns)
        self._columns: Dict[str, Column] = {of.name: of for of in self._native.columns()}

    @property
    def rows(self) -> int:
        """How many rows there are; len(table) is the number of columns."""
        return self._native.rows

    @property
    def columns(self) -> List[str]:
        """Names of the columns."""
        return list(self._columns)

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def row(self, index: int) -> Dict[str, Any]:
        """One row by column name."""
        return {name: column[index] for name, column in self._columns.items()}

    def to_pandas(self) -> Any:
        """A pandas.DataFrame on the same memory; its numbers are read-only."""
        import numpy
        import pandas

        arrays = {name: numpy.asarray(column) for name, column in self._columns.items()}
        return pandas.DataFrame(arrays, copy=False)

    def to_polars(self) -> Any:
        """A polars.DataFrame, by Arrow's stream interface."""
        import polars

        return polars.DataFrame(self)

    def __arrow_c_schema__(self) -> Any:
        return self._native.schema_capsule()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        # Another schema may be asked for and need not be given: readers convert.
        return self._native.stream_capsule()

    def __repr__(self) -> str:
        return f"<tpuscope.Table of {self.rows} rows: {', '.join(self._columns)}>"

    def __str__(self) -> str:
        cells = [self.columns] + [[_cell(value) for value in row] for row in self._first_rows()]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                 for row in cells]
        return "\n".join(lines + self._rest())

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self._columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) + "</tr>"
            for row in self._first_rows())
        rest = "".join(f"<p>{line}</p>" for line in self._rest())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"

    def _first_rows(self) -> List[List[Any]]:
        return [[column[i] for column in self._columns.values()]
                for i in range(min(self.rows, _SHOWN_ROWS))]

    def _rest(self) -> List[str]:
        if self.rows <= _SHOWN_ROWS:
            return []
        return [f"{_SHOWN_ROWS} of {self.rows} rows"]


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)

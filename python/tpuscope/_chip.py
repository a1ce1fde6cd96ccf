"""Chips: the numbers of a machine, which can be edited before a run."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import Any, Dict, Iterator, List, Mapping, Union

from . import _native
from ._errors import error_of
from ._table import Table


class Chip(MutableMapping):
    """The numbers of a chip by key, as chip["ddr.peak_gbps"]; assigning changes one.

    Units are in `table`, and at the end of each key. A number
    that no machine can have raises a UsageError, and deleting one takes the chip's
    own again.
    """

    def __init__(self, name: Union[str, "os.PathLike[str]"] = "bm1684x",
                 overrides: Mapping[str, float] = {}) -> None:
        self._source = os.fspath(name)
        self._overrides: Dict[str, float] = {}
        self._load(self._overrides)
        self.update(overrides)

    name: str
    """What the chip is called."""
    summary: str
    """What it is."""

    def _load(self, overrides: Mapping[str, float]) -> None:
        words = [(key, repr(value)) for key, value in overrides.items()]
        answer = _native.chip(self._source, words)
        if len(answer) == 4 and isinstance(answer[3], int):
            message, where, hint, code = answer
            raise error_of(code, [(message, where, hint)])
        self.name, self.summary, table, self._json = answer
        self._table = Table(table)
        self._own = dict(zip(self._table["key"], self._table["value"]))

    @property
    def table(self) -> Table:
        """Every number with its unit, meaning, evidence and source."""
        return self._table

    def __getitem__(self, key: str) -> float:
        return self._own[_key(key)]

    def __setitem__(self, key: str, value: float) -> None:
        changed = {**self._overrides, _key(key): value}
        self._load(changed)
        self._overrides = changed

    def __delitem__(self, key: str) -> None:
        del self._overrides[_key(key)]
        self._load(self._overrides)

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def copy(self) -> "Chip":
        """Another chip with the same numbers."""
        return Chip(self._source, self._overrides)

    def save(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes a chip file, which `chip=` and `tpuscope --chip` take."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._json)

    def words(self) -> List[str]:
        """The chip on the command line."""
        changes = [f"--set=chip.{key}={value!r}" for key, value in self._overrides.items()]
        return [f"--chip={self._source}"] + changes

    def __repr__(self) -> str:
        changes = f", {self._overrides}" if self._overrides else ""
        return f"Chip({self._source!r}{changes})"

    def _repr_html_(self) -> str:
        return self._table._repr_html_()


def _key(key: Any) -> str:
    return key[len("chip."):] if key.startswith("chip.") else key

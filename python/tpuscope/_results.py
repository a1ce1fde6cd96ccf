"""What questions are answered with: text, tables, pages, and every figure as JSON."""

from __future__ import annotations

import html
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Union

from ._table import Table

_PS_PER_MS = 1e9
_FORMS_OF_SUFFIX = {".html": "html", ".json": "json", ".csv": "csv", ".md": "markdown",
                    ".txt": "text", ".folded": "folded"}


class Interval(NamedTuple):
    """Between which times boards ran comparable networks."""

    low_ms: float
    high_ms: float
    coverage: float
    """The share of comparable networks whose time is inside, 0 to 1."""
    basis: str
    """Which measured runs it rests on."""


class Result:
    """What every answer has: str(result) is what the terminal shows."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    @property
    def exit_code(self) -> int:
        """0, or 1 where the answer is no: a budget that is not kept, a condition that holds."""
        return self._answer.code

    @property
    def notes(self) -> List[str]:
        """What the program said of how the network is taken."""
        lines = self._answer.messages.splitlines()
        return [line[len("note: "):] for line in lines if line.startswith("note: ")]

    def form(self, name: str) -> str:
        """The answer as "text", "json", "html", "markdown" or "csv"; ValueError where it
        has no such form."""
        text = self._answer.text if name == "text" else self._answer.forms.get(name)
        if not text:
            raise ValueError(f"{type(self).__name__} has no form {name!r}")
        return text

    def save(self, path: Union[str, "os.PathLike[str]"], form: Optional[str] = None) -> None:
        """Writes a form, by default the one of the path's suffix: page.html, report.json,
        table.csv, comment.md."""
        chosen = form or _FORMS_OF_SUFFIX.get(Path(path).suffix)
        if chosen is None:
            raise ValueError(f"name a form: the suffix of {os.fspath(path)!r} stands for none")
        Path(path).write_text(self.form(chosen), encoding="utf-8")

    @cached_property
    def data(self) -> Dict[str, Any]:
        """Every figure, as the JSON report has it; times end in _ps, sizes in _bytes."""
        return json.loads(self.form("json"))

    def __str__(self) -> str:
        return self.form("text")

    def _repr_html_(self) -> str:
        try:
            page = self.form("html")
        except ValueError:
            return f"<pre>{html.escape(str(self))}</pre>"
        return (f'<iframe srcdoc="{html.escape(page)}" sandbox="allow-scripts" '
                'style="width:100%;height:45em;border:0"></iframe>')


class Profile(Result):
    """One run of a network: its time, what bounds it, and where the time goes."""

    def __init__(self, answer: Any) -> None:
        super().__init__(answer)
        self._run = answer.run
        self._summary = self._run.summary()

    def form(self, name: str) -> str:
        """The run in one of `tpuscope.forms()`: "text", "html", "json", "trace", ..."""
        if name == "text" or self._answer.forms.get(name):
            return super().form(name)
        text = self._run.form(name)
        if text is None:
            raise ValueError(f"Profile has no form {name!r}")
        return text

    @property
    def model(self) -> str:
        """What the run is called."""
        return self._summary["model"]

    @property
    def chip(self) -> str:
        """The chip that it ran on."""
        return self._summary["chip"]

    @property
    def precision(self) -> str:
        """The element type on the chip."""
        return self._summary["precision"]

    @property
    def batch(self) -> int:
        """Images of one run."""
        return self._summary["batch"]

    @property
    def time_ms(self) -> float:
        """From the launch to the end of the last command, in milliseconds."""
        return self._summary["time_ps"] / _PS_PER_MS

    @property
    def time_ps(self) -> int:
        """The same in picoseconds."""
        return self._summary["time_ps"]

    @property
    def cycles(self) -> int:
        """The same in cycles of the compute engine's clock."""
        return self._summary["cycles"]

    @property
    def images_per_second(self) -> float:
        """Images per second of runs that follow each other."""
        return self._summary["images_per_second"]

    @property
    def interval(self) -> Optional[Interval]:
        """What boards took for comparable networks, in milliseconds; None where too few were
        measured."""
        if self._summary["interval"] is None:
            return None
        low, high, coverage, basis = self._summary["interval"]
        return Interval(low / _PS_PER_MS, high / _PS_PER_MS, coverage, basis)

    @property
    def bound(self) -> str:
        """What bounds the run, in one word: "compute", "transfers", "padding", ..."""
        return self._summary["bound"]

    @property
    def bound_share(self) -> float:
        """The part of the time that the bound takes, 0 to 1."""
        return self._summary["bound_share"]

    @property
    def waterfall_ps(self) -> Dict[str, int]:
        """The time as a sum of causes, in picoseconds."""
        return dict(self._summary["waterfall_ps"])

    @property
    def is_within_budget(self) -> bool:
        """Whether the `budget` that was given is kept; True without one."""
        return self.exit_code == 0

    @cached_property
    def ops(self) -> Table:
        """One row per operator, most time first."""
        return Table(self._run.ops())

    @cached_property
    def commands(self) -> Table:
        """One row per command of the chip, in issue order."""
        return Table(self._run.commands())

    @cached_property
    def groups(self) -> Table:
        """One row per layer group, in running order."""
        return Table(self._run.groups())

    def __repr__(self) -> str:
        return (f"<tpuscope.Profile of {self.model}: {self.time_ms:.4g} ms, {self.precision} on "
                f"{self.chip}, bound by {self.bound}>")


class Comparison(Result):
    """A network before and after optimisation, and what each switch gives."""

    @property
    def before(self) -> Dict[str, Any]:
        """Figures of the first run."""
        return self.data["before"]["summary"]

    @property
    def after(self) -> Dict[str, Any]:
        """Figures of the second run."""
        return self.data["after"]["summary"]

    @property
    def speedup(self) -> float:
        """How many times as fast the second is."""
        return self.before["time_ps"] / self.after["time_ps"]

    @cached_property
    def precisions(self) -> Table:
        """The network in each precision under each preset."""
        return table_of(self.data.get("precisions", []))

    @cached_property
    def steps(self) -> Table:
        """What each switch gives: cumulative, alone, left out, on average over orders."""
        return table_of(self.data.get("steps", []))


class Sweep(Result):
    """A network over a grid of configurations."""

    @cached_property
    def points(self) -> Table:
        """One row per point: its settings and its figures. Settings that are numbers are
        numbers; figures of a point that failed are NaN, and `error` says why."""
        names = [metric["name"] for metric in self.data["metrics"]]
        rows = []
        for point in self.data["points"]:
            row: Dict[str, Any] = {"point": point["point"]}
            row.update({key: _number(value) for key, value in point["settings"].items()})
            figures = point.get("figures") or {}
            row.update({name: figures.get(name) for name in names})
            row["bound_by"] = point.get("bound_by", "")
            row["error"] = point.get("error", "")
            rows.append(row)
        return table_of(rows)

    @property
    def best(self) -> Optional[Dict[str, Any]]:
        """The best point; None where all failed."""
        best = self.data.get("best")
        return None if best is None else self.points.row(best)

    @property
    def sentences(self) -> List[str]:
        """What each number is worth, and where more of it stops paying."""
        return self.data["sentences"]


class Advice(Result):
    """What else could be chosen, each alternative tried."""

    @cached_property
    def alternatives(self) -> Table:
        """One row per alternative, least time per image first."""
        return table_of(self.data["alternatives"])

    @property
    def present(self) -> Dict[str, Any]:
        """The run as it is."""
        return self.data["present"]


class LanguageModel(Result):
    """Times and memory of a language model."""

    @property
    def first_token_ms(self) -> float:
        """Until the first token is there, in milliseconds."""
        return self.data["summary"]["first_token_ps"] / _PS_PER_MS

    @property
    def tokens_per_second(self) -> float:
        """Of decoding, one sequence."""
        return self.data["summary"]["tokens_per_s"]

    @property
    def footprint_bytes(self) -> int:
        """Weights, cache and activations in DDR."""
        return self.data["summary"]["footprint_bytes"]

    @cached_property
    def nets(self) -> Table:
        """The nets of one token of decoding."""
        return table_of(self.data["decode"]["nets"])


class Diff(Result):
    """Two runs side by side."""

    @property
    def failed(self) -> bool:
        """Whether a condition of `fail_on` holds."""
        return self.exit_code != 0

    @property
    def failures(self) -> List[Any]:
        """The conditions that hold."""
        return self.data["failures"]

    @cached_property
    def figures(self) -> Table:
        """Each figure of both runs."""
        return table_of(self.data["figures"])

    @cached_property
    def ops(self) -> Table:
        """Operators of both runs, matched by where they come from."""
        return table_of(self.data["ops"])


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def table_of(rows: List[Dict[str, Any]]) -> Table:
    """Rows of JSON as a table; lists become text."""
    names: Dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return Table({name: [_cell(row.get(name)) for row in rows] for name in names})


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else value

# Measured rows beside three predictions: the vendor's own estimate of its compile, a replay of the streams that it
# made, and our plan. For docs/accuracy.md.
#   python3 -m vendor.three_columns ROWS     ROWS: what `tpuscope validate --csv` wrote of the measured table
import collections
import csv
import math
import sys

from vendor import page, streams
from vendor.tables import DATA, read_rows

ESTIMATE_MHZ = {"bm1684x": 1000, "bm1688": 900, "cv186x": 900}
# Repeated measurements of one network differ by as much; what is further off, its stream does not explain.
SPREAD = 1.15
# Within this share of the measured time plan and stream are alike.
ALIKE = 0.03


def target_of(row):
    return f'{row["chip"]}_{row["precision"].upper()}' + (f'_core{row["cores"]}' if row["cores"] != "1" else "")


def typical(values):
    """Geometric mean of the larger of each ratio and its inverse."""
    return f"{math.exp(sum(abs(math.log(value)) for value in values) / len(values)):.3f}" if values else "–"


class Row:
    """A measured row of which a compile is known; times in milliseconds."""

    def __init__(self, row, estimates, replays):
        self.row = row
        place = self.network, self.target = row["model_file"].rsplit(".", 1)[0], target_of(row)
        self.measured, self.plan = float(row["measured_ms"]), float(row["predicted_ms"])
        cycles = int(estimates.get(place, 0))
        self.estimate = cycles / ESTIMATE_MHZ[row["chip"]] / 1e3 if cycles else None
        self.stream, self.charges = None, {}
        if place in replays:
            self.stream = replays[place][0] + float(row["launch_ms"])
            self.charges = replays[place][1]

    def times(self):
        return self.estimate, self.stream, self.plan

    def is_unexplained(self):
        ratio = self.stream / self.measured
        return max(ratio, 1 / ratio) > SPREAD

    def difference(self):
        """The kind of commands to which most of what plan and stream differ by is charged."""
        if abs(self.plan - self.stream) < ALIKE * self.measured:
            return ""
        kind, more = page.most_different(streams.charges(self.row), self.charges)
        return f"{kind} {more:+.3g} of {self.plan - self.stream:+.3g}"


def known_rows(path):
    estimates = {(row["network"], row["target"]): row["cycles"] for row in read_rows(DATA / "networks.csv")}
    replays = streams.committed()
    with open(path, newline="") as file:
        rows = [Row(row, estimates, replays) for row in csv.DictReader(file)
                if row["chip"] in ESTIMATE_MHZ and row["predicted_ms"]
                and row["pipeline"] != "baseline" and row["quality"] != "suspect"]
    return [row for row in rows if row.estimate]


def factor_rows(rows):
    """Typical factors by chip and precision, then of all; the same without rows that no stream explains."""
    sets = collections.defaultdict(list)
    for row in rows:
        if row.row["quality"] == "good" and row.stream:
            sets[row.row["chip"], row.row["precision"]].append(row)
            sets[row.row["chip"], "all"].append(row)
    order = ("f32", "f16", "int8", "all")
    for chip, precision in sorted(sets, key=lambda key: (key[0], order.index(key[1]))):
        chosen = sets[chip, precision]
        explained = [row for row in chosen if not row.is_unexplained()]
        cells = [typical([times[i] / row.measured for row in part for times in (row.times(),)])
                 for part in (chosen, explained) for i in range(3)]
        yield chip, precision, len(chosen), *cells[:3], len(explained), *cells[3:]


def estimate_rows(rows):
    """Estimate and plan where no stream was kept."""
    sets = collections.defaultdict(list)
    for row in rows:
        if row.row["quality"] == "good" and not row.stream:
            sets[row.row["chip"] + (f' x{row.row["cores"]}' if row.row["cores"] != "1" else ""),
                 row.row["precision"]].append(row)
    for place, chosen in sorted(sets.items()):
        yield (*place, len(chosen), typical([row.estimate / row.measured for row in chosen]),
               typical([row.plan / row.measured for row in chosen]))


def time_text(value, measured):
    return "–" if value is None else f"{value:.3g} ({value / measured:.2f})"


def all_rows(rows):
    for row in rows:
        if row.stream:
            note = "no stream explains it; " if row.is_unexplained() else ""
            yield (row.network, row.target, row.row["quality"], f"{row.measured:.3g}",
                   *(time_text(value, row.measured) for value in row.times()), (note + row.difference()).strip("; "))


def dated_rows(rows):
    """Rows whose network the compiler of 2024 was asked for too."""
    older = streams.committed(streams.OLDER)
    for row in rows:
        place = row.network, row.target
        if row.stream and place in older:
            then = older[place][0] + float(row.row["launch_ms"])
            kind, more = page.most_different(older[place][1], row.charges)
            yield (*place, f"{row.measured:.3g}", *(time_text(value, row.measured) for value in (then, row.stream, row.plan)),
                   f"{kind} {more:+.3g} of {then - row.stream:+.3g}" if abs(then - row.stream) > ALIKE * row.measured else "")


def text(rows):
    outdated = streams.outdated()
    stale = (f"The numbers of {', '.join(outdated)} changed since the streams were replayed: `scripts/oracle derive streams OUT` "
             "makes the table anew.\n") if outdated else ""
    unexplained = [row for row in rows if row.stream and row.is_unexplained()]
    lines = [
        "\n### Beside the compiler's own estimate, and its streams\n",
        stale + "*estimate*: cycles that the vendor's compiler prints, at the nominal clock. *stream*: a replay of what it compiled in 2026 by silicon's prices "
        "(`tests/data/oracle/streams.csv`), and *plan*: our plan by the same prices, both with the launch. Figures are typical factors; rows of pipeline "
        f"`baseline` and suspect rows are left out. *Explained*: without the {len(unexplained)} rows that the stream itself misses by more than "
        f"{SPREAD} (good or part float).\n",
        page.table(("chip", "type", ">rows", ">estimate", ">stream", ">plan", ">explained", ">estimate", ">stream", ">plan"),
                   factor_rows(rows)),
        "Where the compiler's estimate is known and no stream was kept:\n",
        page.table(("chip", "type", ">rows", ">estimate", ">plan"), estimate_rows(rows)),
        "### Compilers have dates\n",
        "The boards ran compilers of 2023-07 to 2024-10. What 1.6.1 (2024-02) makes otherwise than 1.30.2 (2026-08), whose rules the plan follows:\n",
        page.table(("network", "target", ">measured", ">stream of 2024", ">stream of 2026", ">plan", "2024 less 2026, ms"), dated_rows(rows)),
        "### Row by row\n",
        "Milliseconds, and their ratio to the measured time. The last column is the kind of commands to which most of the difference between stream and "
        "plan is charged, where that is 3 % of the measured time.\n",
        page.table(("network", "target", "quality", ">measured", ">estimate", ">stream", ">plan", "plan less stream, ms"), all_rows(rows)),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(text(known_rows(sys.argv[1])), end="")

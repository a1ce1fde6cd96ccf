# The program's figures beside the compiler's, for probes and for networks.
import collections
import concurrent.futures
import os
import pathlib
import re

from vendor import program
from vendor.profiles import counted
from vendor.sequences import unfold
from vendor.tables import DATA, read_rows

KINDS = {row["opcode"]: row["kind"] for row in read_rows(DATA / "kinds.csv")}

# What the compiler's estimate calls the commands of each of the program's kinds.
UNITS = {
    "Conv": "CONV", "MatMul": "MM", "Depthwise": "PorD", "Reduce": "PorD", "Arith": "AR", "Convert": "AR",
    "Divide": "AR", "Copy": "AR", "Compare": "FUSED_CMP", "Requantise": "RQDQ", "Lookup": "SG", "Taylor": "SFU",
    "Rsqrt": "SFU", "Broadcast": "BC", "System": "SYS", "Sort": "SORT",
}
ESTIMATE_UNITS = {
    "MM2": "MM", "LANE_BC": "BC", "LANE_COPY": "BC", "STATIC_BC": "BC", "DISTRIBUTE_BC": "BC", "BD_SYS_TRWR": "SYS",
    "BD_SEND_MSG": "SYS", "BD_WAIT_MSG": "SYS",
}
COMPARED = ("tiu", "gdma", "read", "written", "tiu_cycles", "cycles")


def kinds_of(commands):
    """The program's name for each of the compiler's commands."""
    return [KINDS[word.rsplit(" ", 1)[0]] for word in unfold(commands)]


def ratio(ours, theirs):
    """Ours / theirs; none where either has nothing."""
    return float(ours) / float(theirs) if float(ours) and float(theirs) else None


def within(value, share):
    return value is not None and abs(value - 1) <= share


def numbers(row):
    """The row of a table with its counts as numbers."""
    return row | {name: int(row[name] or 0) for name in (*COMPARED, "gdma_cycles")}


def _side_by_side(rows, model_of, flags):
    def one(row):
        report = program.profile(model_of(row), row["target"], flags)
        if isinstance(report, str):
            return row, {"refused": report}
        return row, program.facts(report)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(one, rows))


def probes(name="", flags=()):
    """(theirs, ours) of all probes of that name that the compiler took, in the order of the table."""
    rows = [numbers(row) for row in read_rows(DATA / "probes.csv")
            if row["tiu"] and re.search(name, "/".join([row["family"], row["graph"], row["target"]]))]
    pairs = _side_by_side(rows, lambda row: DATA / "probes" / row["family"] / f'{row["graph"]}.onnx', flags)
    for theirs, ours in pairs:
        ours["same"] = "refused" not in ours and ours["kinds"] == kinds_of(theirs["tiu_commands"])
    return pairs


def units_of(row):
    """Commands by unit, in the compiler's estimate."""
    units = collections.Counter()
    for kind, (number, _) in counted(row["tiu_kinds"]).items():
        units[ESTIMATE_UNITS.get(kind, kind)] += number
    return units


def networks(folder, name="", flags=()):
    """(theirs, ours) of all networks of that name; FOLDER has their files, the others are built in."""
    rows = [numbers(row) for row in read_rows(DATA / "networks.csv")
            if re.search(name, "/".join([row["network"], row["target"]]))]

    def model_of(row):
        file = pathlib.Path(folder) / f'{row["network"]}.onnx'
        return file if file.exists() else row["network"]

    pairs = _side_by_side(rows, model_of, flags)
    for theirs, ours in pairs:
        theirs["units"] = units_of(theirs)
        ours["units"] = collections.Counter(UNITS[kind] for kind in ours.get("kinds", ()))
    return pairs

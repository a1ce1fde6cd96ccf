# The committed tables of tests/data/oracle.
import csv
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/data/oracle"
PROBE_COLUMNS = ("family graph target slices members alone cycles tiu tiu_cycles gdma gdma_cycles read written "
                 "tiu_commands gdma_commands").split()
NETWORK_COLUMNS = ("network target groups alone slices cycles tiu tiu_cycles gdma gdma_cycles read written copied "
                   "tiu_kinds gdma_kinds operators").split()
STREAM_COLUMNS = "network target ms commands numbers charged_ms".split()


def write_rows(path, columns, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))

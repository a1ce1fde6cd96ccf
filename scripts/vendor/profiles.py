# The compiler's own estimate of a compiled network, command by command (compiler_profile_N.txt, one per core):
#   Cast_18|AR|s:5573|b:1|g:1|e:7140|t:1568    Load_16|GDMA_TENSOR|s:5573|b:0|g:2|e:6026|t:454|dr:0|sz:24576|…
# and its record of layer groups (layer_group_cache.json).
import collections
import gzip
import json
import re

from vendor.sequences import fold

COMMAND = re.compile(r"(\w*?)_?\d*\|(\w+)\|s:-?\d+\|b:\d+\|g:\d+\|e:-?\d+\|t:(\d+)(?:\|dr:(\d)\|sz:(\d+))?")
LOADS, STORES, COPIES = "0", "1", "2"


class Tally:
    """Commands of one engine by what they are: number and cycles."""

    def __init__(self):
        self.numbers, self.cycles = collections.Counter(), collections.Counter()

    def add(self, kind, cycles):
        self.numbers[kind] += 1
        self.cycles[kind] += cycles

    def text(self):
        return " ".join(f"{kind}:{number}/{self.cycles[kind]}" for kind, number in sorted(self.numbers.items()))


def counted(text):
    """{kind: (number, cycles)} of what Tally.text() wrote."""
    words = (word.rsplit(":", 1) for word in text.split())
    return {kind: tuple(int(part) for part in counts.split("/")) for kind, counts in words}


def facts(texts):
    """The row of a compile on as many cores as there are texts."""
    tiu, gdma, moved, owners, cycles = Tally(), Tally(), collections.Counter(), collections.defaultdict(Tally), 0
    for text in texts:
        for owner, kind, duration, direction, size in COMMAND.findall(text):
            (gdma if kind.startswith("GDMA") else tiu).add(kind, int(duration))
            moved[direction] += int(size or 0)
            if not kind.startswith("GDMA"):
                owners[owner or "System"].add(kind, int(duration))
        cycles = max([cycles, *(int(total) for total in re.findall(r"TCYC\s*:\s*(\d+)", text))])
    return {
        "cycles": cycles,
        "tiu": tiu.numbers.total(),
        "tiu_cycles": tiu.cycles.total(),
        "gdma": gdma.numbers.total(),
        "gdma_cycles": gdma.cycles.total(),
        "read": moved[LOADS] + moved[COPIES],
        "written": moved[STORES] + moved[COPIES],
        "copied": moved[COPIES],
        "tiu_kinds": tiu.text(),
        "gdma_kinds": gdma.text(),
        "operators": "; ".join(f"{owner} {tally.text()}" for owner, tally in sorted(owners.items())),
    }


def groups(cache):
    """Layer groups and operators outside them, with the slices (n,c,d,h,w) of each group in order."""
    parts = [part for name, part in cache.items() if name.startswith("subfunc_")]
    found = sorted((group["index"], "/".join(map(str, group["shape_secs"])))
                   for part in parts for group in part.get("GroupLayer", []))
    return {
        "groups": len(found),
        "alone": sum(len(part.get("GlobalLayer", [])) for part in parts),
        "slices": fold([slices for _, slices in found]),
    }


def lean(cache):
    """What of the record says which operators are together, in which slices."""
    def units(part, kind, keys):
        return [{key: unit[key] for key in keys} for unit in part.get(kind, [])]

    return {name: {"GroupLayer": units(part, "GroupLayer", ("index", "locs", "shape_secs")),
                   "GlobalLayer": units(part, "GlobalLayer", ("index", "loc"))}
            for name, part in cache.items() if name.startswith("subfunc_")}


def read_record(path):
    return json.loads(gzip.decompress(path.read_bytes()))


def record(folder):
    """The record of groups in the folder of one target; none where it was not kept."""
    path = folder / "groups.json.gz"
    return read_record(path) if path.exists() else None


def compiled(folder):
    """The row of the folder of one target; none without an estimate."""
    texts = [gzip.decompress(path.read_bytes()).decode() for path in sorted(folder.glob("profile_*.txt.gz"))]
    if not texts:
        return None
    cache = record(folder)
    return facts(texts) | (groups(cache) if cache else {})

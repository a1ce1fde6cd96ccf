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
# What operators do, under the names of the compiler's dialect and of the program's; others are under their own.
WORK = {
    "products and attention": "MatMul Attention FAttention HeadAttention Softmax LogSoftmax",
    "convolutions": "Conv Conv2D Conv3D Deconv ConvTranspose BatchNorm Scale",
    "functions": "Active Lut Relu LeakyRelu PRelu Silu Gelu Sigmoid Tanh Erf Exp Log Sqrt Rsqrt Reciprocal Mish Softplus "
                 "HardSwish HardSigmoid Elu Clip Pow Abs Neg Floor Sin Cos",
    "norms": "LayerNorm GroupNorm InstanceNorm RMSNorm RmsNorm PixelNorm LRN Lrn",
    "casts": "Cast RequantInt RequantIntAxis Quantize Dequantize",
    "arithmetic": "Add AddConst Sub SubConst Mul MulConst MulShift Div Max Min Where Compare CompareConst Greater Less Equal "
                  "Not And Or",
    "pools and reductions": "Pool2D Pool3D MaxPool AveragePool Reduce Arg",
    "movement": "Reshape Permute Concat Slice Gather Tile Expand Pad SwapDimInner Upsample Resize Interp Depth2Space "
                "DepthToSpace SpaceToDepth Squeeze Unsqueeze",
}
WORK_OF = {name: work for work, names in WORK.items() for name in names.split()}
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


def work_of(row):
    """Commands by what their operators do, in the compiler's estimate."""
    work = collections.Counter()
    for part in row["operators"].split("; "):
        operator, tally = part.split(" ", 1)
        work[WORK_OF.get(operator, operator)] += sum(number for number, _ in counted(tally).values())
    return work


def model_in(folder, network):
    """The file of a network in the folder; its name where it is built in."""
    file = pathlib.Path(folder) / f"{network}.onnx"
    return file if file.exists() else network


def groups(folder, name="", flags=()):
    """(network, target, comparison, our estimate without groups) of all networks of that name whose groups the
    compiler recorded; a text in the place of a comparison that is refused."""
    records = sorted((DATA / "groups").glob("*/*.layer_group_cache.json.gz"))
    places = [(path.parent.name, path.name.split(".")[0], path) for path in records]
    places = [place for place in places if re.search(name, "/".join(place[:2]))]

    def one(place):
        network, target, record = place
        model = model_in(folder, network)
        found = program.against(model, target, record, flags)
        alone = program.against(model, target, record, (*flags, "--group-method", "none"))
        return network, target, found, None if isinstance(alone, str) else alone["estimated_cycles"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(one, places))


def networks(folder, name="", flags=()):
    """(theirs, ours) of all networks of that name; FOLDER has their files, the others are built in."""
    rows = [numbers(row) for row in read_rows(DATA / "networks.csv")
            if re.search(name, "/".join([row["network"], row["target"]]))]

    pairs = _side_by_side(rows, lambda row: model_in(folder, row["network"]), flags)
    for theirs, ours in pairs:
        theirs["units"] = units_of(theirs)
        theirs["work"] = work_of(theirs)
        ours["work"] = collections.Counter(WORK_OF.get(kind, kind) for _, kind, _ in ours.get("tiu_commands", ()))
        ours["units"] = collections.Counter(UNITS[kind] for kind in ours.get("kinds", ()))
    return pairs

# The annotated listing of one compile: a line of decisions, then a line per command as the compiler's own
# profile has them, with the opcodes of its disassembler:
#   groups n,c,d,h,w: 1,1,1,1,1 members: Cast Active | global: Permute
#   T1     t=448      Cast_16   arith.mul {round_mode = 0} 56x64x56x1xf32, f32 -> (56x64x56x1xf32)
#   D3     t=22390    Store_24  L2S:tensor sz=802816 …
import re

from vendor.sequences import fold, fold_owners

HEAD = re.compile(r"groups n,c,d,h,w: (.*?) members: (.*?) \| global: (.*)")
COMMAND = re.compile(r"([TD])\d+ +t=(\d+) +((\S+)_\d+) +(\S+)(?: sz=(\d+))?")
ESTIMATE = re.compile(r"([\w.]*?)_(\d+)\|(\w+)\|s:\d+\|b:(\d+)\|g:(\d+)\|e:\d+\|t:(\d+)(?:\|dr:(\d)\|sz:(\d+))?")
DISASSEMBLY = re.compile(
    r'(%[\w.]+), %([BD])(\d+)(?:C\d+)? = "([\w.]+)"\((.*?)\)(?: (\{.*?\}))? ?: \((.*)\) -> (.*)$', re.MULTILINE)
SLICES = re.compile(r"csecs = (\d+) : i64, dsecs = (\d+) : i64.*?hsecs = (\d+) : i64, nsecs = (\d+).*?wsecs = (\d+)")
UNSHOWN_MEMBERS = ("Load", "Store", "Yield")
WAYS = {"0": "S2L", "1": "L2S", "2": "S2S", "3": "L2L"}
BYTES_READ = ("S2L", "S2S")
BYTES_WRITTEN = ("L2S", "S2S")


def facts(text):
    """The row of a listing, without graph, target and estimate of the whole."""
    head = HEAD.match(text)
    computes, transfers = [], []
    for line in text.splitlines():
        command = COMMAND.match(line)
        if command:
            engine, cycles, owner, kind, opcode, size = command.groups()
            (computes if engine == "T" else transfers).append((owner, kind, opcode, int(cycles), int(size or 0)))
    moved = [(opcode.split(":")[0], size) for *_, opcode, _, size in transfers]
    return {
        "slices": " ".join(head[1].split("; ")) if head else "",
        "members": head[2].strip() if head else "",
        "alone": head[3].strip() if head else "",
        "tiu": len(computes),
        "tiu_cycles": sum(cycles for *_, cycles, _ in computes),
        "gdma": len(transfers),
        "gdma_cycles": sum(cycles for *_, cycles, _ in transfers),
        "read": sum(size for way, size in moved if way in BYTES_READ),
        "written": sum(size for way, size in moved if way in BYTES_WRITTEN),
        "tiu_commands": fold_owners([(owner, kind, f"{opcode} {cycles}") for owner, kind, opcode, cycles, _ in computes]),
        "gdma_commands": fold([f"{opcode} {size}" for *_, opcode, _, size in transfers]),
    }


def _decisions(mlir):
    """The head line, from the compiler's last text."""
    slices = "; ".join(f"{n},{c},{d},{h},{w}" for c, d, h, n, w in SLICES.findall(mlir))
    body = mlir[mlir.find("@subfunc_0"):]
    alone = re.findall(r'^ {6}%[\w:]+ = "tpu\.(\w+)"', body, re.M)
    members = re.findall(r'^ {8}%[\w:]+ = "tpu\.(\w+)"', body, re.M)
    return (f"groups n,c,d,h,w: {slices} members: " + " ".join(name for name in members if name not in UNSHOWN_MEMBERS) +
            " | global: " + " ".join(name for name in alone if name != "Group"))


def listing(profile, disassembly, mlir):
    """Joins what the compiler's estimate and its disassembler say of each command."""
    fields = {("T" if found[2] == "B" else "D", int(found[3])): found for found in DISASSEMBLY.finditer(disassembly)}
    lines = [_decisions(mlir)]
    for owner, line, unit, tiu, gdma, cycles, way, size in ESTIMATE.findall(profile):
        engine = "D" if unit.startswith("GDMA") else "T"
        number = int(gdma if engine == "D" else tiu)
        found = fields.get((engine, number))
        opcode = found[4] if found else unit
        if engine == "D":
            opcode = WAYS.get(way, "fill" if "CONST" in unit else unit) + ":" + opcode.replace("dma.", "")
        text = f"{engine}{number:<5} t={cycles:<8} {owner}_{line:<4} {opcode} " + (f"sz={size or 0} " if engine == "D" else "")
        lines.append(text + (f"{found[1]} = ({found[5]}) {found[6] or ''} {found[7]} -> {found[8]}" if found else ""))
    return "\n".join(lines) + "\n"

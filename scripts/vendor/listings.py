# The annotated listing of one compile: a line of decisions, then a line per command as the compiler's own
# profile has them, with the opcodes of its disassembler:
#   groups n,c,d,h,w: 1,1,1,1,1 members: Cast Active | global: Permute
#   T1     t=448      Cast_16   arith.mul {round_mode = 0} 56x64x56x1xf32, f32 -> (56x64x56x1xf32)
#   D3     t=22390    Store_24  L2S:tensor sz=802816 …
import re

from vendor.sequences import fold, fold_owners

HEAD = re.compile(r"groups n,c,d,h,w: (.*?) members: (.*?) \| global: (.*)")
COMMAND = re.compile(r"([TD])\d+ +t=(\d+) +((\S+)_\d+) +(\S+)(?: sz=(\d+))?")
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

# What the vendor's disassembler finds in a compiled model: every field of every command, by the names that our
# tables have. A line is a command: core, engine, then NAME=VALUE of all that is not reserved.
import re

RENAMED = {"cmd_id_tpu": "cmd_id", "cmd_id_gdma": "cmd_id_dep", "eng0_sync_id": "cmd_id_dep",
           "special_func": "cmd_special_function"}
# Of matrices the disassembler calls the lower 32 bits of an address the higher ones.
SWAPPED = {"start_addr_h32": "start_addr_l32", "start_addr_l8": "start_addr_h8"}


def _name(name):
    for wrong, right in SWAPPED.items():
        name = name.replace(wrong, right)
    return re.sub(r"^(opt|short)_", "", RENAMED.get(name, name))


def _streams(model):
    """(core, engine, commands) in running order."""
    from debugger.atomic_dialect import decode_cmdgroup

    for net in model.net:
        for stage in net.parameter:
            for part in stage.sub_net:
                cores = [part.cmd_group] if part.cmd_group else [core.gdma_tiu_commands for core in part.core_commands]
                for core, groups in enumerate(cores):
                    for group in groups:
                        commands = decode_cmdgroup(model.context, group, part.id, core)
                        yield core, "BDC", commands.tiu
                        yield core, "GDMA", commands.dma


def listing(path):
    import debugger.disassembler as disassembler

    lines = []
    for core, engine, commands in _streams(disassembler.BModel(str(path))):
        for command in commands:
            fields = {_name(name): value for name, value in command.reg
                      if not re.match(r"rsvd|reserved", name, re.IGNORECASE)}
            lines.append(f"{core} {engine} " + " ".join(f"{name}={value}" for name, value in fields.items()))
    return "\n".join(lines) + "\n"

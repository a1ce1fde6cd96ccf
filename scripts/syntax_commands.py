# syntax_commands.py COMPILE_COMMANDS HEADER: for scripts/tidy, a command that precompiles the header, and
# then one for each source of the joined units, which checks it by itself, with that header.
import json
import pathlib
import re
import shlex
import sys


def sources(unit):
    """What a joined unit includes, or the file itself where it is none; nothing that a build made."""
    path = pathlib.Path(unit)
    if "generated" in path.parts:
        return []
    if not path.name.startswith("unity_"):
        return [unit]
    found = re.findall(r'^#include "(.*)"$', path.read_text(), re.MULTILINE)
    return [source for source in found if "generated" not in pathlib.Path(source).parts]


def flags(command):
    """The compiler and its flags; what is not said of joined units is said again of a single source."""
    words = shlex.split(command)
    return [word for word in words[:words.index("-o")] if word != "-Wno-shadow"]


def main():
    commands, header = sys.argv[1:]
    entries = json.loads(pathlib.Path(commands).read_text())
    made = f"{header}.pch"
    print(shlex.join([*flags(entries[0]["command"]), "-x", "c++-header", header, "-o", made]))
    for entry in entries:
        for source in sources(entry["file"]):
            print(shlex.join([*flags(entry["command"]), "-Xclang", "-include-pch", "-Xclang", made,
                              "-fsyntax-only", source]))


main()

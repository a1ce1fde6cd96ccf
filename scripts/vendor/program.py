# What tpuscope makes of a network for a target of the compiler's, such as bm1684x_INT8_nolg.
import json
import os
import pathlib
import subprocess
import tempfile

from vendor.tables import ROOT


def executable():
    return os.environ.get("TPUSCOPE", str(ROOT / "build/release/tpuscope"))


def flags_of(target):
    """The flags for CHIP_PRECISION[_coreN][_nolg]."""
    chip, precision, *rest = target.split("_")
    cores = next((word[4:] for word in rest if word.startswith("core")), "1")
    flags = ["--chip", chip, "--precision", precision.lower(), "--cores", cores]
    return flags + (["--group-method", "none"] if "nolg" in rest else [])


def profile(model, target, flags=()):
    """The JSON report of one run; a text that says why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        run = subprocess.run([executable(), "profile", model, *flags_of(target), *flags, "--report", report, "-q"],
                             capture_output=True, text=True, check=False)
        if run.returncode:
            return " ".join((run.stderr or run.stdout).split())[:200]
        return json.loads(report.read_text())


def against(model, target, record, flags=()):
    """A comparison of our plan with the compiler's record of groups; a text that says why there is none."""
    run = subprocess.run([executable(), "compare", model, record, *flags_of(target), *flags, "--json", "-q"],
                         capture_output=True, text=True, check=False)
    if run.returncode:
        return " ".join((run.stderr or run.stdout).split())[:200]
    return json.loads(run.stdout)


def milliseconds(report):
    """Without the launch."""
    launch = next((part["time_ps"] for part in report["waterfall"] if part["name"] == "launch"), 0)
    return (report["summary"]["time_ps"] - launch) / 1e9


def facts(report):
    """The row of a report, with the names of the compiler's tables."""
    summary, spans = report["summary"], report["spans"]
    cycles_per_ps = summary["clock_khz"] / 1e9
    types = {op["id"]: op["type"] for op in report["ops"]}
    commands = list(zip(spans["engine"], spans["op"], spans["kind"],
                        [round((end - start) * cycles_per_ps) for start, end in zip(spans["start_ps"], spans["end_ps"])],
                        spans["bytes"]))
    def moved(*kinds):
        # What commands carry, as the compiler lists it, and not whole granules of the DDR.
        return sum(size for engine, _, kind, _, size in commands if engine == "GDMA" and kind.startswith(kinds))

    return {
        "cycles": round(milliseconds(report) * summary["clock_khz"]),
        "tiu": sum(engine == "BDC" for engine, *_ in commands),
        "tiu_cycles": round(summary["bdc_busy_ps"] * cycles_per_ps),
        "gdma": sum(engine == "GDMA" for engine, *_ in commands),
        "gdma_cycles": round(summary["gdma_busy_ps"] * cycles_per_ps),
        "read": moved("Load", "Copy"),
        "written": moved("Store", "Copy", "Fill"),
        "kinds": [kind for engine, _, kind, _, _ in commands if engine == "BDC"],
        "tiu_commands": [(op, types.get(op, str(op)), f"{kind} {cycles}")
                         for engine, op, kind, cycles, _ in commands if engine == "BDC"],
        "gdma_commands": [f"{kind} {size}" for engine, _, kind, _, size in commands if engine == "GDMA"],
        "groups": len(report["groups"]),
    }

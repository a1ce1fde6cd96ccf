# What-ifs on layer groups: other plans than its own forced on the vendor's compiler, and lowered here.
# A plan is text, "0-14/1.1.1.1.1 15-31/1.1.1.2.1": groups by places in the compiler's order of operators, with slices.
import collections
import json
import pathlib
import random
import shutil
import subprocess
import tempfile

from vendor import profiles, program, streams
from vendor.comparison import model_in
from vendor.tables import DATA, read_rows

TABLE = DATA / "what_if.csv"
COLUMNS = "network target plan asked taken ms groups".split()
LIMITS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 24)
RANDOM_PLANS = 10
OWN, SILICON = "its own", "ours by silicon"


def units_of(cache):
    """(operators, slices or none) of a record, in running order."""
    units = []
    for name, part in cache.items():
        if name.startswith("subfunc_"):
            units += [(group["index"], group["locs"], group["shape_secs"]) for group in part.get("GroupLayer", [])]
            units += [(alone["index"], [alone["loc"]], None) for alone in part.get("GlobalLayer", [])]
    return [(names, slices) for _, names, slices in sorted(units, key=lambda unit: unit[0])]


def plan_text(cache, place_of):
    """A record as a plan, by places that the names have in the compiler's own."""
    words = []
    for names, slices in units_of(cache):
        places = sorted(place_of[name] for name in names if name in place_of)
        if slices is None or not places:
            continue
        if places[-1] - places[0] + 1 != len(places):
            return ""  # no run of operators
        words.append(f"{places[0]}-{places[-1]}/" + ".".join(map(str, slices)))
    return " ".join(words)


def record_of(plan, names):
    """A plan as a record that --groups reads."""
    groups, grouped = [], set()
    for word in plan.split():
        span, slices = word.split("/")
        first, last = map(int, span.split("-"))
        grouped.update(range(first, last + 1))
        groups.append({"index": first, "locs": names[first:last + 1], "shape_secs": list(map(int, slices.split(".")))})
    alone = [{"index": place, "loc": name} for place, name in enumerate(names) if place not in grouped]
    return {"subfunc_0": {"GroupLayer": groups, "GlobalLayer": alone}}


def record_path(network, target):
    """The compiler's own record, whose order of operators is that of plans."""
    return DATA / "groups" / network / f"{target}.layer_group_cache.json.gz"


def cut_plans(groups):
    """{name: pieces (first, last)} of groups (first, last): limits of size, and random cuts."""
    def pieces(first, last, cuts):
        starts = [first, *sorted(cuts)]
        return list(zip(starts, [cut - 1 for cut in starts[1:]] + [last]))

    plans = {}
    for limit in LIMITS:
        plan = [piece for first, last in groups for piece in pieces(first, last, range(first + limit, last + 1, limit))]
        if len(plan) > len(groups):
            plans[f"at most {limit}"] = plan
    draw = random.Random(1)
    for index in range(RANDOM_PLANS):
        cuts = [draw.sample(range(first + 1, last + 1), min(last - first, draw.randint(0, 3))) for first, last in groups]
        plan = [piece for (first, last), own in zip(groups, cuts) for piece in pieces(first, last, own)]
        if len(plan) > len(groups):
            plans[f"cuts {index}"] = plan
    seen = {}
    for name, plan in plans.items():
        seen.setdefault(tuple(plan), name)
    return {name: list(plan) for plan, name in seen.items()}


def spans_of(cache):
    """(first, last) of groups by the compiler's own indices of operators."""
    return [(group["func_start_idx"], group["func_end_idx"]) for name, part in cache.items()
            if name.startswith("subfunc_") for group in part.get("GroupLayer", [])]


def force(compilation, plan, asked):
    """Leaves the file that makes the compiler take these groups."""
    kept = json.loads(plan.read_text())
    kept["ManualSetting"] = [{"subfunc_idx": 0, "func_start_idx": first, "func_end_idx": last, "group_cost": 1}
                             for first, last in asked]
    (compilation.work / plan.name).write_text(json.dumps(kept))


def silicon_spans(model, target, record):
    """The groups that this version would hand to the compiler."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "groups.json"
        subprocess.run([program.executable(), "plan", model, record, "--for-compiler", file, *program.flags_of(target), "-q"],
                       stdout=subprocess.DEVNULL, check=True)
        return [(entry["func_start_idx"], entry["func_end_idx"]) for entry in json.loads(file.read_text())["ManualSetting"]]


def compiled_plans(model, target, out, with_cuts):
    """Compiles a network with its own plan, with ours by silicon's prices and with cuts; rows without times, models in OUT."""
    from vendor.compiling import Compilation

    with Compilation(model, lambda _: 4.0) as compilation:
        refusal = compilation.refusal or compilation.deploy(target)
        if refusal:
            print(model.stem, target, refusal, flush=True)
            return
        record = compilation.newest("m_*layer_group_cache.json")
        own = json.loads(record.read_text())
        debugger = compilation.newest("m_*layer_group_debugger.json")
        place_of = {name: place for place, name in enumerate(name for names, _ in units_of(own) for name in names)}
        plans = {OWN: spans_of(own), SILICON: silicon_spans(model, target, record)}
        if with_cuts and record_path(model.stem, target).exists():
            plans |= cut_plans(spans_of(own))
        for plan, asked in plans.items():
            if plan != OWN:
                force(compilation, debugger, asked)
                if compilation.deploy(target, "--lg_debugger", "3"):
                    print(model.stem, target, plan, "refused", flush=True)
                    continue
            cache = json.loads(compilation.newest("m_*layer_group_cache.json").read_text())
            name = f"{model.stem}@{plan.replace(' ', '-')}"
            (out / name / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(compilation.work / "m.bmodel", out / name / target / "m.bmodel")
            several = [span for span in asked if span[1] > span[0]]
            yield name, {"network": model.stem, "target": target, "plan": plan, "asked": len(several),
                         "taken": sum(span in spans_of(cache) for span in several), "groups": plan_text(cache, place_of)}
            print(model.stem, target, plan, flush=True)


def derived(models, targets, out, with_cuts):
    """Rows of the table, with the times of the streams."""
    found = [made for model in models for target in targets for made in compiled_plans(model, target, out, with_cuts)]
    times = streams.timed([(name, row["target"]) for name, row in found], "--streams", out)
    return [row | {"ms": f"{streams.stream_ms(time):.6f}"} for (_, row), time in zip(found, times, strict=True)]


def ours(models, row, folder):
    """What this version takes with the groups of a row, in ms; none where it refuses them."""
    names = [name for own, _ in units_of(profiles.read_record(record_path(row["network"], row["target"]))) for name in own]
    file = pathlib.Path(folder) / "groups.json"
    file.write_text(json.dumps(record_of(row["groups"], names)))
    report = program.profile(model_in(models, row["network"]), row["target"], ("--groups", file))
    return None if isinstance(report, str) else program.milliseconds(report)


def compared(models):
    """{(network, target): [(plan, row, theirs, ours)]}: times as ratios to those of the compiler's own plan."""
    rows = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        table = [row for row in read_rows(TABLE) if row["groups"] and row["plan"] != SILICON]
        cut = {(row["network"], row["target"]) for row in table if row["plan"] != OWN}
        for row in table:
            if (row["network"], row["target"]) in cut:
                rows[row["network"], row["target"]].append((row, float(row["ms"]), ours(models, row, folder)))
    plans = {}
    for place, known in rows.items():
        base = next((times for row, *times in known if row["plan"] == OWN), None)
        if base and base[1]:
            plans[place] = [(row, theirs / base[0], mine / base[1]) for row, theirs, mine in known
                            if mine and row["plan"] != OWN]
    return plans


def handed():
    """(network, target, row of our plan by silicon, its stream / that of the compiler's own plan)"""
    times = {(row["network"], row["target"], row["plan"]): row for row in read_rows(TABLE)}
    for (network, target, plan), row in times.items():
        own = times.get((network, target, OWN))
        if plan == SILICON and own:
            yield network, target, row, float(row["ms"]) / float(own["ms"])

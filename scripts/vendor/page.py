# docs/agreement.md: the part that is written by hand, and tables of the program's figures beside the compiler's.
import collections
import math
import statistics

from vendor.comparison import ratio, within
from vendor.tables import ROOT

HEAD = ROOT / "docs/parts/agreement_head.md"
UNGROUPED = "_nolg"
# A unit's commands count as a kind of a network from this share of them on.
NOTABLE = 0.02


def table(columns, rows):
    """Markdown; columns whose names begin with > are aligned to the right."""
    lines = ["| " + " | ".join(name.lstrip(">") for name in columns) + " |",
             "|" + "|".join("--:" if name.startswith(">") else "---" for name in columns) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def factor(value):
    return "–" if value is None else f"{value:.2f}"


def share(good, total):
    return f"{100 * good / total:.0f} % ({good} of {total})" if total else "–"


def held(values, tolerance):
    """How many of the ratios are within a tolerance; a network that is refused counts as one that is not."""
    return share(sum(within(value, tolerance) for value in values), len(values))


def median(values):
    known = [value for value in values if value is not None]
    return factor(statistics.median(known) if known else None)


def ratios(pairs, name):
    return [ratio(ours[name], theirs[name]) if name in ours else None for theirs, ours in pairs]


def moved(row):
    return row["read"] + row["written"]


def same(pairs):
    return share(sum(ours["same"] for _, ours in pairs), len(pairs))


def probe_rows(pairs):
    by_place = collections.defaultdict(list)
    for theirs, ours in pairs:
        by_place[theirs["family"], theirs["target"]].append((theirs, ours))
    for (family, target), group in sorted(by_place.items()):
        commands, cycles = ratios(group, "tiu"), ratios(group, "tiu_cycles")
        moves = [ratio(moved(ours), moved(theirs)) if "read" in ours else None for theirs, ours in group]
        yield (family, target, len(group), sum(ours["same"] for _, ours in group),
               sum(within(value, 0.2) for value in commands), sum(within(value, 0.2) for value in cycles),
               median(commands), median(cycles), median(ratios(group, "gdma")), median(moves))


def differing_rows(pairs):
    names = collections.defaultdict(list)
    for theirs, ours in pairs:
        if not ours["same"]:
            names[theirs["target"], theirs["family"]].append(theirs["graph"])
    for (target, family), graphs in sorted(names.items()):
        yield target, family, " ".join(sorted(graphs))


def distance(pair):
    """How far the worst of the compared counts of a network is off, as a logarithm; refused ones come first."""
    theirs, ours = pair
    if "refused" in ours:
        return math.inf
    known = [ratio(ours[name], theirs[name]) for name in ("tiu", "gdma", "read", "written")]
    return max(abs(math.log(value)) for value in known if value is not None)


def blame(theirs, ours):
    """The work whose commands differ most in number, and by how many."""
    excess = {work: ours[work] - theirs[work] for work in theirs.keys() | ours.keys()}
    worst = max(sorted(excess), key=lambda work: abs(excess[work]))
    return f"{worst} {excess[worst]:+}" if excess[worst] else ""


def network_rows(pairs):
    for theirs, ours in sorted(pairs, key=lambda pair: (-distance(pair), pair[0]["network"], pair[0]["target"])):
        name = theirs["network"], theirs["target"]
        if "refused" in ours:
            yield (*name, "refused", *[""] * 7)
            continue
        groups = f'{ours["groups"]} / {theirs["groups"]}' if theirs["groups"] else ""
        counts = [f'{factor(ratio(ours[engine], theirs[engine]))} ({ours[engine]} / {theirs[engine]})'
                  for engine in ("tiu", "gdma")]
        yield (*name, groups, *counts, *(factor(ratio(ours[name], theirs[name]))
                                         for name in ("read", "written", "tiu_cycles", "cycles")),
               blame(theirs["work"], ours["work"]))


def kinds_hold(pair, tolerance):
    """Whether the commands of every notable unit are as many as the compiler's."""
    theirs, ours = pair
    least = NOTABLE * theirs["tiu"]
    return all(within(ratio(ours["units"][unit], theirs["units"][unit]), tolerance)
               for unit in theirs["units"].keys() | ours["units"].keys()
               if max(theirs["units"][unit], ours["units"][unit]) >= least)


def total_rows(pairs, what):
    """All networks' commands by unit or by work."""
    totals = collections.defaultdict(lambda: [0, 0])
    for theirs, ours in pairs:
        for side, row in enumerate((ours, theirs)):
            for unit, number in row[what].items():
                totals[unit][side] += number
    for unit, (ours, theirs) in sorted(totals.items(), key=lambda item: -item[1][1]):
        yield unit, theirs, ours, factor(ratio(ours, theirs))


def grouping_pairs(pairs):
    """(network, target, the compiler's, ours): estimates without layer groups / with them."""
    rows = {(theirs["network"], theirs["target"]): (theirs, ours) for theirs, ours in pairs}
    for (network, target), (theirs, ours) in rows.items():
        grouped = rows.get((network, target.removesuffix(UNGROUPED)))
        if not target.endswith(UNGROUPED) or grouped is None:
            continue
        yield (network, target.removesuffix(UNGROUPED), ratio(theirs["cycles"], grouped[0]["cycles"]),
               ratio(ours.get("cycles", 0), grouped[1].get("cycles", 0)))


def target_rows(probes, networks):
    """The goals of the work on commands, and where this version is."""
    def of(test):
        return [pair for pair in probes if test(pair[0]["target"])]

    grouped = [pair for pair in networks if UNGROUPED not in pair[0]["target"]]
    alone = [pair for pair in networks if UNGROUPED in pair[0]["target"]]
    for precision in ("F32", "F16", "INT8"):
        yield f"probes with the compiler's sequence of commands, BM1684X {precision}", "90 %", same(
            of(lambda target, chosen=f"bm1684x_{precision}": target == chosen))
    yield "the same, BM1688", "80 %", same(of(lambda target: target.startswith("bm1688")))
    yield "the same, BM1684X without layer groups", "", same(of(lambda target: UNGROUPED in target))
    yield "networks with as many BDC commands, within 10 %", "90 %", held(ratios(grouped, "tiu"), 0.1)
    yield "networks with as many GDMA commands, within 10 %", "90 %", held(ratios(grouped, "gdma"), 0.1)
    yield "networks with as many BDC commands of each kind, within 15 %", "90 %", share(
        sum(kinds_hold(pair, 0.15) for pair in grouped), len(grouped))
    for name in ("read", "written"):
        yield f"networks with as many bytes {name}, within 5 %", "90 %", held(ratios(grouped, name), 0.05)
    yield "without layer groups: bytes within 5 %", "", held(
        [ratio(moved(ours), moved(theirs)) if "read" in ours else None for theirs, ours in alone], 0.05)
    for engine, label in (("tiu", "BDC"), ("gdma", "GDMA")):
        yield f"without layer groups: {label} commands within 10 %", "", held(ratios(alone, engine), 0.1)
    yield "ratio of cycles, ungrouped to grouped, within 5 %", "", held(
        [ratio(ours or 0, theirs or 0) for _, _, theirs, ours in grouping_pairs(networks)], 0.05)
    yield "networks with the BDC cycles of the compiler's estimate, within 3 %", "", held(
        ratios(grouped, "tiu_cycles"), 0.03)
    yield "networks with the cycles of the compiler's estimate, within 3 %", "", held(ratios(grouped, "cycles"), 0.03)


def text(probes, networks):
    grouped = [pair for pair in networks if UNGROUPED not in pair[0]["target"]]
    alone = [pair for pair in networks if UNGROUPED in pair[0]["target"]]
    columns = ("network", "target", ">groups", ">BDC commands", ">GDMA commands", ">read", ">written", ">BDC cycles",
               ">cycles", "most to blame for BDC commands")
    grouping = sorted(grouping_pairs(networks), key=lambda row: -abs(math.log(ratio(row[3] or 0, row[2] or 0) or 1e-9)))
    return "\n".join([
        HEAD.read_text(),
        "## Targets\n", table(("figure", ">goal", ">now"), target_rows(probes, networks)),
        "## Probes\n", table(("family", "target", ">probes", ">same sequence", ">commands within 20 %",
                              ">cycles within 20 %", ">commands", ">cycles", ">GDMA commands", ">bytes"),
                             probe_rows(probes)),
        "## Probes whose sequence differs\n", table(("target", "family", "probes"), differing_rows(probes)),
        "## Networks, worst first\n", table(columns, network_rows(grouped)),
        "## Networks without layer groups, worst first\n", table(columns, network_rows(alone)),
        "## What layer groups are worth, worst first\n",
        table(("network", "target", ">compiler", ">ours", ">ours / compiler"),
              [(network, target, factor(theirs), factor(ours), factor(ratio(ours or 0, theirs or 0)))
               for network, target, theirs, ours in grouping]),
        "## BDC commands by unit, all networks with layer groups\n",
        table(("unit", ">compiler", ">ours", ">ours / compiler"), total_rows(grouped, "units")),
        "## BDC commands by work, all networks with layer groups\n",
        table(("work", ">compiler", ">ours", ">ours / compiler"), total_rows(grouped, "work")),
    ])

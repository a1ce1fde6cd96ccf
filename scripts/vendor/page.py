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
    values = list(values)
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


class Plans:
    """Our plans beside the compiler's: groups, slices, and what both come to."""

    def __init__(self, compared, networks, streams, planned):
        """What comparison.groups, comparison.networks, streams.committed and streams.planned give."""
        self.groups = [row for row in compared if not isinstance(row[2], str)]
        self.refused = [row for row in compared if isinstance(row[2], str)]
        cycles = {(theirs["network"], theirs["target"]): theirs["cycles"] for theirs, _ in networks}
        self.worth = [(network, target, ratio(cycles[network, target + UNGROUPED], cycles[network, target]),
                       ratio(alone or 0, found["estimated_cycles"] or 0))
                      for network, target, found, alone in self.groups
                      if (network, target + UNGROUPED) in cycles and (network, target) in cycles]
        self.totals = [(*place, *planned[place], *streams[place]) for place in streams]

    def alike(self, chip=""):
        """Shares of neighbours that are grouped alike, by network and target."""
        return [found["likeness"]["neighbours_alike"] / found["likeness"]["neighbours"]
                for _, target, found, _ in self.groups if target.startswith(chip) and found["likeness"]["neighbours"]]

    def slices(self):
        same = [(found["likeness"]["same_slices"], found["likeness"]["same_groups"]) for _, _, found, _ in self.groups]
        return sum(pair[0] for pair in same), sum(pair[1] for pair in same)

    def targets(self):
        for chip, goal in (("bm1684x", "0.98"), ("bm1688", "0.95")):
            values = self.alike(chip)
            yield (f"neighbouring tensors grouped alike, {chip.upper()}: median, least", f"{goal}, 0.90",
                   f"{median(values)}, {factor(min(values))} ({sum(value >= 0.9 for value in values)} of {len(values)} reach 0.90)")
        yield "groups of the same operators in as many slices along each axis", "90 %", share(*self.slices())
        yield "ratio of cycles, ungrouped to grouped, both by the compiler's estimate, within 5 %", "90 %", held(
            [ratio(ours or 0, theirs or 0) for _, _, theirs, ours in self.worth], 0.05)
        yield "our plan by silicon's prices against the real stream by the same, within 5 %", "90 %", held(
            [ours / theirs for _, _, ours, _, theirs, _ in self.totals], 0.05)

    def group_rows(self):
        for network, target, found, _ in sorted(
                self.groups, key=lambda row: (row[2]["likeness"]["neighbours_alike"] / max(1, row[2]["likeness"]["neighbours"]), row[:2])):
            like = found["likeness"]
            yield (network, target, f'{found["tpuscope"]["groups"]} / {found["compiler"]["groups"]}',
                   f'{factor(ratio(like["neighbours_alike"], like["neighbours"]))} ({like["neighbours_alike"]} / {like["neighbours"]})',
                   f'{like["same_slices"]} / {like["same_groups"]}' if like["same_groups"] else "–")

    def total_rows(self):
        def off(row):
            return abs(math.log(row[2] / row[4]))
        for row in sorted(self.totals, key=lambda row: (-off(row), row[:2])):
            network, target, ours, charges, theirs, stream_charges = row
            kind, more = most_different(charges, stream_charges)
            yield (network, target, f"{theirs:.3f}", f"{ours:.3f}", factor(ours / theirs),
                   f"{kind} {more:+.3f}" if off(row) > math.log(1.05) else "")


# Our ratio of times may differ from the real streams' by so much.
NEAR = 0.04


def rank_correlation(known):
    """Of the times of forced plans; none for fewer than three."""
    def ranks(values):
        return [sum(other < value for other in values) + (values.count(value) - 1) / 2 for value in values]
    if len(known) < 3:
        return None
    theirs, ours = ranks([row[1] for row in known]), ranks([row[2] for row in known])
    return statistics.correlation(theirs, ours) if len(set(theirs)) > 1 and len(set(ours)) > 1 else None


def forced_rows(forced):
    """`forced`: what what_if.compared gives."""
    for (network, target), known in sorted(forced.items()):
        theirs = [row[1] for row in known]
        errors = {row["plan"]: ours / stream for row, stream, ours in known}
        worst = max(errors, key=lambda plan: abs(math.log(errors[plan])))
        yield (network, target, len(known),
               share(sum(int(row["taken"]) for row, *_ in known), sum(int(row["asked"]) for row, *_ in known)),
               f"{min(theirs):.2f} to {max(theirs):.2f}", factor(rank_correlation(known)), held(errors.values(), NEAR),
               factor(errors[worst]), worst)


def forced_targets(forced):
    every = [row for known in forced.values() for row in known]
    yield ("other groups forced: our ratio of times to the compiler's own plan against the real streams', within 4 %", "all",
           held([ours / theirs for _, theirs, ours in every], NEAR))
    found = [value for value in map(rank_correlation, forced.values()) if value is not None]
    if found:
        yield "the same, rank correlation within a network: median, least", "0.95", f"{median(found)}, {factor(min(found))}"
    yield ("forced groups taken by the compiler as asked", "95 %",
           share(sum(int(row["taken"]) for row, *_ in every), sum(int(row["asked"]) for row, *_ in every)))


def most_different(ours, theirs):
    """The kind of commands to which most of the difference is charged, and how much more ours is."""
    excess = {kind: ours.get(kind, 0) - theirs.get(kind, 0) for kind in sorted(ours.keys() | theirs.keys())}
    total = sum(excess.values())
    kind = max(excess, key=lambda kind: excess[kind] * (1 if total >= 0 else -1))
    return kind, excess[kind]


def handed_rows(handed):
    """`handed`: what what_if.handed gives; fastest first."""
    for network, target, row, gain in sorted(handed, key=lambda row: row[3]):
        yield network, target, f'{row["taken"]} of {row["asked"]}', f'{float(row["ms"]):.3f}', f"{100 * (gain - 1):+.1f} %"


def handed_targets(handed):
    gains = [gain for *_, gain in handed]
    if gains:
        yield ("our plans by silicon handed to the compiler: groups taken as asked", "95 %",
               share(sum(int(row["taken"]) for _, _, row, _ in handed), sum(int(row["asked"]) for _, _, row, _ in handed)))
        yield ("the same: real streams' time by silicon against its own plan: best, median, worst; faster, slower than 1 %", "none slower",
               f"{factor(min(gains))}, {median(gains)}, {factor(max(gains))}; {sum(gain < 0.99 for gain in gains)}, "
               f"{sum(gain > 1.01 for gain in gains)} of {len(gains)}")


def target_rows(probes, networks, plans, forced, handed):
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
    yield "ratio of cycles, ungrouped to grouped, ours by silicon, within 5 %", "", held(
        [ratio(ours or 0, theirs or 0) for _, _, theirs, ours in grouping_pairs(networks)], 0.05)
    yield from plans.targets()
    yield from forced_targets(forced)
    yield from handed_targets(handed)
    yield "networks with the BDC cycles of the compiler's estimate, within 3 %", "", held(
        ratios(grouped, "tiu_cycles"), 0.03)
    yield "networks with the cycles of the compiler's estimate, within 3 %", "", held(ratios(grouped, "cycles"), 0.03)


def text(probes, networks, plans, forced, handed):
    grouped = [pair for pair in networks if UNGROUPED not in pair[0]["target"]]
    alone = [pair for pair in networks if UNGROUPED in pair[0]["target"]]
    columns = ("network", "target", ">groups", ">BDC commands", ">GDMA commands", ">read", ">written", ">BDC cycles",
               ">cycles", "most to blame for BDC commands")
    worth = sorted(plans.worth, key=lambda row: -abs(math.log(ratio(row[3] or 0, row[2] or 0) or 1e-9)))
    silicon = {row[:2]: row[3] for row in grouping_pairs(networks)}
    return "\n".join([
        HEAD.read_text(),
        "## Targets\n", table(("figure", ">goal", ">now"), target_rows(probes, networks, plans, forced, handed)),
        "## Probes\n", table(("family", "target", ">probes", ">same sequence", ">commands within 20 %",
                              ">cycles within 20 %", ">commands", ">cycles", ">GDMA commands", ">bytes"),
                             probe_rows(probes)),
        "## Probes whose sequence differs\n", table(("target", "family", "probes"), differing_rows(probes)),
        "## Networks, worst first\n", table(columns, network_rows(grouped)),
        "## Networks without layer groups, worst first\n", table(columns, network_rows(alone)),
        "## Groups and slices, worst first\n",
        table(("network", "target", ">groups", ">neighbours grouped alike", ">same groups in the same slices"),
              plans.group_rows()),
        "## Totals by silicon's prices, worst first\n",
        table(("network", "target", ">the compiler's stream, ms", ">our plan, ms", ">ours / stream",
               "most of the difference, ms"), plans.total_rows()),
        "## Other groups than its own, forced on the compiler and on us\n",
        table(("network", "target", ">plans", ">groups taken as asked", ">real streams, times its own", ">rank correlation",
               ">ours / theirs within 4 %", ">furthest off", "where"), forced_rows(forced)),
        "## Our plans by silicon's prices, handed to the compiler\n",
        table(("network", "target", ">groups taken as asked", ">its stream, ms", ">against its own plan"), handed_rows(handed)),
        "## What layer groups are worth, worst first\n",
        table(("network", "target", ">compiler", ">ours by its estimate", ">ours / compiler", ">ours by silicon"),
              [(network, target, factor(theirs), factor(ours), factor(ratio(ours or 0, theirs or 0)),
                factor(silicon.get((network, target)))) for network, target, theirs, ours in worth]),
        "## BDC commands by unit, all networks with layer groups\n",
        table(("unit", ">compiler", ">ours", ">ours / compiler"), total_rows(grouped, "units")),
        "## BDC commands by work, all networks with layer groups\n",
        table(("work", ">compiler", ">ours", ">ours / compiler"), total_rows(grouped, "work")),
    ])

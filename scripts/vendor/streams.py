# Streams that the vendor's compiler made, as the program replays them: how long they take by silicon's
# prices, and which kinds of commands that time is charged to.
import csv
import hashlib
import json
import pathlib
import subprocess
import tempfile

from vendor.program import executable
from vendor.tables import DATA, read_rows

CHARGED, ENDING = "charged_", "_ms"
TABLE = DATA / "streams.csv"
OLDER = DATA / "streams_2024.csv"  # of tpu-mlir 1.6.1 (2024-02), for those that it makes otherwise


def numbers_of(chip):
    """What a chip's numbers are, in short: where they change, replays do."""
    listed = subprocess.run([executable(), "list", "chip", chip, "--json"], capture_output=True, text=True, check=True)
    values = [(number["name"], number["value"]) for number in json.loads(listed.stdout)["numbers"]]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:8]


def charges(row):
    """{kind: ms} of a row that `validate --csv` wrote."""
    return {name[len(CHARGED):-len(ENDING)]: float(value) for name, value in row.items()
            if name.startswith(CHARGED) and float(value or 0)}


def stream_ms(row):
    """The predicted time without the launch, which is the host's."""
    return float(row["predicted_ms"]) - float(row["launch_ms"])


def timed(places, *flags):
    """The row of `validate` for each (network, target), none of which was measured."""
    with tempfile.TemporaryDirectory() as folder:
        table, result = pathlib.Path(folder) / "rows.csv", pathlib.Path(folder) / "times.csv"
        lines = ["model_file,chip,precision,cores,ms_per_batch"]
        for network, target in places:
            chip, precision, *rest = target.split("_")
            cores = next((word[4:] for word in rest if word.startswith("core")), "1")
            lines.append(f"{network}.onnx,{chip},{precision},{cores},1")
        table.write_text("\n".join(lines) + "\n")
        subprocess.run([executable(), "validate", "--measured", table, *flags, "--csv", result], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(result, newline="") as file:
            rows = list(csv.DictReader(file))
    for (network, target), row in zip(places, rows, strict=True):
        if row["error"]:
            raise SystemExit(f"{network}/{target}: {row['error']}")
    return rows


def replayed(out):
    """The committed row of each compiled model OUT/NETWORK/TARGET, in their order."""
    places = sorted((path.parent.parent.name, path.parent.name) for path in out.glob("*/*/*.bmodel*"))
    rows = timed(places, "--streams", out)
    digests = {chip: numbers_of(chip) for chip in {row["chip"] for row in rows}}
    for (network, target), row in zip(places, rows, strict=True):
        yield {"network": network, "target": target, "ms": f"{stream_ms(row):.6f}",
               "commands": row["commands"], "numbers": digests[row["chip"]],
               "charged_ms": " ".join(f"{kind}:{value:.6f}" for kind, value in charges(row).items())}


def planned(models):
    """What this version makes of the networks of the committed table, in the same form."""
    places = list(committed())
    return {place: (stream_ms(row), charges(row))
            for place, row in zip(places, timed(places, "--models", models), strict=True)}


def committed(table=TABLE):
    """{(network, target): (ms, {kind: ms})}"""
    return {(row["network"], row["target"]): (
        float(row["ms"]), {kind: float(value) for kind, value in
                           (word.split(":") for word in row["charged_ms"].split())})
        for row in read_rows(table)}


def outdated():
    """Chips whose numbers are no longer those by which the committed table was made."""
    made = {(row["target"].split("_")[0], row["numbers"]) for row in [*read_rows(TABLE), *read_rows(OLDER)]}
    return sorted(chip for chip, digest in made if numbers_of(chip) != digest)

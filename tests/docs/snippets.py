"""snippets.py ROOT PROGRAM MODULE [PAGES]: runs what the pages show, as a reader would. Commands run in a folder
that has the files that they name, JSON is parsed, networks are checked, Python runs by the module
in MODULE. The pages are those of ROOT, or of PAGES. What cannot be run is marked in its page, `<!-- not run: START: REASON -->`, and a mark that
no command needs is an offence as well. Outputs are compared by scripts/readme, not here."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from documents import blocks, pages

CONFIG = {"model_type": "qwen2", "hidden_size": 512, "num_hidden_layers": 4,
          "num_attention_heads": 8, "num_key_value_heads": 2, "intermediate_size": 1024,
          "vocab_size": 4096}


class Desk:
    """A folder with the files that snippets name, and the program on the path."""

    def __init__(self, root, program, module, folder):
        self.root, self.program, self.folder = Path(root), Path(program).resolve(), Path(folder)
        self.environment = dict(os.environ, PATH=f"{self.program.parent}:{os.environ['PATH']}",
                                LC_ALL="C.UTF-8", PYTHONPATH=module or "",
                                PYTHONDONTWRITEBYTECODE="1")
        self.has_module = bool(module) and any(Path(module).glob("tpuscope/_native*.so"))

    def lay_out(self):
        corpus = self.root / "tests/fuzz/corpus"
        networks = {"model.onnx": "resnet50", "net.onnx": "resnet50"}
        for name, network in networks.items():
            shutil.copy(self.root / f"graph/builtin/{network}.onnx", self.folder / name)
        for name, model in {"net": "one_core", "old": "one_core", "new": "one_core"}.items():
            shutil.copy(corpus / f"fuzz_bmodel/{model}.bmodel", self.folder / f"{name}.bmodel")
        for folder in ("model", "models", "ci", "out", "build/release"):
            (self.folder / folder).mkdir(parents=True)
        (self.folder / "board.csv").write_text(
            "model_file,chip,precision,ms_per_batch\nresnet50.onnx,BM1684X,FP16,1.49\n"
            "yolov5s.onnx,BM1684X,INT8,3.44\n")
        for name in ("config.json", "model/config.json"):
            (self.folder / name).write_text(json.dumps(CONFIG))
        (self.folder / "build/release/tpuscope").symlink_to(self.program)
        for name in ("before.json", "after.json"):
            self.must(["tpuscope", "profile", "model.onnx", "--report", name, "--quiet"])

    def must(self, words):
        subprocess.run(words, cwd=self.folder, env=self.environment, check=True,
                       stdout=subprocess.DEVNULL)

    def run(self, words, data=None):
        """None, or what went wrong. 1 is an answer: a budget missed, a condition that holds."""
        done = subprocess.run(words, cwd=self.folder, env=self.environment, text=True, input=data,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        allowed = (0, 1) if "tpuscope " in words[-1] else (0,)
        if done.returncode in allowed:
            return None
        return f"ends with {done.returncode}: {done.stdout.strip()[-500:]}"


def commands(text):
    """The lines of a shell block, continued ones joined; comments of a whole line left out."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()


def run_shell(block, desk, used):
    for command in commands(block.text):
        mark = next((mark for mark in block.marks if command.startswith(mark)), None)
        if mark is not None or "all" in block.marks:
            used.add(mark or "all")
            continue
        problem = desk.run(["bash", "-euo", "pipefail", "-c", command])
        yield f"{command}: {problem}" if problem else None


def take_table(block, desk):
    """Measurements that a page shows are those that its commands read."""
    rows = list(csv.reader(block.text.splitlines()))
    (desk.folder / "board.csv").write_text(block.text + "\n")
    return None if len({len(row) for row in rows}) == 1 else "rows have different lengths"


def run_block(block, desk, used):
    """What each piece of the block gave: None, or what is wrong with it."""
    if block.is_session:
        return
    if block.language == "sh":
        yield from run_shell(block, desk, used)
    elif "all" in block.marks:
        used.add("all")
    elif block.language == "json":
        try:
            json.loads(block.text)
            yield None
        except ValueError as error:
            yield f"this is no JSON: {error}"
    elif block.language == "csv":
        yield take_table(block, desk)
    elif block.language == "python":
        if desk.has_module:
            yield desk.run([sys.executable, "-"], block.text)
    elif block.language == "":
        (desk.folder / "snippet.tpu").write_text(block.text)
        yield desk.run(["tpuscope", "check", "snippet.tpu"])
    else:
        yield f"nobody knows how to run {block.language}"


def main(root, program, module, shown=""):
    count, offences, shown = 0, [], Path(shown or root)
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(root, program, module, folder)
        desk.lay_out()
        for page in pages(shown):
            for block in blocks(page):
                where = f"{page.relative_to(shown)}:{block.line}"
                used = set()
                for problem in run_block(block, desk, used):
                    count += 1
                    if problem:
                        offences.append(f"{where}: {problem}")
                offences += [f"{where}: nothing here begins with {mark}, which is marked"
                             for mark in block.marks if mark not in used]
    print("\n".join(offences + [f"{count} snippets were run, {len(offences)} offences"]))
    return bool(offences) or count == 0


sys.exit(main(*sys.argv[1:]))

# Runs the vendor's compiler, in the environment that scripts/vendor/setup.sh made: weights, conversion,
# compilation for each target, and what is kept of it.
import gzip
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LIMIT = 2400  # seconds for one step
WHY = re.compile(r"rror|FAILED|ssert|not support")


def fill_weights(source, target):
    """Gives weights that a file leaves out small random values, so that activations stay sane."""
    import numpy
    import onnx

    model = onnx.load(source, load_external_data=False)
    random = numpy.random.default_rng(1)
    role = {}
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            role.setdefault(name, (node.op_type, place))
    for tensor in model.graph.initializer:
        is_external = tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data) > 0
        has_values = tensor.raw_data or tensor.float_data or tensor.int32_data or tensor.int64_data
        if has_values and not is_external:
            continue
        shape, kind = list(tensor.dims), onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        operator, place = role.get(tensor.name, ("", 0))
        values = random.standard_normal(shape, dtype=numpy.float32)
        if numpy.issubdtype(kind, numpy.integer):
            values = numpy.zeros(shape)
        elif operator == "BatchNormalization" and place == 4:
            values = numpy.ones(shape)
        elif operator in ("Conv", "ConvTranspose", "Gemm", "MatMul", "Gather") and place <= 1 and len(shape) > 1:
            values /= max(numpy.prod(shape[1:]) if operator == "Conv" else shape[-2], 1)**0.5
        else:
            values *= 0.02
        del tensor.external_data[:]
        tensor.ClearField("data_location")
        tensor.raw_data = values.astype(kind).tobytes()
    onnx.save(model, target)


class Compilation:
    """One network in a temporary folder, converted once and compiled for target after target."""

    def __init__(self, model, threshold):
        """`threshold`: the calibrated range of the i-th tensor."""
        self._folder = tempfile.TemporaryDirectory(prefix="oracle-")
        self.work = pathlib.Path(self._folder.name)
        fill_weights(model, self.work / "m.onnx")
        self.refusal = self._tool("model_transform", "--model_name", "m", "--model_def", "m.onnx", "--mlir", "m.mlir")
        if self.refusal:
            return
        tensors = dict.fromkeys(re.findall(r'loc\("([^"]+)"', (self.work / "m.mlir").read_text()))
        lines = (f"{name} {threshold(i)} {-threshold(i)} {threshold(i)}\n" for i, name in enumerate(tensors))
        (self.work / "ranges").write_text("# op_name    threshold    min    max\n" + "".join(lines))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def _tool(self, name, *arguments):
        """Why the tool failed; empty where it did not."""
        log = self.work / f"{name}.txt"
        with open(log, "w") as file:
            run = subprocess.run([sys.executable, f'{os.environ["TPUC_ROOT"]}/python/tools/{name}.py', *arguments],
                                 cwd=self.work, stdout=file, stderr=file, timeout=LIMIT, check=False)
        if run.returncode == 0:
            return ""
        reasons = [line for line in log.read_text(errors="replace").splitlines() if WHY.search(line)]
        return f"refused: {reasons[-1][:200] if reasons else run.returncode}"

    def deploy(self, target, *more):
        """Compiles for CHIP_PRECISION[_coreN][_nolg], with further flags; the reason where that is refused."""
        chip, precision, *rest = target.split("_")
        for pattern in ("compiler_profile_*", "m.bmodel*", "m_*final.mlir", "m_*layer_group_cache.json"):
            for old in self.work.glob(pattern):
                old.unlink()
        flags = ["--calibration_table", "ranges"] if precision in ("INT8", "INT4") else []
        for word in rest:
            flags += ["--disable_layer_group"] if word == "nolg" else ["--num_core", word.removeprefix("core")]
        return self._tool("model_deploy", "--mlir", "m.mlir", "--quantize", precision, "--chip", chip, "--model",
                          "m.bmodel", "--debug", "--skip_validation", *flags, *more)

    def profiles(self):
        """The compiler's estimate, one text per core."""
        return [path.read_text() for path in sorted(self.work.glob("compiler_profile_*.txt"))]

    def newest(self, pattern):
        """The last written file of a pattern; none where there is none."""
        return max(self.work.glob(pattern), key=os.path.getmtime, default=None)

    def disassembly(self):
        """Every field of every command."""
        self._tool("bmodel_dis", "--format", "mlir", "m.bmodel")
        return (self.work / "bmodel_dis.txt").read_text(errors="replace")

    def keep(self, folder):
        """Leaves estimate, decisions and layer groups as compressed files."""
        folder.mkdir(parents=True, exist_ok=True)
        texts = {f"profile_{core}.txt": re.sub(r" +\n", "\n", re.sub(r"  +", "\t", text))
                 for core, text in enumerate(self.profiles())}
        final, groups = self.newest("m_*final.mlir"), self.newest("m_*layer_group_cache.json")
        if final:
            texts["final.mlir"] = re.sub(r'module_weight_file = "[^"]*"', 'module_weight_file = "weights.npz"',
                                         final.read_text())
        if groups:
            texts["groups.json"] = groups.read_text()
        for name, text in texts.items():
            with gzip.open(folder / f"{name}.gz", "wt", 9) as file:
                file.write(text)

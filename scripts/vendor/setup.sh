#!/bin/bash
# scripts/vendor/setup.sh FOLDER [VERSION]: puts the vendor's compiler (tpu-mlir, a package for Python 3.10) into
# a folder, about 1.8 GB, and writes FOLDER/env.sh, to be sourced. Nothing outside of the folder changes.
# PYTHON310 names the interpreter where it is not python3.10 on the path.
set -euo pipefail

mkdir -p "$1"
folder=$(cd "$1" && pwd)
version=${2:-1.30.2}
"${PYTHON310:-python3.10}" -m venv "$folder/venv"
install() { "$folder/venv/bin/python" -m pip --disable-pip-version-check -q install "$@"; }
install --no-deps "tpu_mlir==$version"
install 'setuptools<70' numpy==1.24.3 scipy==1.11.1 protobuf==3.20.3 onnx==1.14.1 onnxruntime==1.16.3 \
  onnxsim==0.4.17 opencv-python-headless==4.8.0.76 'Pillow<11' pandas==2.0.3 psutil filelock tqdm six graphviz \
  plotly==5.15.0 onnxruntime_extensions==0.15.2
site=$("$folder/venv/bin/python" -c 'import site; print(site.getsitepackages()[0])')
compiler=$site/tpu_mlir
# The wheel brings a C library of its own that clashes with the machine's.
rm -f "$compiler"/lib/third_party/lib{c,m,pthread}.so.*
chmod +x "$compiler"/bin/* "$compiler"/python/tools/*.py
# The converter uses one function of torch, which is 5 GB.
mkdir -p "$site/torch/nn"
cat >"$site/torch/__init__.py" <<'TORCH'
import numpy
from . import nn
class Tensor: pass
class autograd:
    class Function: pass
class _Array:
    def __init__(self, a): self.a = numpy.asarray(a)
    def numpy(self): return self.a
def tensor(a): return _Array(a)
TORCH
echo 'class Module: pass' >"$site/torch/nn/__init__.py"
cat >"$folder/env.sh" <<ENV
. "$folder/venv/bin/activate"
export TPUC_ROOT="$compiler" PATH="$compiler/bin:$compiler/python/tools:\$PATH" OMP_NUM_THREADS=\${OMP_NUM_THREADS:-2}
export PYTHONPATH="$site:$compiler:$compiler/python:$compiler/customlayer/python"
export LD_LIBRARY_PATH="$compiler/lib:$compiler/lib/capi:$compiler/lib/third_party"
ENV
echo "ready: . $folder/env.sh"

#!/bin/bash
# run.sh PYTHON FOLDER PROGRAM TESTDATA: the suite of the Python module that lies in FOLDER. Skipped
# (77) with the reason where it was not built or pytest is missing.
set -euo pipefail

python=$1 folder=$(realpath "$2") program=$(realpath "$3") testdata=$4
if ! compgen -G "$folder/tpuscope/_native*.so" >/dev/null; then
  echo "skipped: the module is not built (pybind11 was not found)"
  exit 77
fi
if ! "$python" -c 'import pytest' 2>/dev/null; then
  echo "skipped: pytest is not installed for $python"
  exit 77
fi
cd "$(dirname "$0")"
export PYTHONPATH=$folder TPUSCOPE_PROGRAM=$program TPUSCOPE_ONNX_TESTDATA=$testdata
export PYTHONDONTWRITEBYTECODE=1
exec "$python" -m pytest -q -p no:cacheprovider "${@:5}" .

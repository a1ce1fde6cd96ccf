#!/bin/bash
# Proves what we write in ONNX Runtime, or skips (77) with the reason where it is missing.
#   run.sh PROGRAM              examples of ops must compute what our kernels compute
#   run.sh PROGRAM MODEL        the rewritten network must compute what the original does
#   run.sh PROGRAM MODEL wrong  a fault put in on purpose must be noticed
#   run.sh PROGRAM MODEL imported  the network as imported, before types are chosen: what a
#                               quantised file rounds is still rounded
set -euo pipefail

program=$(realpath "$1")
model=${2:+$(realpath "$2")}
cd "$(dirname "$0")"
if ! command -v node >/dev/null; then
  echo "skipped: node is not installed (scripts/test installs it)"
  exit 77
fi
if [[ ! -d node_modules ]]; then
  echo "skipped: tests/onnxruntime/node_modules is missing (scripts/test fills it with npm ci)"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT # up to a gigabyte
if [[ $# -eq 1 ]]; then
  "$program" "$folder"
  node compare_ops.mjs "$folder"
  exit
fi
if [[ ${3:-} == imported ]]; then
  "$program" "$model" "$folder" none imported
  node compare.mjs "$folder"
  exit
fi
"$program" "$model" "$folder" optimized f16 "${@:3}"
status=0
node compare.mjs "$folder" || status=$?
if [[ $# -lt 3 ]]; then exit $status; fi
if [[ $status -ne 3 ]]; then
  echo "the fault was not noticed: exit code $status"
  exit 1
fi

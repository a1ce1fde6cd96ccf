#!/bin/bash
# run.sh PROGRAM TEST [OPTION]: runs one of the tests, or skips it (77) with the reason where a browser
# or Node is missing.
set -euo pipefail

program=$(realpath "$1")
cd "$(dirname "$0")"
for tool in node chromium; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: $tool is not installed (scripts/test installs it)"
    exit 77
  fi
done
if [[ ! -d node_modules ]]; then
  echo "skipped: tests/html/node_modules is missing (scripts/test fills it with npm ci)"
  exit 77
fi
exec node "$2" "$program" "${@:3}"

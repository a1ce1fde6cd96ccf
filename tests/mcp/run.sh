#!/bin/bash
# run.sh PROGRAM: the server as the protocol's official client sees it; skipped (77) without Node or the
# client.
set -euo pipefail

program=$(realpath "$1")
cd "$(dirname "$0")"
if ! command -v node >/dev/null || [[ ! -d node_modules ]]; then
  echo "skipped: Node or tests/mcp/node_modules is missing (scripts/test installs both)"
  exit 77
fi
exec node mcp_test.mjs "$program"

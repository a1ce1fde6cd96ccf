#!/bin/bash
# run.sh CHECK ROOT PROGRAM PYTHON MODULE [FIXTURE]: one check of the documents of ROOT. Of a fixture, whose
# offences.txt says what is wrong with it, exactly that must be found. Skipped (77) with the reason where
# a tool is missing.
#   links     relative links lead to files and headings
#   snippets  what the pages show runs
#   site      the site is built, and has the reference
set -euo pipefail

check=$1 root=$(realpath "$2") program=$(realpath "$3") python=$4 module=$5 fixture=${6:-}
here=$(dirname "$(realpath "$0")")
export PYTHONDONTWRITEBYTECODE=1

links() { "$python" "$here/links.py" "${fixture:-$root}"; }
snippets() { "$python" "$here/snippets.py" "$root" "$program" "$module" "$fixture"; }

site() {
  if ! command -v mkdocs >/dev/null; then
    echo "skipped: mkdocs is not installed"
    exit 77
  fi
  local folder
  folder=$(mktemp -d)
  TPUSCOPE_PROGRAM=$program "$root/scripts/site" "$folder"
  grep -q -- '--group-method' "$folder/reference/commands.html"
  grep -q 'href="docs/tour.html"' "$folder/index.html"
  rm -rf "$folder"
}

if [[ -z $fixture ]]; then
  "$check"
  exit
fi
status=0
output=$("$check" 2>&1) || status=$?
diff -u "$fixture/$check.txt" - <<<"$output"
if [[ $status -ne 1 ]]; then
  echo "the check ended with $status, 1 was expected"
  exit 1
fi

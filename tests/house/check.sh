#!/bin/bash
# check.sh RULE TREE: runs one rule on a tree. A tree with an `offences.txt` is a fixture: the rule
# must refuse it with exactly these lines, which shows that the rule can fail at all.
set -euo pipefail

rule=$(realpath "$1")
cd "$2"
status=0
output=$(bash -euo pipefail "$rule" 2>&1) || status=$?
if [[ ! -f offences.txt || $status -eq 77 ]]; then
  if [[ -n $output ]]; then echo "$output"; fi
  exit "$status"
fi
diff -u offences.txt - <<<"$output"
if [[ $status -ne 1 ]]; then
  echo "the rule ended with $status, 1 was expected"
  exit 1
fi

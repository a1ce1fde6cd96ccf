#!/bin/bash
# run.sh PROGRAM EXTENDED: a part of any kind is one file. Each file of this folder adds one to the
# program, is offered and works; the program without them knows none.
set -euo pipefail

program=$(realpath "$1")
extended=$(realpath "$2")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "$*"
  exit 1
}

# knows WORD COMMAND...: only the extended program's output has the word.
knows() {
  local word=$1
  shift
  "$extended" "$@" >with.txt 2>&1 || true
  "$program" "$@" >without.txt 2>&1 || true
  grep -q -- "$word" with.txt || fail "no \"$word\" in: tpuscope $* : $(cat with.txt)"
  if grep -q -- "$word" without.txt; then fail "\"$word\" without its file: tpuscope $*"; fi
}

for kind in op pass frontend writer verb rule sweep_key; do
  [[ $(grep -c 'TPU_REGISTER(' "$here/$kind.cpp") == 1 ]] || fail "$kind.cpp registers not one part"
done
[[ $(ls "$here"/*.cpp | wc -l) == 7 ]] || fail "a part has more than one file"

echo 'x = Input f32[64,64]
a = Neg(x)
b = Neg(a)
y = Triple(b)' >ops.tpu
echo 'triple 64 256 256' >file.shape

knows 'ops.tpu .*verified' check ops.tpu
knows double_negation list passes
knows 'double_negation .*2 negations dropped' optimize ops.tpu
knows 'Triple' profile file.shape
knows '^3 ops' count file.shape
knows 'names of the operators' profile --help
"$extended" profile ops.tpu --op-names names.txt >/dev/null 2>&1
grep -qx y names.txt || fail "the writer wrote: $(cat names.txt)"
knows 'the run triples' profile file.shape --passes none
knows '^memory ' list sweep-keys
knows '^ *34\|34 ' sweep file.shape --vary memory=34,68

# A chip is a file: built in where it lies in sim/chips, else named on the command line.
chips=("$here"/../../sim/chips/*.json)
listed=$("$program" list chips | wc -l)
[[ ${#chips[@]} == "$listed" ]] || fail "${#chips[@]} files in sim/chips, $listed chips"
sed 's/"name": "[^"]*"/"name": "my_chip"/' "$here/../../sim/chips/bm1684x.json" >my_chip.json
"$program" profile swin_t --chip my_chip.json | grep -q my_chip || fail "the chip is not shown"

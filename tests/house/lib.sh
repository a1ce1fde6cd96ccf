# Shared by the house rules: which files there are, and how a rule reports. A rule runs with the
# tree to look at as its current folder (the project, or a fixture that it must refuse), prints one
# line per offence and ends with `finish`.

offences=0

# sources FOLDER...: C++ files below the folders that exist, sorted.
sources() {
  local folders=()
  local folder
  for folder in "$@"; do
    if [[ -d $folder ]]; then folders+=("$folder"); fi
  done
  if [[ ${#folders[@]} -eq 0 ]]; then return; fi
  find "${folders[@]}" \( -path tests/house/fixtures -o -name node_modules \) -prune -o \
    -type f \( -name '*.cpp' -o -name '*.h' \) -print | LC_ALL=C sort
}

# written: every file of the tree that people write, sorted; built, embedded and binary data left out.
written() {
  find . \( -path ./build -o -path ./out -o -path ./.git -o -path ./tests/house/fixtures \
    -o -name node_modules -o -name corpus \) -prune -o -type f ! -name '*.onnx' ! -name '*.png' \
    ! -name .git -print | sed 's|^\./||' | LC_ALL=C sort
}

# code FILE: its lines as "number:text" without what follows `//`, so that prose is free.
code() { sed 's|//.*||' "$1" | grep -n '' || true; }

# offence TEXT...: reports one breach.
offence() {
  echo "$*"
  offences=$((offences + 1))
}

# forbid WHAT PATTERN FILE...: code lines must not match the extended regular expression.
forbid() {
  local what=$1 pattern=$2 file line
  shift 2
  if [[ $# -eq 0 ]]; then return; fi
  for file in $(grep -lE "$pattern" "$@" || true); do
    while IFS= read -r line; do
      offence "$file:${line%%:*}: $what"
    done < <(code "$file" | grep -E "^[0-9]+:.*($pattern)" || true)
  done
}

finish() { if [[ $offences -gt 0 ]]; then exit 1; fi; }

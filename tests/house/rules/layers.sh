# The layers depend in one direction, base < graph < sim < passes < profiles < cli, and so do the
# folders inside each; what clients of the library include is beside cli; every include names its layer; and Boost.Graph is spelled in graph only: it
# costs seconds per including file.
source "$(dirname "$0")/../lib.sh"

# From the lowest to the highest. A folder may include from those before it, never from those after
# it; a layer's own name stands for the files right below it. What one word joins with | are
# neighbours on one floor, which do not include each other.
order=(
  base
  graph "graph/onnx|graph/idioms|graph/programs" "graph/ops|graph/frontends|graph/writers" graph/functions graph/language
  sim/program sim/chip sim/cost sim/engine sim/stream sim/verify
  "passes/rewrites|passes/precision" passes/tiling passes/lower passes/planner passes/streams passes
  profiles/report profiles/report/rules profiles/whatif profiles/views profiles/views/text
  "profiles/views/html|profiles/views/trace|profiles/views/vendor"
  profiles/llm "profiles/sweep|profiles/accuracy|profiles/diff" profiles/sweep/keys
  "tpuscope|cli" cli/serve cli/verbs python/native
  "tests|bench"
)
layers=(base graph sim passes profiles tpuscope cli python)

known=" ${order[*]//|/ } "
mapfile -t all < <(sources "${layers[@]}")
for file in "${all[@]}"; do
  [[ $known == *" ${file%/*} "* ]] || offence "$file: its folder is not in the order of the layers"
done

# pattern FOLDER: what an include of a file of the folder looks like.
pattern() {
  case $1 in
    tests | bench) echo "$1/" ;;
    *) echo "$1/[^/\"]+\"" ;;
  esac
}

above=""
for ((i = ${#order[@]} - 1; i >= 0; --i)); do
  IFS='|' read -ra floor <<<"${order[i]}"
  for folder in "${floor[@]}"; do
    refused=$above
    for other in "${floor[@]}"; do
      if [[ $other != "$folder" ]]; then refused+="|$(pattern "$other")"; fi
    done
    mapfile -t files < <(for file in "${all[@]}"; do
      if [[ ${file%/*} == "$folder" ]]; then echo "$file"; fi
    done)
    if [[ -n $refused ]]; then
      forbid "$folder must not include what lies above or beside it" \
        "#include \"(${refused#|})" "${files[@]}"
    fi
  done
  for folder in "${floor[@]}"; do above+="|$(pattern "$folder")"; done
done
forbid "an include starts at the top folder" "#include \"(\\.|[^/\"]+\"|[^\"]*\\.\\./)" "${all[@]}"

mapfile -t files < <(sources "${layers[@]}" tests bench | grep -vE '^graph/(storage\.h|[^/]+\.cpp)$')
forbid "Boost.Graph stays behind graph/storage.h" \
  '#include (<boost/graph/|"graph/storage\.h")' "${files[@]}"
finish

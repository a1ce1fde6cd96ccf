# The layers depend in one direction, base < graph < sim < passes < profiles < cli; every include names its
# layer; and Boost.Graph is spelled in graph only: it costs seconds per including file.
source "$(dirname "$0")/../lib.sh"

layers=(base graph sim passes profiles cli)
above="tests|bench"
for ((i = ${#layers[@]} - 1; i >= 0; --i)); do
  mapfile -t files < <(sources "${layers[i]}")
  forbid "${layers[i]} must not include $above" "#include \"($above)/" "${files[@]}"
  forbid "an include starts at the top folder" \
    "#include \"(\\.|[^/\"]+\"|[^\"]*\\.\\./)" "${files[@]}"
  above="${layers[i]}|$above"
done

mapfile -t files < <(sources "${layers[@]}" tests bench | grep -vE '^graph/(storage\.h|[^/]+\.cpp)$')
forbid "Boost.Graph stays behind graph/storage.h" \
  '#include (<boost/graph/|"graph/storage\.h")' "${files[@]}"
finish

# The project reads the same everywhere: no path of somebody's machine, no private registry, no
# word of a workplace. Brackets in the patterns keep this file from matching itself.
source "$(dirname "$0")/../lib.sh"

while IFS= read -r file; do
  while IFS= read -r line; do
    offence "$file:${line%%:*}: names a machine, a registry or a workplace"
  done < <(grep -nIE \
    '(^|[^A-Za-z0-9_.-])/(wor[k]|roo[t]|hom[e])/[a-z]|far[m]-[a-z]|\.\./share[d]/|"resolve[d]":' \
    "$file" || true)
done < <(written)
finish

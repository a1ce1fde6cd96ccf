# What is committed is finished: open ends belong in the list of open work, not in the code, and
# merges are resolved.
source "$(dirname "$0")/../lib.sh"

while IFS= read -r file; do
  while IFS= read -r line; do
    offence "$file:${line%%:*}: unfinished work"
  done < <(grep -nIE '\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|^(<{7}|>{7})( |$)' "$file" || true)
done < <(written | grep -E '\.(cpp|h|cmake|sh|mjs|md)$|CMakeLists\.txt$|^scripts/')
finish

# What is committed is finished: open ends belong in the list of open work, not in the code.
source "$(dirname "$0")/../lib.sh"

while IFS= read -r file; do
  while IFS= read -r line; do
    offence "$file:${line%%:*}: unfinished work"
  done < <(grep -nIwE 'TOD[O]|FIXM[E]|XX[X]|HAC[K]' "$file" || true)
done < <(written | grep -E '\.(cpp|h|cmake|sh|mjs|md)$|CMakeLists\.txt$|^scripts/')
finish

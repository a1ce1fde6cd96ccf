# A file that people write has at most 500 lines: what is longer is several things.
source "$(dirname "$0")/../lib.sh"

limit=500
while IFS= read -r file; do
  lines=$(wc -l <"$file")
  if [[ $lines -gt $limit ]]; then offence "$file: $lines lines, at most $limit"; fi
done < <(written | grep -E '\.(cpp|h|cmake|sh|mjs)$|CMakeLists\.txt$|^scripts/')
finish

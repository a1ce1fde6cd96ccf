# C++ files are as clang-format 14 writes them. Skipped (77) where it is missing.
source "$(dirname "$0")/../lib.sh"

if ! command -v clang-format-14 >/dev/null; then
  echo "skipped: clang-format-14 is not installed"
  exit 77
fi
mapfile -t files < <(sources base graph sim passes profiles tpuscope cli python bench tests)
while IFS= read -r file; do
  offence "$file: not as clang-format-14 writes it"
done < <(clang-format-14 --dry-run --Werror "${files[@]}" 2>&1 |
  sed -n 's/^\([^ :]*\):[0-9]*:[0-9]*: error: code should be.*/\1/p' | LC_ALL=C sort -u)
finish

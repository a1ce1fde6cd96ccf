# Every source file opens with a comment that says what it is for.
source "$(dirname "$0")/../lib.sh"

while IFS= read -r file; do
  case $file in
    *.cpp | *.h | *.mjs) mark='^// *[^ ]' ;;
    *) mark='^# *[^ ]' ;;
  esac
  # A script's first line names its interpreter.
  if ! sed '1{/^#!/d}' "$file" | head -n 1 | grep -qE "$mark"; then
    offence "$file: opens without a comment"
  fi
done < <(written | grep -E '\.(cpp|h|cmake|sh|mjs)$|(^|/)CMakeLists\.txt$|^scripts/')
finish

# Every source file opens with a comment that says what it is for.
source "$(dirname "$0")/../lib.sh"

while IFS= read -r file; do
  case $file in
    *.cpp | *.h | *.mjs) mark='^// *[^ ]' ;;
    *) mark='^# *[^ ]' ;;
  esac
  # A script's first line names its interpreter. One command, since a pipe that is left early fails.
  if ! [[ $(sed -n '1{/^#!/d}; p; q' "$file") =~ $mark ]]; then
    offence "$file: opens without a comment"
  fi
done < <(written | grep -E '\.(cpp|h|cmake|sh|mjs)$|(^|/)CMakeLists\.txt$|^scripts/')
finish

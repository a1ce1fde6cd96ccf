# Library layers never print, never end the process and never read the environment: the program
# does, so that the layers can be used from anywhere.
source "$(dirname "$0")/../lib.sh"

mapfile -t files < <(sources base graph sim passes profiles tpuscope)
forbid "a library layer prints" \
  '\bstd::(cout|cerr|clog)\b|\bfmt::print\b|(^|[^a-z_])(printf|fprintf|puts|putchar|perror) *\(' \
  "${files[@]}"
forbid "a library layer ends the process" \
  '(^|[^a-zA-Z_.>:])(std::)?(exit|_Exit|quick_exit|abort|terminate) *\(' "${files[@]}"
forbid "a library layer reads the environment" '\bgetenv *\(' "${files[@]}"
finish

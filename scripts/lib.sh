# Shared by the scripts: which Debian packages are needed for what, how they get installed, and how
# a preset is configured and built. One place, so that the scripts cannot disagree.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Where ccache is there, a clone in another folder finds what this one compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

build_packages=(g++ cmake ninja-build libboost-dev nlohmann-json3-dev libfmt-dev libcli11-dev
  libprotobuf-dev libonnx-dev libnlopt-dev libre2-dev libssl-dev libutf8proc-dev zlib1g-dev
  libcpp-httplib-dev libmimalloc-dev)
test_packages=(ccache doctest-dev librapidcheck-dev libbenchmark-dev libisl-dev libonnx-testdata
  rapidjson-dev parallel python3-yaml python3-dev pybind11-dev python3-pytest python3-pandas
  clang-format-14 dpkg-dev file patchelf mkdocs zsh fish)
all_packages=(slurm-wlm valgrind clang-14 clang-tidy-14 libclang-rt-14-dev)
html_packages=(chromium)
node_packages=()
# Debian's node would replace one that came from elsewhere.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then node_packages+=(nodejs npm); fi

say() { printf '%s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# missing PACKAGE...: those that are not installed, one per line.
missing() {
  local package
  for package in "$@"; do
    if ! dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
      say "$package"
    fi
  done
}

# need PACKAGE...: installs what is missing; without root or apt it says what a person must do.
need() {
  command -v dpkg-query >/dev/null ||
    fail "this script installs Debian packages and there is no dpkg here; install the equivalents of: $*"
  local wanted
  mapfile -t wanted < <(missing "$@")
  if [[ ${#wanted[@]} -eq 0 ]]; then return; fi
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    fail "missing packages, please run as root: apt-get install ${wanted[*]}"
  fi
  say "installing: ${wanted[*]}"
  local log
  log=$(mktemp)
  if ! { DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: ${wanted[*]}"
  fi
  rm -f "$log"
}

# configure PRESET [OPTION...]: runs CMake; its chatter shows only when it fails. COLD is set where no
# later build will find what this one leaves: precompiled headers serve it better than a cache does.
configure() {
  local log cold=()
  log=$(mktemp)
  if [[ -n ${COLD:-} ]]; then cold=(-DCCACHE_PROGRAM=); fi
  if ! cmake --preset "$@" "${cold[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "CMake could not configure the preset $1"
  fi
  rm -f "$log"
}

# build PRESET TARGET...: ninja's progress is for people who watch.
build() {
  local preset=$1 quiet=()
  shift
  if [[ ! -t 1 ]]; then quiet=(-- --quiet); fi
  cmake --build "build/$preset" --target "$@" "${quiet[@]}"
}

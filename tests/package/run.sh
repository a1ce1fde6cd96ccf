#!/bin/bash
# run.sh TEST BUILD CMAKE CPACK: one test of what gets installed, from a finished build. Skipped (77) with
# the reason where a tool is missing.
#   client  installs into a temporary folder, builds the client there and compares what it prints with
#           the program
#   demo    configures as scripts/demo does: whatever is installed is made with the program
#   release makes what scripts/release hands out: the archive and the wheel run from anywhere with the
#           libraries that they bring, and a symbol that is too new is refused
#   deb     makes the Debian package, unpacks it, and runs the program, man page and completion in it
set -euo pipefail

test=$1 build=$2 cmake=$3 cpack=$4
source=$(dirname "$(realpath "$0")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  echo "$*"
  exit 1
}

client() {
  "$cmake" --install "$build" --prefix "$folder/installed" >/dev/null
  local configure=("$cmake" -S "$source" "-DCMAKE_PREFIX_PATH=$folder/installed" -DCMAKE_BUILD_TYPE=Release
    "-DCMAKE_CXX_COMPILER=$(sed -n 's/^CMAKE_CXX_COMPILER:[^=]*=//p' "$build/CMakeCache.txt")")
  if "${configure[@]}" -B "$folder/newer" -Dversion=99 >"$folder/log" 2>&1; then
    fail "a version that is not installed was found"
  fi
  grep -q 'compatible with requested version "99"' "$folder/log" || fail "$(<"$folder/log")"

  "${configure[@]}" -B "$folder/build" -Dversion=0.2
  "$cmake" --build "$folder/build"
  # An import needs the frontends and ops that only register themselves.
  local chip network own program
  for network in resnet50 swin_t; do
    for chip in bm1684x bm1688; do
      own=$("$folder/build/client" "$network" "$chip")
      program=$("$folder/installed/bin/tpuscope" profile "$network" --chip "$chip" --json |
        grep -o '"time_ps": *[0-9]*' | head -n 1)
      echo "$network on $chip: the client says $own, the program $program"
      if [[ $own != "${program##*[: ]} ps" ]]; then fail "they differ"; fi
    done
  done
  if "$folder/build/client" no_such_network bm1684x; then fail "the client ran no network"; fi
}

# made_with TARGET: files of the build in the current folder that ninja makes for a target.
made_with() {
  ninja -t inputs "$1"
  ninja -t targets all | sed -n "s/: [A-Z_]*__$1_[A-Za-z]*\$//p"
}

demo() {
  if ! command -v ninja >/dev/null; then
    echo "skipped: ninja is not installed"
    exit 77
  fi
  "$cmake" -S "$source/../.." -B "$folder" -G Ninja -DTPUSCOPE_TESTS=OFF -DTPUSCOPE_BENCHMARKS=OFF \
    -DCMAKE_BUILD_TYPE=Release >"$folder/log" || fail "$(<"$folder/log")"
  cd "$folder"
  made_with tpuscope >made
  # What another preset makes is optional.
  local file installed=0
  while IFS= read -r file; do
    installed=$((installed + 1))
    if [[ ! -e $file ]] && ! grep -qxF "${file#"$folder/"}" made; then
      fail "$file is installed and not made with the program"
    fi
  done < <(grep -oE "FILES \"$folder/[^\"]*" cmake_install.cmake | cut -d '"' -f 2 | grep -v -e /CMakeFiles/ -e '/[.][.]/' | sort -u)
  if [[ $installed -lt 5 ]]; then fail "only $installed files are installed"; fi
  # The look at what is made can fail: no layer makes the library.
  if ! grep -qx libtpuscope.a made || made_with base | grep -x libtpuscope.a >/dev/null; then
    fail "the library is not made with the program alone"
  fi
}

deb() {
  for tool in dpkg-deb file; do
    if ! command -v "$tool" >/dev/null; then
      echo "skipped: $tool is not installed"
      exit 77
    fi
  done
  "$cpack" -G DEB -D CPACK_COMPONENTS_ALL=program --config "$build/CPackConfig.cmake" -B "$folder"
  dpkg-deb -c "$folder"/tpuscope_*.deb | tee "$folder/list"
  for path in bin/tpuscope share/man/man1/tpuscope.1.gz share/bash-completion/completions/tpuscope \
    share/zsh/vendor-completions/_tpuscope share/fish/vendor_completions.d/tpuscope.fish; do
    grep -q " \./usr/$path\$" "$folder/list" || fail "the package lacks $path"
  done
  if grep -q '\.a$' "$folder/list"; then fail "the package holds what only developers need"; fi

  # What was unpacked runs by itself: nothing points back into the build.
  local unpacked=$folder/unpacked
  dpkg-deb -x "$folder"/tpuscope_*.deb "$unpacked"
  (cd / && "$unpacked/usr/bin/tpuscope" profile resnet50 >"$folder/page") || fail "the program does not run"
  grep -q '^resnet50 .* on bm1684x' "$folder/page" || fail "$(<"$folder/page")"
  zcat "$unpacked/usr/share/man/man1/tpuscope.1.gz" | grep '^\.TH' >/dev/null || fail "the manual is no man page"
  bash -c 'source "$0" && complete -p tpuscope' \
    "$unpacked/usr/share/bash-completion/completions/tpuscope" || fail "bash does not complete"
  if command -v dpkg-shlibdeps >/dev/null; then
    dpkg-deb -f "$folder"/tpuscope_*.deb Depends | grep 'libstdc++6' >/dev/null ||
      fail "the package does not say which libraries it needs"
  fi
}

release() {
  local out=$folder/out place=$folder/unpacked python
  python=$(sed -n 's/^Python_EXECUTABLE:[^=]*=//p' "$build/CMakeCache.txt")
  if ! compgen -G "$build/python/tpuscope/_native*.so" >/dev/null || ! command -v patchelf >/dev/null; then
    echo "skipped: the Python module is not built, or patchelf is not installed"
    exit 77
  fi
  export TPUSCOPE_BUILD=$build SOURCE_DATE_EPOCH=1700000000
  "$source/../../scripts/release" "$out"
  (cd "$out" && sha256sum --quiet -c SHA256SUMS) || fail "the sums are of other files"
  for file in tpuscope_ libtpuscope-dev_ python3-tpuscope_ tpuscope- Containerfile; do
    compgen -G "$out/$file*" >/dev/null || fail "there is no $file"
  done

  mkdir "$place"
  tar -C "$place" -xzf "$out"/tpuscope-*.tar.gz
  if ldd "$place"/*/bin/tpuscope | grep -E 'libonnx_proto|libprotobuf' | grep -v "$place"; then
    fail "the program takes libraries of this machine"
  fi
  (cd / && "$place"/*/bin/tpuscope profile resnet50 | grep '^resnet50 .* on bm1684x' >/dev/null) ||
    fail "the program of the archive does not run"
  "$python" -m zipfile -e "$out"/tpuscope-*.whl "$place/site"
  (cd / && PYTHONPATH=$place/site "$python" -c 'import tpuscope; print(tpuscope.profile("resnet50"))' |
    grep '^resnet50 .* on bm1684x' >/dev/null) || fail "the module of the wheel does not run"
  dpkg-deb -x "$out"/python3-tpuscope_*.deb "$place/deb"
  (cd / && PYTHONPATH=$place/deb/usr/lib/python3/dist-packages "$python" -c 'import tpuscope; print(tpuscope.__file__)') |
    grep "^$place" >/dev/null || fail "the module of the package does not load"
  # The look at symbols can fail: no program does without those of 2.17.
  sed 's/^newest=.*/newest=(GLIBC_2.17)/' "$source/../../scripts/release" >"$folder/strict"
  sed -i "s|^source .*|source '$(realpath "$source/../../scripts/lib.sh")'|" "$folder/strict"
  if bash "$folder/strict" "$folder/refused" 2>"$folder/log"; then fail "GLIBC_2.17 was enough"; fi
  grep -q 'is needed, the promise is GLIBC_2.17' "$folder/log" || fail "$(<"$folder/log")"
}

"$test"

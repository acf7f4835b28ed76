# Shared by the scripts of this folder: words, limits of the machine, packages, configure and build. Sourced, never run.
# shellcheck shell=bash

NLB_CI="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
NLB_ROOT="$(dirname "$NLB_CI")"

say() { printf 'nlbench set-up: %s\n' "$*" >&2; }
die() {
  local code="$1"
  shift
  printf 'nlbench set-up: %s\n' "$*" >&2
  exit "$code"
}

# ---- options that all scripts share -------------------------------------------------------------------------------------------

NLB_USE_ROOT=yes
parse_options() {
  while (($# > 0)); do
    case "$1" in
      --no-root) NLB_USE_ROOT=no ;;
      --help | -h) usage && exit 0 ;;
      *) die 2 "unknown option '$1' (see --help)" ;;
    esac
    shift
  done
}

# ---- the toolchain folder -----------------------------------------------------------------------------------------------------

toolchain_home() { printf '%s' "${NLBENCH_TOOLCHAIN:-${HOME:-/tmp}/.cache/nlbench}"; }

find_nvcc() {
  local candidate
  for candidate in "${CUDACXX:-}" "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc; do
    if [[ -n $candidate && -x $candidate ]]; then
      printf '%s' "$candidate"
      return
    fi
  done
  return 1
}

# NLB_CUDA=auto means: a CUDA build where a CUDA compiler is installed.
cuda_is_on() {
  case "${NLB_CUDA:-auto}" in
    auto) find_nvcc > /dev/null ;;
    on) find_nvcc > /dev/null || die 2 "NLB_CUDA=on, but there is no nvcc in PATH, CUDACXX or /usr/local/cuda: install a CUDA 13 toolkit or use NLB_CUDA=off" ;;
    off) return 1 ;;
    *) die 2 "NLB_CUDA=$NLB_CUDA is none of auto, on, off" ;;
  esac
}

toolchain_install() {
  if [[ -n ${Torch_DIR:-} ]]; then printf tools; elif cuda_is_on; then printf full; else printf small; fi
}

toolchain_folder() {
  local digest install
  digest="$(sha256sum "$NLB_CI/toolchain.lock")"
  install="$(toolchain_install)" || return
  printf '%s/%s-%s' "$(toolchain_home)" "${digest:0:16}" "$install"
}

python_with_pip() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -m pip --version > /dev/null 2>&1; then
      printf '%s' "$python"
      return
    fi
  done
  die 5 "no python3 with pip: install the Debian package python3-pip"
}

# ---- what the machine has, what the set-up needs ------------------------------------------------------------------------------

# Prints "2 FOLDER" or "1 FOLDER" (the version of cgroups) for each control group that holds this shell and for all above it: a
# limit on any of them holds. As supervise/control_groups.cpp. ROOT: where /proc/self lies and the mount points start, for tests.
control_groups() {
  local root="${1:-}" controllers own path top point rest version
  [[ -r $root/proc/self/cgroup && -r $root/proc/self/mountinfo ]] || return 0
  while IFS=: read -r _ controllers own; do
    while read -r _ _ _ top point rest; do
      case "$rest" in
        *" - cgroup2 "*) version=2 && [[ -z $controllers ]] || continue ;;
        *" - cgroup "*) version=1 && [[ -n $controllers && ",${rest##* }," == *",${controllers%%,*},"* ]] || continue ;;
        *) continue ;;
      esac
      # A container may see its own group as the top of the mount while /proc speaks of another root.
      path="$own"
      [[ $top == / ]] || { if [[ $own == "$top"/* ]]; then path="${own#"$top"}"; else path=/; fi; }
      [[ $path != *..* ]] || path=/
      path="${path%/}"
      while :; do
        printf '%s %s\n' "$version" "$root${point%/}$path"
        [[ -n $path ]] || break
        path="${path%/*}"
      done
    done < "$root/proc/self/mountinfo"
  done < "$root/proc/self/cgroup"
}

number_in() { local text=""; if [[ -r $1 ]]; then read -r text < "$1" || true; fi; [[ $text =~ ^-?[0-9]+$ ]] && printf '%s' "$text"; }

# free_in_group VERSION FOLDER: bytes until the group is full, file pages that the kernel drops first counted as free; nothing
# where it has no limit.
free_in_group() {
  local limit used file key=inactive_file names=(memory.max memory.high) current=memory.current dropped=0 least=""
  [[ $1 == 2 ]] || names=(memory.limit_in_bytes) current=memory.usage_in_bytes key=total_inactive_file
  for file in "${names[@]}"; do
    limit="$(number_in "$2/$file")" && { [[ -n $least ]] && ((least <= limit)) || least="$limit"; }
  done
  [[ -n $least ]] && ((least < 9000000000000000000)) || return 0  # v1 writes "no limit" as a huge number
  used="$(number_in "$2/$current")" || used=0
  [[ ! -r $2/memory.stat ]] || dropped="$(awk -v key="$key" '$1 == key { found = $2 } END { print found + 0 }' "$2/memory.stat")"
  ((used = used > dropped ? used - dropped : 0))
  printf '%d' $((least > used ? least - used : 0))
}

# free_memory_mb [ROOT]: memory that can be had now: the machine's, or what the tightest control group leaves.
free_memory_mb() {
  local free_kb version folder free
  free_kb="$(awk '$1 == "MemAvailable:" { print $2 }' "${1:-}/proc/meminfo")"
  while read -r version folder; do
    free="$(free_in_group "$version" "$folder")"
    [[ -z $free ]] || ((free_kb * 1024 <= free)) || free_kb=$((free / 1024))
  done < <(control_groups "${1:-}")
  printf '%d' $((free_kb / 1024))
}

# usable_cores [ROOT]: by affinity and the quotas of the control groups, rounded up.
usable_cores() {
  local cores version folder quota period
  cores="$(nproc)"
  while read -r version folder; do
    quota="" period=""
    if [[ $version == 2 && -r $folder/cpu.max ]]; then
      read -r quota period < "$folder/cpu.max" || true
    elif [[ $version == 1 ]]; then
      quota="$(number_in "$folder/cpu.cfs_quota_us")" && period="$(number_in "$folder/cpu.cfs_period_us")" || continue
    fi
    [[ $quota =~ ^[1-9][0-9]*$ && $period =~ ^[1-9][0-9]*$ ]] || continue
    quota=$(((quota + period - 1) / period))
    ((quota >= cores)) || cores="$quota"
  done < <(control_groups "${1:-}")
  printf '%d' "$cores"
}

# A file that includes LibTorch takes up to 3 GB to compile.
compilers_at_once() {
  local by_memory cores
  by_memory=$(($(free_memory_mb) / 3000))
  cores="$(usable_cores)"
  printf '%d' $((by_memory < cores ? (by_memory > 0 ? by_memory : 1) : cores))
}

nearest_folder() {
  local path="$1"
  while [[ ! -d $path ]]; do path="$(dirname "$path")"; done
  printf '%s' "$path"
}

# preflight PRESET MINUTES...: prints what is needed and stops where it is lacking. MINUTES: of two cores, on top of the set-up.
preflight() {
  local preset="$1" minutes="$2" jobs build=300 toolchain=0 packages=0
  jobs="$(compilers_at_once)"
  [[ -f $NLB_ROOT/build/$preset/build.ninja ]] || { build=3000 && minutes=$((minutes + 30 / jobs)); }
  if [[ ! -f $(toolchain_folder)/contents.sha256 ]]; then
    minutes=$((minutes + 3))
    case "$(toolchain_install)" in
      tools) toolchain=400 ;;
      small) toolchain=2000 ;;
      full) toolchain=6500 ;;
    esac
  fi
  if [[ -n "$(missing_packages)" ]]; then
    packages=1200 minutes=$((minutes + 3))
    [[ " ${NLB_PACKAGES[*]} " != *" chromium "* ]] || packages=$((packages + NLB_BROWSER_MB))
  fi
  printf 'nlbench set-up needs\n'
  local lacking=no
  need_disk "$NLB_ROOT" "$build" "build" || lacking=yes
  need_disk "$(toolchain_home)" $((toolchain + 700)) "LibTorch, CMake, compiler cache" || lacking=yes
  [[ $packages == 0 || $NLB_USE_ROOT == no ]] || need_disk /usr "$packages" "Debian packages" || lacking=yes
  need "memory" 3000 "$(free_memory_mb)" "one compiler" || lacking=yes
  printf '  time    about %d minutes with %d compiler(s) at once\n' "$minutes" "$jobs"
  [[ $lacking == no ]] || die 5 "not enough of the above; free some and run the same command again (NLBENCH_TOOLCHAIN moves the toolchain)"
}

declare -A NLB_DISK_PROMISED=()
need_disk() {
  local folder device free
  folder="$(nearest_folder "$1")"
  device="$(stat -c %d "$folder")"
  NLB_DISK_PROMISED[$device]=$((${NLB_DISK_PROMISED[$device]:-0} + $2))  # several needs may meet on one disk
  free="$(df --output=avail -m "$folder" | tail -n 1)"
  need "disk" "$2" "$free" "$3, in $1" "${NLB_DISK_PROMISED[$device]}"
}

need() {
  local what="$1" wanted="$2" free="$3" why="$4" together="${5:-$2}" verdict=""
  ((free >= together)) || verdict="   <-- not enough"
  printf '  %-7s %d.%d GB (%d.%d GB free) for %s%s\n' "$what" $((wanted / 1000)) $((wanted % 1000 / 100)) \
    $((free / 1000)) $((free % 1000 / 100)) "$why" "$verdict"
  [[ -z $verdict ]]
}

# ---- Debian packages ----------------------------------------------------------------------------------------------------------

NLB_PACKAGES=(g++ git ca-certificates python3 python3-pip ccache curl mold catch2 nlohmann-json3-dev libcli11-dev
  libkainjow-mustache-dev libssl-dev zlib1g-dev liblzma-dev libarchive-dev libpng-dev libjpeg62-turbo-dev libwebp-dev libboost-dev)

missing_packages() {
  command -v dpkg-query > /dev/null || return 0
  local package
  for package in "${NLB_PACKAGES[@]}"; do
    [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null)" == installed ]] || printf '%s ' "$package"
  done
}

# Headers and programs, wherever they come from.
missing_tools() {
  local tool header
  for tool in g++ git flock; do command -v "$tool" > /dev/null || printf '%s ' "$tool"; done
  (python_with_pip) > /dev/null 2>&1 || printf 'python3-with-pip '
  command -v g++ > /dev/null || return 0
  for header in nlohmann/json.hpp CLI/CLI.hpp kainjow/mustache.hpp openssl/evp.h zlib.h lzma.h archive.h png.h jpeglib.h webp/demux.h boost/math/distributions/students_t.hpp \
    catch2/catch.hpp; do
    printf '#if !__has_include(<%s>)\n#error\n#endif\n' "$header" | g++ -std=c++20 -E -x c++ - > /dev/null 2>&1 || printf '<%s> ' "$header"
  done
}

install_packages() {
  local missing as_root=()
  missing="$(missing_packages)"
  [[ $EUID == 0 ]] || as_root=(sudo)
  if [[ -n $missing && $NLB_USE_ROOT == yes ]] && { [[ $EUID == 0 ]] || command -v sudo > /dev/null; }; then
    say "installing Debian packages: $missing"
    # shellcheck disable=SC2086  # a list of words
    { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
      --no-install-recommends $missing; } > /dev/null || die 5 "apt-get failed; its words are above"
  elif [[ -n $missing ]]; then
    say "not installed (no root): $missing-- to install: apt install $missing"
  fi
  missing="$(missing_tools)"
  [[ -z $missing ]] || die 5 "cannot build without: $missing"
}

# ---- the pages' test in a browser -----------------------------------------------------------------------------------------------

# Where these are missing the test skips with a word. Added to NLB_PACKAGES by the scripts that run it.
NLB_BROWSER_PACKAGES=(chromium chromium-driver python3-selenium)
NLB_BROWSER_MB=600  # on disk, with what they need
NLB_AXE_WHEEL="axe-selenium-python==2.1.6 --hash=sha256:21d10014c0bc3c999c1bfab54b9ef6a5d67f200ffca3db3629e0b315b3f1f136"

# axe-core, which judges accessibility, comes in a wheel that is used as an archive, once per user; the test finds it by NLB_AXE.
install_axe() {
  local folder stage
  folder="$(toolchain_home)/axe-2.1.6"
  if [[ ! -d $folder ]]; then
    stage="$folder.$$.part"
    mkdir -p "$stage"
    printf '%s\n' "$NLB_AXE_WHEEL" > "$stage.requirements"
    "$(python_with_pip)" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-cache-dir --no-compile \
      --no-deps --require-hashes --only-binary=:all: --target "$stage" --requirement "$stage.requirements" >&2 || true
    rm -f "$stage.requirements"
    [[ ! -d $stage/axe_selenium_python ]] || mv -T "$stage" "$folder" 2> /dev/null || true  # another set-up may have been faster
    rm -rf "$stage"
  fi
  if [[ -d $folder ]]; then
    export NLB_AXE="$folder/axe_selenium_python/node_modules/axe-core/axe.min.js"
  else
    say "axe-core could not be installed: the accessibility test of the pages will be skipped"
  fi
}

# ---- configure and build ------------------------------------------------------------------------------------------------------

# With NLB_CUDA=on and a Torch_DIR for CPUs, configuring the preset says what is wrong.
main_preset() { if cuda_is_on && { [[ ${NLB_CUDA:-auto} == on ]] || has_cuda_torch; }; then printf cuda; else printf cpu; fi; }
has_cuda_torch() { [[ -z ${Torch_DIR:-} || -f $Torch_DIR/../../../lib/libtorch_cuda.so ]]; }

enter_toolchain() {
  local lines
  lines="$(bash "$NLB_CI/toolchain.sh")"
  eval "$lines"
  export CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR="$NLB_ROOT" CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-3G}"
  if command -v ccache > /dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}"
    export CMAKE_CUDA_COMPILER_LAUNCHER="${CMAKE_CUDA_COMPILER_LAUNCHER:-ccache}"
  fi
  if cuda_is_on; then
    CUDACXX="$(find_nvcc)"
    export CUDACXX
  fi
}

# build PRESET [TARGET...]
build() {
  local preset="$1" flags=()
  shift
  if command -v mold > /dev/null; then flags+=(-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold); fi
  (cd "$NLB_ROOT" && cmake --preset "$preset" --log-level=WARNING "${flags[@]}") > /dev/null || die 1 "cmake could not configure preset $preset"
  local targets=()
  (($# == 0)) || targets=(--target "$@")
  cmake --build "$NLB_ROOT/build/$preset" --parallel "$(compilers_at_once)" "${targets[@]}" >&2 || die 1 "preset $preset does not build"
}

link_program() { ln -sfn "build/$1/bin/nlbench" "$NLB_ROOT/nlbench"; }

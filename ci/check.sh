#!/usr/bin/env bash
# All that CI runs, cheapest first; run it before every commit. Stops at the first thing that fails.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
NLB_PACKAGES+=(clang-format clang-tidy "${NLB_BROWSER_PACKAGES[@]}")

usage() {
  cat <<'TEXT'
usage: bash ci/check.sh [--no-root] [--all]
Formatting, layers, lengths, sizes, clang-tidy (--all: tests and the files that include LibTorch too, up to a minute each), the LibTorch-free
targets and their tests under AddressSanitizer and UBSan, then ci/test.sh.
TEXT
}

tidy_worker=OFF
tidy_options=()
options=()
for option in "$@"; do
  if [[ $option == --all ]]; then tidy_worker=ON tidy_options=(--tests); else options+=("$option"); fi
done
parse_options "${options[@]}"
cd "$NLB_ROOT"

step() { printf '\n== %s (%ds)\n' "$1" "$SECONDS"; }

# check_size LIMIT_MIB WHAT PATHSPEC...
check_size() {
  local limit="$1" what="$2" bytes
  shift 2
  bytes="$(git ls-files -z -- "$@" | xargs -0 -r stat -c %s | awk '{ sum += $1 } END { printf "%d", sum }')"
  printf '%s: %d KiB of %d MiB\n' "$what" $((bytes / 1024)) "$limit"
  ((bytes < limit * 1024 * 1024)) || die 1 "$what is larger than $limit MiB: take files out of the commit"
}

preset="$(main_preset)"
preflight "$preset" 15
install_packages
enter_toolchain

step "sizes of the tracked tree"
check_size 8 "tree without leaderboard/" ':!leaderboard'
check_size 12 "leaderboard/" leaderboard

step "formatting"
git ls-files -z -- '*.h' '*.cpp' '*.cu' | xargs -0 -r clang-format --dry-run -Werror

step "layers"
bash ci/check_layers.sh

step "lengths of files and functions"
python3 -B ci/lengths.py

step "clang-tidy"
cmake --preset tidy --log-level=WARNING -DNLB_WORKER="$tidy_worker" > /dev/null
cmake --build build/tidy --target nlb_version > /dev/null  # the one header that the build writes
python3 ci/tidy.py build/tidy --cache "$(toolchain_home)/tidy" --jobs "$(compilers_at_once)" "${tidy_options[@]}"

step "AddressSanitizer and UBSan"
build asan
ctest --test-dir build/asan --output-on-failure --parallel "$(usable_cores)"

step "build and tests"
bash ci/test.sh "${options[@]}"
step "all passed"

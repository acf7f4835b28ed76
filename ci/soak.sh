#!/usr/bin/env bash
# The long forms of the fuzz and crash tests. Stop it at any time; the same command continues where it stopped.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: bash ci/soak.sh [--no-root] [fuzz|kills]
fuzz    NLB_SOAK_INPUTS (default 10000000) damaged files in all, the same number for each reader, under AddressSanitizer and UBSan
kills   NLB_SOAK_KILLS (default 200) kill -9 at random moments over a plan of methods of every kind
Without a word: both. What is done stands in NLB_SOAK_STATE (default build/soak); delete the folder to begin anew. The last counts belong into docs/soak.md.
TEXT
}

parts=()
options=()
for word in "$@"; do
  case "$word" in
    fuzz | kills) parts+=("$word") ;;
    *) options+=("$word") ;;
  esac
done
((${#parts[@]} > 0)) || parts=(fuzz kills)
parse_options "${options[@]}"
cd "$NLB_ROOT"
state="${NLB_SOAK_STATE:-$NLB_ROOT/build/soak}"
commit="$(git rev-parse --short HEAD)$(git diff --quiet HEAD || printf ' and open changes')"

# done_before FILE: the blocks of this commit that FILE lists.
done_before() { if [[ -f $1 ]]; then grep -c "^block .* commit $commit$" "$1" || true; else printf 0; fi; }

# finish FILE BLOCK: notes a block as done, whole or not at all.
finish() { printf 'block %d commit %s\n' "$2" "$commit" >> "$1"; }

# totals FILE: "npy: 1234 read, 5678 refused" of all blocks, summed; then the sum of all.
totals() {
  awk -F ': ' '/^soak: / { split($3, words, " "); read[$2] += words[1]; refused[$2] += words[3] }
    END { for (name in read) { printf "  %s: %d read, %d refused\n", name, read[name], refused[name]; all += read[name] + refused[name] }
          printf "%d inputs\n", all }' "$1"
}

soak_fuzz() {
  local inputs="${NLB_SOAK_INPUTS:-10000000}" block=20000 log="$state/fuzz.log" readers blocks first
  build asan datasets_tests
  local tests=build/asan/tests/datasets/datasets_tests
  readers="$(NLB_SOAK_BEGIN=0 NLB_SOAK_END=200 "$tests" '[soak]' | grep -c '^soak: ')" || die 1 "$tests '[soak]' names no reader"
  blocks=$(((inputs + readers * block - 1) / (readers * block)))
  first="$(done_before "$log")"
  [[ $first != 0 ]] || : > "$log"
  say "fuzz: $blocks blocks of $block inputs for each of $readers readers, $first done"
  local number lines
  for ((number = first; number < blocks; number++)); do
    lines="$(NLB_SOAK_BEGIN=$((number * block)) NLB_SOAK_END=$(((number + 1) * block)) "$tests" '[soak]')" \
      || die 1 "block $number (inputs $((number * block)) to $(((number + 1) * block))) failed: $lines"
    grep '^soak: ' <<< "$lines" >> "$log"
    finish "$log" "$number"
  done
  printf 'fuzz, %s, commit %s\n' "$(date -u +%F)" "$commit"
  totals "$log"
}

soak_kills() {
  local kills="${NLB_SOAK_KILLS:-200}" block=20 log="$state/kills.log" preset number first
  preset="$(main_preset)"
  build "$preset"
  first="$(done_before "$log")"
  for ((number = first; number * block < kills; number++)); do
    NLB_KILLS=$block NLB_BINARY_DIR="$NLB_ROOT/build/$preset" NLB_SOURCE_DIR="$NLB_ROOT" python3 -B tests/system/kills_test.py \
      || die 1 "kills: block $number failed; its words are above"
    finish "$log" "$number"
  done
  printf 'kills, %s, commit %s: %d kill -9\n' "$(date -u +%F)" "$commit" $((number * block))
}

mkdir -p "$state"
install_packages
enter_toolchain
for part in "${parts[@]}"; do "soak_$part"; done

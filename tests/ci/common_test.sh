#!/usr/bin/env bash
# What ci/common.sh decides: compilers at once, what is lacking, which toolchain folder. usage: common_test.sh SOURCE_DIR
# shellcheck disable=SC2016  # the scripts are expanded by the shell that runs them
set -euo pipefail
source_dir="$1"
failures=0

# expect CODE TEXT WHY SCRIPT: SCRIPT, run after sourcing ci/common.sh, exits with CODE and prints TEXT somewhere
expect() {
  local code="$1" text="$2" why="$3" output found=0
  output="$(env -u Torch_DIR -u NLB_CUDA NLBENCH_TOOLCHAIN=/tmp/toolchains bash -c "
    set -euo pipefail
    source '$source_dir/ci/common.sh'
    nproc() { echo 8; }; free_memory_mb() { echo 16000; }; missing_packages() { :; }
    find_nvcc() { return 1; }; df() { printf 'Avail\n50000\n'; }
    $4" 2>&1)" || found=$?
  if [[ $found != "$code" || $output != *"$text"* ]]; then
    printf 'FAILED: %s: exit %s, expected %s with "%s"; printed:\n%s\n' "$why" "$found" "$code" "$text" "$output"
    failures=$((failures + 1))
  fi
}

expect 0 "<5>" "16 GB of free memory hold five compilers of 3 GB" 'echo "<$(compilers_at_once)>"'
expect 0 "<2>" "no more compilers than cores" 'nproc() { echo 2; }; echo "<$(compilers_at_once)>"'
expect 0 "<1>" "one compiler is the least" 'free_memory_mb() { echo 900; }; echo "<$(compilers_at_once)>"'
expect 0 "minutes with 5 compiler(s)" "a machine with enough of everything passes" 'preflight no-such-preset 5'
expect 5 "memory  3.0 GB (0.9 GB free) for one compiler   <-- lacking" "too little memory stops" \
  'free_memory_mb() { echo 900; }; preflight no-such-preset 5'
expect 5 "lacking" "a full disk stops" 'df() { printf "Avail\n100\n"; }; preflight no-such-preset 5'
expect 5 "lacking" "needs that meet on one disk are added up" 'stat() { echo 1; }; df() { printf "Avail\n3500\n"; }; preflight no-such-preset 5'
expect 5 "cannot build without: g++ " "a missing compiler is named" \
  'missing_packages() { echo "g++ "; }; missing_tools() { echo "g++ "; }; NLB_USE_ROOT=no; install_packages'
expect 0 "-small" "without a CUDA compiler a CPU user gets the small install" toolchain_folder
expect 0 "-full" "with one, the full install" 'find_nvcc() { echo nvcc; }; toolchain_folder'
expect 0 "-tools" "an existing LibTorch needs no other" 'Torch_DIR=/opt/torch; toolchain_folder'
expect 0 "-small" "NLB_CUDA=off passes over the CUDA compiler" 'find_nvcc() { echo nvcc; }; NLB_CUDA=off; toolchain_folder'
expect 2 "no nvcc" "NLB_CUDA=on wants one" 'NLB_CUDA=on; toolchain_folder'
expect 2 "none of auto, on, off" "other words are refused" 'NLB_CUDA=maybe; toolchain_folder'
expect 2 "unknown option '--fast'" "unknown options are refused" 'parse_options --fast'

if grep -v '^#' "$source_dir/ci/toolchain.lock" | grep -vqE '^(tools|small|full) +[a-z0-9-]+==[0-9.]+ +[0-9a-f]{64}$'; then
  echo "FAILED: a line of ci/toolchain.lock has no install, exact version and digest"
  failures=$((failures + 1))
fi
((failures == 0)) || exit 1
echo "all as expected"

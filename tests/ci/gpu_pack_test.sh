#!/usr/bin/env bash
# `ci/gpu_check.sh pack` with the programs of a build: all they load is packed or LibTorch's, and what travels fits. usage: gpu_pack_test.sh
# SOURCE_DIR BUILD_DIR
set -euo pipefail
source_dir="$1" build_dir="$2"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
complain() { printf 'FAILED: %s\n' "$*" && exit 1; }

# Six files that do not shrink, as large as the real ones: the parts of CIFAR-10 must fit beside the programs.
mkdir -p "$place/data/cifar10"
for name in 1 2 3 4 5 6; do head -c 17085000 /dev/urandom > "$place/data/cifar10/$name.webp"; done
touch "$place/data/cifar10/unpack.py"
[[ -x $build_dir/bin/nlb_training_benchmarks ]] || export NLB_GPU_WITHOUT=nlb_training_benchmarks
export NLB_GPU_CARRY="$place/carry" NLB_GPU_BUILD="$build_dir"
bash "$source_dir/ci/gpu_check.sh" pack "$place/data" > "$place/words" 2>&1 || complain "pack ended with $?: $(cat "$place/words")"
cat "$place/words"
for program in nlbench nlbench-worker kernels_tests; do [[ -x $place/carry/tree/bin/$program ]] || complain "$program was not packed"; done
grep -q 'programs finds its libraries' "$place/carry/load.log" || complain "the tree was not looked at: $(cat "$place/carry/load.log")"
find "$place/carry" -name 'cifar10.tar.*' -printf '%f %p\n' | sort -t . -k 3 -n | cut -d ' ' -f 2 | xargs cat | sha256sum | cmp - "$place/carry/call2/cifar10.sha256" ||
  complain "the parts are not the whole"

# It would have been seen: a library that is not packed, and one file too many.
removed="$(find "$place/carry/tree/lib" -name 'lib*.so*' | head -n 1)"
if [[ -n $removed ]]; then
  mv "$removed" "$place/aside"
  bash "$source_dir/ci/gpu_check.sh" load > "$place/words" 2>&1 && complain "$removed is gone, and load says nothing"
  grep -q "${removed##*/}" "$place/words" || complain "load does not name ${removed##*/}: $(cat "$place/words")"
fi
export NLB_GPU_TRAVELS=$((16 << 20)) # less than the tracked files alone
bash "$source_dir/ci/gpu_check.sh" pack "$place/data" > "$place/words" 2>&1 && complain "more than travels was packed"
grep -q 'larger than what travels' "$place/words" || complain "pack does not say what is too large: $(cat "$place/words")"
echo "all as expected"

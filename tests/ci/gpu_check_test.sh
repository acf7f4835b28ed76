#!/usr/bin/env bash
# ci/gpu_check.sh rehearsed without a GPU: programs that play their part, and each part made to fail in each way it can. usage:
# gpu_check_test.sh SOURCE_DIR
# shellcheck disable=SC2016  # the stubs are expanded when they run
set -euo pipefail
source_dir="$1"
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
complain() { printf 'FAILED: %s\n' "$*" | tee -a "$place/complaints"; }

# ---- what plays the part of programs and machine. STUB="NAME:WHAT" makes the stub of that name exit so, or hang, or print nothing.

mkdir -p "$place"/{path,python/torch/lib,carry/tree/bin,carry/tree/lib,carry/call1,carry/between1,carry/call2,data/cifar10,plays}
# A true program, which the loader can look at; what it does is the script of its name.
cat > "$place/program.cpp" <<CODE
#include <string>
#include <unistd.h>
extern "C" int packed();
int main(int, char** words) {
  const std::string name = words[0];
  packed();
  return execv(("$place/plays" + name.substr(name.rfind('/'))).c_str(), words);
}
CODE
echo 'extern "C" int packed() { return 0; }' | "${CXX:-c++}" -shared -fPIC -x c++ - -o "$place/carry/tree/lib/libpacked.so"
"${CXX:-c++}" "$place/program.cpp" -L"$place/carry/tree/lib" -lpacked -o "$place/program"
plays() { # NAME BODY
  stub "$place/plays/$1" "$2"
  cp "$place/program" "$place/carry/tree/bin/$1"
}
stub() { # FILE BODY
  printf '%s\n' '#!/usr/bin/env bash' 'name="$(basename "$0") $*"' 'what=""; [[ -z ${STUB:-} || $name != *"${STUB%%:*}"* ]] || what="${STUB##*:}"' \
    'case "$what" in hang) sleep 60 ;; silent) exit 0 ;; [0-9]*) echo "told to end with $what"; exit "$what" ;; esac' "$2" > "$1"
  chmod +x "$1"
}
stub "$place/path/nvidia-smi" 'echo "Imagined GPU, 580.1, 1 MiB, 9.0, 1 MHz, 1 W"'
stub "$place/path/compute-sanitizer" 'echo "ERROR SUMMARY: 0 errors"; echo "All tests passed (1 assertion in 1 test case)"'
for folder in kernels batches optim nets engine; do
  plays "${folder}_tests" '[[ $what == none ]] && echo "No test cases matched \"[gpu]\"" && exit 0
    [[ $what == warn ]] && echo "warning: skipped: no CUDA device" && echo "All tests passed (1 assertion in 1 test case)" && exit 0
    [[ ${NLB_REQUIRE_GPU:-} == 1 ]] || exit 9
    echo "All tests passed (1 assertion in 1 test case)"'
done
plays nlbench-worker 'echo worker'
plays nlb_training_benchmarks 'for word in "$@"; do
    [[ $word != --benchmark_out=* ]] || if [[ $what == empty ]]; then echo "{\"benchmarks\": []}" > "${word#*=}"
      else echo "{\"benchmarks\": [{\"name\": \"train/x/1\", \"items_per_second\": 1000}]}" > "${word#*=}"; fi
  done'
plays nlbench 'words=("$@"); results="" events="" jobs=1
  for ((i = 0; i < ${#words[@]}; ++i)); do case "${words[i]}" in --results) results="${words[i + 1]}" ;; --log-json) events="${words[i + 1]}" ;;
    --jobs) jobs="${words[i + 1]}" ;; esac; done
  [[ $1 == run ]] || { echo nlbench; exit 0; }
  [[ $what != differ || $jobs != 8 ]] || head="other"
  [[ $what != graphs ]] || head="other"
  graphs=off; [[ $* != *--graphs* || $what == eager ]] || graphs=on
  status=ok; [[ $what != stored ]] || status=failed
  mkdir -p "$results/x"
  echo "{\"trial\": \"t1\", \"spec\": {\"method\": {\"id\": \"ce\", \"options\": {}}, \"noise\": {\"rate\": 0.5}}, \"result\": {\"status\": \"$status\", \"state_chain\": \"${head:-same}\", \"count_chain\": \"c\", \"determinism_class\": {\"graphs\": \"$graphs\"}, \"test_count\": 100}}" > "$results/x/t1.json"
  echo "{\"test_correct\": [[10, 20]]}" > "$results/x/t1.curves.json"
  [[ -z $events ]] || printf "%s\n" "{\"event\": \"progress\", \"images_per_second\": 5000}" "{\"event\": \"evaluated\", \"test_correct\": 5, \"test_count\": 10}" > "$events"
  [[ $* != *--max-time\ 60s* ]] || exit 130'
echo "$source_dir" > "$place/carry/tree/source_dir"
echo 0123456789 > "$place/carry/tree/commit"
: > "$place/python/torch/lib/libtorch_cpu.so"
echo "__path__ = ['$place/python/torch']; __version__ = '2.11.0+stub'" > "$place/python/torch/__init__.py"
printf 'import pathlib, sys\npathlib.Path(sys.argv[1]).mkdir(exist_ok=True)\n' > "$place/data/cifar10/unpack.py"
tar -C "$place/data" -cf "$place/whole" cifar10
head -c 700 "$place/whole" > "$place/carry/call1/cifar10.tar.1"
dd if="$place/whole" of="$place/carry/between1/cifar10.tar.2" bs=1 skip=700 count=900 status=none
tail -c +1601 "$place/whole" > "$place/carry/call2/cifar10.tar.3"
sha256sum < "$place/whole" > "$place/carry/call2/cifar10.sha256"

# run CALL STUB [PART]: its exit code; what it left is in $out, its words beside it
out="$place/out"
run() {
  local status=0
  rm -rf "$out"
  PATH="$place/path:$PATH" PYTHONPATH="$place/python" NLB_GPU_CARRY="$place/carry" NLB_GPU_SECONDS="${limit:-120}" STUB="$2" NLB_GPU_ONLY="${3:-}" \
    bash "$source_dir/ci/gpu_check.sh" run "$1" "$out" > "$out.words" 2>&1 || status=$?
  return "$status"
}
outcome_of() { # CALL PART
  python3 -c 'import json, sys
print(next(part["outcome"] for part in json.load(open(sys.argv[1]))["parts"] if part["name"] == sys.argv[2]))' "$out/gpu_check_$1.json" "$2"
}
# expect CALL STUB EXIT PART OUTCOME
expect() {
  local status=0 found
  run "$1" "$2" "$4" || status=$?
  [[ $status == "$3" ]] || { complain "call $1 with $2 ended with $status in place of $3: $(tail -n 5 "$out.words")" && return; }
  found="$(outcome_of "$1" "$4")"
  [[ $found == "$5" ]] || complain "call $1 with $2: part $4 is '$found' in place of '$5'"
}

# ---- all well: each call passes, names the machine, and leaves two files

for call in 1 2; do
  status=0
  run "$call" "" || status=$?
  [[ $status == 0 ]] || complain "call $call, all well, ended with $status: $(cat "$out.words")"
  [[ "$(find "$out" -type f | wc -l)" == 2 && "$(find "$out" -mindepth 2 | wc -l)" == 0 ]] || complain "call $call leaves other than two files"
  grep -q 'Imagined GPU' "$out/gpu_check_$call.json" || complain "call $call does not name the machine"
  tar -tzf "$out/gpu_check_$call.tar.gz" | grep '^load.log$' > /dev/null || complain "the archive of call $call lacks a log"
done
grep -q '"images_per_second"' "$out/gpu_check_2.json" || complain "no field for the figures"

# ---- every part, made to fail in each way it can

failing=(
  "1 nlbench+--version:1 load" "1 nlbench-worker+--version:1 load" "1 doctor:5 device"
  "1 kernels_tests:1 tests_kernels" "1 kernels_tests:none tests_kernels" "1 kernels_tests:silent tests_kernels" "1 kernels_tests:139 tests_kernels"
  "1 batches_tests:warn tests_batches" "1 optim_tests:1 tests_optim" "1 nets_tests:none tests_nets" "1 nets_tests:hang tests_nets"
  "1 engine_tests+[gpu]~:1 tests_engine" "1 engine_tests+[gpu][registry]:1 registry" "1 engine_tests+[gpu][registry]:none registry"
  "1 protocol+mini+:5 chains" "1 protocol+mini+:silent chains" "1 protocol+mini+:differ chains" "1 protocol+mini+:stored chains" "1 protocol+mini+:hang chains"
  "1 --graphs:5 graphs" "1 --graphs:silent graphs" "1 --graphs:graphs graphs" "1 --graphs:eager graphs" "1 --graphs:hang graphs"
  "1 precision=bf16:1 speed" "1 precision=tf32:empty speed" "1 precision=fp32:hang speed"
  "1 memcheck:1 memcheck" "1 memcheck:silent memcheck" "1 racecheck:hang racecheck"
  "2 worker+--version:134 load" "2 cifar10_sym_smoke:1 smoke" "2 cifar10_sym_smoke:130 smoke" "2 cifar10_sym_smoke:stored smoke" "2 report:2 smoke"
  "2 row+ce:5 ce" "2 row+ce:silent ce" "2 row+elr:1 elr" "2 row+gce:hang gce" "2 row+dividemix:3 dividemix"
)
# rehearse ROW: on a desk of its own, so that several are on the way
rehearse() {
  local call how part out="$place/out.$BASHPID" limit=120
  read -r call how part <<< "$1"
  [[ $how != *:hang ]] || limit=3
  expect "$call" "${how//+/ }" 1 "$part" failed
}
for row in "${failing[@]}"; do
  (($(jobs -rp | wc -l) < 2 * $(nproc))) || wait -n || true # those that hang only wait
  rehearse "$row" || complain "the rehearsal of '$row' did not end" &
done
wait

# ---- what lies ready, and does not

status=0
PATH="$place/path:$PATH" STUB="nvidia-smi:9" NLB_GPU_CARRY="$place/carry" bash "$source_dir/ci/gpu_check.sh" run 1 "$out" > /dev/null 2>&1 || status=$?
[[ $status == 5 ]] || complain "without a GPU it ended with $status in place of 5"
mv "$place/carry/tree/lib/libpacked.so" "$place/aside" && expect 1 "" 1 load failed && mv "$place/aside" "$place/carry/tree/lib/libpacked.so"
mv "$place/carry/call1/cifar10.tar.1" "$place/aside" && expect 2 "" 1 cifar10 failed && mv "$place/aside" "$place/carry/call1/cifar10.tar.1"
mv "$place/carry/between1" "$place/aside" && expect 2 "" 1 cifar10 failed && mv "$place/aside" "$place/carry/between1"
cp "$place/carry/call2/cifar10.tar.3" "$place/aside" && echo x >> "$place/carry/call2/cifar10.tar.3"
expect 2 "" 1 cifar10 failed
mv "$place/aside" "$place/carry/call2/cifar10.tar.3"
stub "$place/path/compute-sanitizer" 'echo "Error: Device not supported"; exit 1'
expect 1 "" 4 memcheck "not run"
bash "$source_dir/ci/gpu_check.sh" run 3 > /dev/null 2>&1 && complain "there is no call 3"

# ---- no part is left out above

for call in 1 2; do
  while read -r part _; do
    printf '%s\n' "${failing[@]}" "2 - cifar10" | awk -v call="$call" -v part="$part" '$1 == call && $3 == part { found = 1 } END { exit !found }' ||
      complain "part $part of call $call is never made to fail"
  done < <(bash "$source_dir/ci/gpu_check.sh" parts "$call")
done

[[ ! -e $place/complaints ]] || exit 1
echo "all as expected"

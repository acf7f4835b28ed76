#!/usr/bin/env bash
# Everything that only a GPU can show, on a machine with one GPU, torch 2.11.0+cu130 and no network.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: bash ci/gpu_check.sh pack [DATA]   here: builds with CUDA and fills build/gpu with what travels (under 64 MiB): programs, tests
                                          with [gpu] cases, protocols, and of DATA (default: data) MNIST
       bash ci/gpu_check.sh run [OUT]     there: [gpu] tests, compute-sanitizer where it is installed, training steps, chains of `mini`
                                          with 1 and 8 trials at once, an epoch of every loss on MNIST; OUT/gpu.json (default: build/gpu)
Exit: 0 all passed, 1 something failed (gpu.json says what), 5 no GPU or no LibTorch there.
TEXT
}

carry="$NLB_ROOT/build/gpu"

pack() {
  local data="${1:-$NLB_ROOT/data}" program
  NLB_CUDA=on
  export NLB_CUDA
  enter_toolchain
  cmake -S "$NLB_ROOT" --preset cuda -DNLB_BENCHMARKS=ON --log-level=WARNING > /dev/null
  build cuda nlbench nlbench-worker batches_tests engine_tests kernels_tests nlb_training_benchmarks
  rm -rf "$carry"
  mkdir -p "$carry/bin" "$carry/protocols" "$carry/data"
  for program in bin/nlbench bin/nlbench-worker bin/nlb_training_benchmarks tests/{batches,engine,kernels}/{batches,engine,kernels}_tests; do
    [[ ! -x $NLB_ROOT/build/cuda/$program ]] || strip -o "$carry/bin/${program##*/}" "$NLB_ROOT/build/cuda/$program"
  done
  cp "$NLB_ROOT"/protocols/*.json "$carry/protocols/"
  [[ ! -d $data/mnist ]] || cp -r "$data/mnist" "$carry/data/"
  say "packed $(du -sm "$carry" | cut -f1) MiB into $carry"
}

# ---- on the GPU machine

failures=()
declare -A outcome=()

# attempt NAME COMMAND...: its words go to OUT/NAME.log; a failure is noted and the rest goes on.
attempt() {
  local name="$1" began=$SECONDS
  shift
  if "$@" > "$out/$name.log" 2>&1; then outcome[$name]=passed; else outcome[$name]=failed && failures+=("$name"); fi
  say "$name: ${outcome[$name]} ($((SECONDS - began)) s)"
  outcome[$name]+=" $((SECONDS - began))"
}

find_libtorch() {
  local torch
  torch="$(python3 -c 'import torch; print(torch.__path__[0])' 2> /dev/null)" || die 5 "no torch here: python3 -c 'import torch' fails"
  export LD_LIBRARY_PATH="$torch/lib:${LD_LIBRARY_PATH:-}"
}

# chains FILE JOBS: the chain heads of `mini` on the GPU with so many trials at once, sorted by trial.
chains() {
  local results
  results="$(mktemp -d)"
  "$carry/bin/nlbench" run --protocol mini --protocols "$carry/protocols" --results "$results" --device cuda:0 --jobs "$2" --quiet
  python3 - "$results" > "$1" <<'PYTHON'
import json
import pathlib
import sys

for path in sorted(pathlib.Path(sys.argv[1]).glob("*/*.json")):
    if not path.name.endswith(".curves.json"):
        record = json.loads(path.read_text())
        print(record["trial"], record["result"]["state_chain"], record["result"]["count_chain"])
PYTHON
}

same_chains() { chains "$out/chains.1" 1 && chains "$out/chains.8" 8 && cmp "$out/chains.1" "$out/chains.8"; }

epochs_on_mnist() {
  [[ -d $carry/data/mnist ]] || { echo "MNIST was not packed" && return 1; }
  "$carry/bin/nlbench" run --protocol mnist_lenet_sym_smoke --protocols "$carry/protocols" --data "$carry/data" \
    --results "$out/results" --device cuda:0
}

sanitized() { compute-sanitizer --error-exitcode 1 "$carry/bin/$1_tests" "[gpu]"; }

write_summary() {
  local name lines=()
  for name in "${!outcome[@]}"; do lines+=("$name ${outcome[$name]}"); done
  python3 - "$out" "$(git -C "$NLB_ROOT" rev-parse HEAD 2> /dev/null || echo unknown)" <(printf '%s\n' "${lines[@]}") <<'PYTHON'
import json
import pathlib
import subprocess
import sys

out, commit, lines = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]).read_text().split("\n")
gpu = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"], text=True, stdout=subprocess.PIPE)
steps = out / "steps.json"
summary = {"schema": 1, "commit": commit, "gpu": gpu.stdout.strip(),
           "parts": {name: {"outcome": outcome, "seconds": int(seconds)} for name, outcome, seconds in (l.split() for l in lines if l)},
           "benchmarks": json.loads(steps.read_text())["benchmarks"] if steps.exists() and steps.stat().st_size else []}
(out / "gpu.json").write_text(json.dumps(summary, indent=1, sort_keys=True) + "\n")
PYTHON
}

run() {
  out="${1:-$carry}"
  mkdir -p "$out"
  nvidia-smi > /dev/null 2>&1 || die 5 "no GPU here: nvidia-smi fails"
  [[ -x $carry/bin/nlbench-worker ]] || die 2 "nothing packed in $carry: run 'bash ci/gpu_check.sh pack' where the toolchain is"
  find_libtorch
  local folder
  for folder in batches engine kernels; do
    attempt "tests_$folder" "$carry/bin/${folder}_tests" "[gpu]"
    ! command -v compute-sanitizer > /dev/null || attempt "sanitizer_$folder" sanitized "$folder"
  done
  attempt doctor "$carry/bin/nlbench" doctor
  attempt chains same_chains
  attempt mnist epochs_on_mnist
  attempt steps "$carry/bin/nlb_training_benchmarks" --device=cuda --benchmark_filter='train/' --benchmark_out="$out/steps.json" \
    --benchmark_out_format=json
  write_summary
  ((${#failures[@]} == 0)) || die 1 "failed: ${failures[*]}; see the logs in $out"
}

case "${1:-}" in
  pack) shift && pack "$@" ;;
  run) shift && run "$@" ;;
  --help | -h) usage ;;
  *) usage >&2 && exit 2 ;;
esac

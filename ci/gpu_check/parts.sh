# The parts of the two calls, on the GPU machine. Sourced by ci/gpu_check.sh.
# shellcheck shell=bash

# call, name, the seconds it may take, command. The order is what matters most if time runs out.
NLB_GPU_PARTS=(
  "1 load 60 part_load"
  "1 device 30 part_device"
  "1 tests_kernels 30 part_tests kernels"
  "1 tests_batches 30 part_tests batches"
  "1 tests_optim 20 part_tests optim"
  "1 tests_nets 70 part_tests nets"
  "1 tests_engine 30 part_tests engine"
  "1 registry 70 part_registry"
  "1 chains 70 part_chains"
  "1 graphs 50 part_graphs"
  "1 speed 80 part_speed"
  "1 memcheck 40 part_sanitizer memcheck"
  "1 racecheck 40 part_sanitizer racecheck"
  "2 load 60 part_load"
  "2 cifar10 60 part_cifar10"
  "2 smoke 200 part_smoke"
  "2 ce 75 part_minute ce"
  "2 elr 75 part_minute elr"
  "2 gce 75 part_minute gce"
  "2 dividemix 75 part_minute dividemix"
)
declare -A NLB_CALL_SECONDS=([1]=290 [2]=390)
NLB_NOT_RUN=77 # a part ends so when it cannot run here, its last line saying why

list_parts() {
  local call="${1:-}"
  [[ -n ${NLB_CALL_SECONDS[$call]:-} ]] || die 2 "call '$call' is neither 1 nor 2"
  printf '%s\n' "${NLB_GPU_PARTS[@]}" | awk -v call="$call" '$1 == call { print $2, $3 }'
}

# ---- where things lie

tree="$carry/tree"

open_tree() {
  [[ -d $tree || ! -f $carry/call1/tree.tar.xz ]] || tar -C "$carry" -xJf "$carry/call1/tree.tar.xz"
  [[ -d $tree/bin ]] || die 5 "nothing packed in $carry: run 'bash ci/gpu_check.sh pack' where the toolchain is, and carry build/gpu/call1"
  local source_dir
  source_dir="$(cat "$tree/source_dir")"
  [[ -e $source_dir ]] || { mkdir -p "$(dirname "$source_dir")" && ln -s "$NLB_ROOT" "$source_dir"; } ||
    say "$source_dir cannot be made a link to $NLB_ROOT: tests will not find their vectors"
}

# The wheel that python3 would import (found, not imported: that takes half a minute on a cold disk), else the one named.
find_libtorch() {
  local torch folder
  torch="$(python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2> /dev/null)" ||
    torch="${NLB_TORCH_ROOT:-}"
  [[ -f $torch/lib/libtorch_cpu.so ]] || die 5 "no LibTorch here: python3 finds no torch, and NLB_TORCH_ROOT names none"
  library_path="$tree/lib:$torch/lib"
  for folder in "$torch"/../nvidia/*/lib; do [[ ! -d $folder ]] || library_path+=":$(readlink -f "$folder")"; done
}

# Only our own programs see our libraries.
ours() {
  local program="$1"
  shift
  env LD_LIBRARY_PATH="$library_path" NLB_REQUIRE_GPU=1 "$tree/bin/$program" "$@"
}

nlbench_run() { ours nlbench run --protocols "$tree/protocols" --data "$tree/data" --device cuda:0 "$@"; }

# ---- the parts: each leaves its words on stdout, its files in $work, and fails by its exit code

part_load() {
  local program loader lacking=0 name path
  loader="$(echo /lib64/ld-linux-*.so.*)"
  for program in "$tree"/bin/*; do
    env -i LD_LIBRARY_PATH="$library_path" "$loader" --inhibit-cache --list "$program" > "$work/list" 2>&1 || true
    grep -q -e '=>' "$work/list" || { cat "$work/list" && echo "${program##*/}: the loader refuses it" && lacking=1; }
    while read -r name path; do
      if [[ $path == not || -z $path ]]; then
        echo "${program##*/}: $name is not found" && lacking=1
      elif ! is_of_the_system "$name" && ! is_on_our_path "$path"; then
        echo "${program##*/}: $name comes from $path, which is neither packed nor of LibTorch" && lacking=1
      fi
    done < <(awk '$2 == "=>" { print $1, $3 }' "$work/list")
  done
  ((lacking == 0))
  ours nlbench --version
  ours nlbench-worker --version
  echo "each of $(find "$tree/bin" -type f | wc -l) programs finds its libraries"
}
is_on_our_path() {
  [[ ":$library_path:" == *":$(dirname "$1"):"* || ":$library_path:" == *":$(dirname "$(readlink -f "$1")"):"* ]] || is_of_libtorch "$(readlink -f "$1")"
}

part_device() {
  nvidia-smi
  ours nlbench doctor --protocols "$tree/protocols" --data "$tree/data" --results "$work/doctor"
}

# No case at all is a failure too: Catch says "No test cases matched" and ends with 0.
tests_of() {
  local log="$work/cases"
  "$@" 2>&1 | tee "$log"
  if grep -qi -e 'no test cases matched' -e 'no tests ran' -e 'skipped: no CUDA device' "$log"; then
    echo "not one [gpu] case ran, or one was skipped"
    return 1
  fi
  grep -q 'All tests passed' "$log"
}
part_tests() { tests_of ours "$1_tests" "[gpu]~[registry]"; }
part_registry() { tests_of ours engine_tests "[gpu][registry]"; }

# The chain heads of `mini` with so many trials at once, sorted by trial.
chains_with() {
  nlbench_run --protocol mini --results "$work/mini_$1" --jobs "$1" --quiet
  python3 "$NLB_CI/gpu_check/summary.py" chains "$work/mini_$1" > "$work/chains.$1"
}
part_chains() {
  chains_with 1
  chains_with 8
  cmp "$work/chains.1" "$work/chains.8"
  wc -l "$work/chains.1"
}

# Steps captured and replayed give the chains that they have without; by `mini`'s one trial at a time.
part_graphs() {
  [[ -d $work/mini_1 ]] || chains_with 1
  nlbench_run --protocol mini --results "$work/mini_graphs" --jobs 1 --graphs --quiet
  python3 "$NLB_CI/gpu_check/summary.py" class "$work/mini_graphs" graphs on
  python3 "$NLB_CI/gpu_check/summary.py" chains "$work/mini_graphs" > "$work/chains.graphs"
  cmp "$work/chains.1" "$work/chains.graphs"
  wc -l "$work/chains.graphs"
}

# Our kernels, then the library's layers with channels last and first; what is not deterministic, for the first alone.
part_speed() {
  local precision layers deterministic
  for precision in fp32 tf32 bf16; do
    for layers in kernels nhwc nchw; do
      for deterministic in on off; do
        [[ $deterministic == on || $layers == kernels ]] || continue
        ours nlb_training_benchmarks --device=cuda --precision="$precision" --layers="$layers" --deterministic="$deterministic" \
          --benchmark_filter='train/(preact_resnet18|cnn9)_sgd_batch_128/1/' --benchmark_min_time=0.5 --benchmark_out_format=json \
          --benchmark_out="$work/speed_${precision}_${layers}_$deterministic.json"
        python3 "$NLB_CI/gpu_check/summary.py" figures "$work/speed_${precision}_${layers}_$deterministic.json"
      done
    done
  done
}

# A tool that cannot look at this device has found nothing.
part_sanitizer() {
  local tool="$1" status=0
  command -v compute-sanitizer > /dev/null || { echo "compute-sanitizer is not installed" && return "$NLB_NOT_RUN"; }
  env LD_LIBRARY_PATH="$library_path" NLB_REQUIRE_GPU=1 compute-sanitizer --tool "$tool" --error-exitcode 1 \
    "$tree/bin/kernels_tests" "[gpu]" > "$work/$tool.out" 2>&1 || status=$?
  cat "$work/$tool.out"
  if grep -q -e 'Device not supported' -e 'No attachable process' -e 'Unable to find injection' "$work/$tool.out"; then
    echo "$tool cannot look at this device"
    return "$NLB_NOT_RUN"
  fi
  ((status == 0)) || { echo "$tool ended with $status" && return 1; }
  grep -q 'All tests passed' "$work/$tool.out"
}

part_cifar10() {
  local last number part parts=()
  last="$(compgen -G "$carry/call2/cifar10.tar.*")" || { echo "call2/cifar10.tar.* is not here: carry build/gpu/call2 to this machine" && return 1; }
  for ((number = 1; number <= ${last##*.}; ++number)); do
    part="$(compgen -G "$carry/*/cifar10.tar.$number")" || {
      echo "part $number of ${last##*.} of CIFAR-10 is not here: carry the folders that pack made below build/gpu, one a call" && return 1
    }
    parts+=("$part")
  done
  cat "${parts[@]}" > "$carry/cifar10.tar"
  sha256sum < "$carry/cifar10.tar" | cmp - "$carry/call2/cifar10.sha256"
  tar -C "$carry" -xf "$carry/cifar10.tar"
  python3 "$carry/cifar10/unpack.py" "$tree/data"
}

# All rows and seeds; the page shows the same columns as the CPU's in docs/twins.md.
part_smoke() {
  nlbench_run --protocol cifar10_sym_smoke --results "$work/smoke" --max-time 190s --quiet
  ours nlbench report --protocol cifar10_sym_smoke --protocols "$tree/protocols" --results "$work/smoke" --format markdown --out "$work/smoke_page"
  python3 "$NLB_CI/gpu_check/summary.py" accuracies "$work/smoke" "$NLB_ROOT/docs/twins.md"
}

# 130: stopped in order by --max-time, as it should be; a trial of the whole schedule takes hours.
part_minute() {
  local status=0
  nlbench_run --protocol cifar10_sym --row "$1" --noise 0.5 --seed 1 --results "$work/minute" --max-time 60s --quiet \
    --log-json "$work/$1.events.json" || status=$?
  ((status == 0 || status == 130)) || { echo "nlbench run ended with $status" && return 1; }
  python3 "$NLB_CI/gpu_check/summary.py" epochs "$work/$1.events.json"
}

# Here: the programs themselves may not start without a GPU's LibTorch, but all they load is found.
load_tree() {
  open_tree
  find_libtorch
  work="$(mktemp -d)"
  (set -e; part_load)
  rm -rf "$work"
}

# ---- a call

# attempt NAME SECONDS COMMAND...: in a shell of its own, where `set -e` holds. Its words go to $work/NAME.log, its outcome to $work/parts.
attempt() {
  local name="$1" limit="${NLB_GPU_SECONDS:-$2}" began=$SECONDS left status=0 outcome note=""
  shift 2
  left=$((deadline - SECONDS))
  if ((left < 5 && left < limit)); then
    outcome="not run" note="no time is left in this call"
  else
    ((limit < left)) || limit=$left
    timeout --kill-after=5 "$limit" bash "$NLB_CI/gpu_check.sh" part "$work" "$library_path" "$@" > "$work/$name.log" 2>&1 || status=$?
    note="$(grep -v '^ *$' "$work/$name.log" | tail -n 1 | tr -d '\000' || true)"
    case $status in
      0) outcome=passed note="" ;;
      "$NLB_NOT_RUN") outcome="not run" ;;
      124 | 137) outcome=failed note="took longer than its $limit s; the last line: $note" ;;
      *) outcome=failed note="ended with $status: $note" ;;
    esac
  fi
  printf '%s\t%s\t%s\t%s\n' "$name" "$outcome" $((SECONDS - began)) "$(tr '\t\n' '  ' <<< "$note")" >> "$work/parts"
  say "$name: $outcome ($((SECONDS - began)) s)${note:+: $note}"
}

run_call() {
  local call="${1:-}" out="${2:-$carry}" part _ name limit command status=0
  list_parts "$call" > /dev/null
  deadline=$((SECONDS + NLB_CALL_SECONDS[$call]))
  mkdir -p "$out"
  nvidia-smi > /dev/null 2>&1 || die 5 "no GPU here: nvidia-smi fails"
  open_tree
  find_libtorch
  work="$(mktemp -d)"
  for part in "${NLB_GPU_PARTS[@]}"; do
    read -r _ name limit command <<< "$part"
    # shellcheck disable=SC2086  # a command of words
    [[ $part != "$call "* || ${NLB_GPU_ONLY:-$name} != "$name" ]] || attempt "$name" "$limit" $command
  done
  python3 "$NLB_CI/gpu_check/summary.py" call "$call" "$work" "$tree" "$out" || status=$?
  rm -rf "$work"
  return "$status"
}

run_part() {
  work="$1" library_path="$2"
  shift 2
  "$@"
}

# What travels to a machine with a GPU. Sourced by ci/gpu_check.sh.
# shellcheck shell=bash

NLB_TRAVELS="${NLB_GPU_TRAVELS:-$((64 * 1024 * 1024))}" # bytes a call, tracked files included
NLB_GPU_PROGRAMS=(bin/nlbench bin/nlbench-worker bin/nlb_training_benchmarks tests/kernels/kernels_tests tests/batches/batches_tests
  tests/nets/nets_tests tests/optim/optim_tests tests/engine/engine_tests)

# Every system with a GPU has these; all others are carried. libcuda.so.1 belongs to the driver.
is_of_the_system() {
  case "$1" in
    ld-linux* | linux-vdso* | libc.so* | libm.so* | libdl.so* | librt.so* | libpthread.so* | libstdc++.so* | libgcc_s.so* | libcuda.so*) ;;
    *) return 1 ;;
  esac
}

# LibTorch's wheel is there already, with CUDA's libraries beside it.
is_of_libtorch() { [[ $1 == */torch/lib/* || $1 == */nvidia/* ]]; }

# copy_libraries TREE: what `ldd` names for its programs beyond system and LibTorch.
copy_libraries() {
  local tree="$1" program name path lacking=0
  for program in "$tree"/bin/*; do
    while read -r name path; do
      if [[ $path == not* ]]; then
        say "${program##*/} does not find $name here" && lacking=1
      elif ! is_of_the_system "$name" && ! is_of_libtorch "$(readlink -f "$path")"; then
        cp -Lu "$path" "$tree/lib/"
      fi
    done < <(LD_LIBRARY_PATH="${NLB_TORCH_ROOT:-}/lib:${NLB_TORCH_ROOT:-}/../nvidia/cu13/lib" ldd "$program" | awk '$2 == "=>" { print $1, $3 }')
  done
  ((lacking == 0)) || die 1 "not packed: a program does not find a library"
}

build_programs() {
  NLB_CUDA=on
  export NLB_CUDA
  NLB_PACKAGES+=(libbenchmark-dev)
  install_packages
  enter_toolchain
  cmake -S "$NLB_ROOT" --preset cuda -DNLB_BENCHMARKS=ON --log-level=WARNING > /dev/null
  build cuda "${NLB_GPU_PROGRAMS[@]##*/}"
}

# fill_tree TREE BUILD
fill_tree() {
  local tree="$1" from="$2" program folder
  mkdir -p "$tree"/{bin,lib,protocols/{published,recipes},data}
  for program in "${NLB_GPU_PROGRAMS[@]}"; do
    [[ " ${NLB_GPU_WITHOUT:-} " != *" ${program##*/} "* ]] || continue
    [[ -x $from/$program ]] || die 2 "$from has no $program: build it, or run 'bash ci/gpu_check.sh pack' without NLB_GPU_BUILD"
    strip -o "$tree/bin/${program##*/}" "$from/$program"
  done
  copy_libraries "$tree"
  for folder in . published recipes; do cp "$NLB_ROOT/protocols/$folder"/*.json "$tree/protocols/$folder/"; done
  printf '%s\n' "$NLB_ROOT" > "$tree/source_dir" # tests read their vectors below the folder they were compiled in
  git -C "$NLB_ROOT" rev-parse HEAD > "$tree/commit" 2> /dev/null || echo unknown > "$tree/commit"
}

# split_cifar10 DATA FREE ROOM: parts of one archive, numbered. The first call, which also carries the programs, has FREE bytes for it; while
# the rest is larger than the ROOM of a call, a transfer between the calls takes one more part.
split_cifar10() {
  local data="$1" free="$2" room="$3" rest number=2
  [[ -f $data/cifar10/unpack.py ]] || { say "no $data/cifar10/unpack.py: packed without CIFAR-10, call 2 will say so" && return; }
  tar -C "$data" -cf "$carry/cifar10.tar" cifar10
  head -c "$free" "$carry/cifar10.tar" > "$carry/call1/cifar10.tar.1"
  sha256sum < "$carry/cifar10.tar" > "$carry/call2/cifar10.sha256"
  for ((rest = $(stat -c %s "$carry/cifar10.tar") - free; rest > room; rest -= room, ++number)); do
    mkdir -p "$carry/between$((number - 1))"
    dd if="$carry/cifar10.tar" of="$carry/between$((number - 1))/cifar10.tar.$number" bs=1M iflag=skip_bytes,count_bytes \
      skip=$(($(stat -c %s "$carry/cifar10.tar") - rest)) count="$room" status=none
  done
  tail -c "$rest" "$carry/cifar10.tar" > "$carry/call2/cifar10.tar.$number"
  rm "$carry/cifar10.tar"
}

tracked_bytes() { git -C "$NLB_ROOT" ls-files -z | (cd "$NLB_ROOT" && xargs -0 stat -c %s) | awk '{ sum += $1 } END { printf "%d", sum }'; }
bytes_below() { find "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d", sum }'; }

# What must not be found out on the device's time.
check_size_of_calls() {
  local tracked="$1" call bytes
  for call in call1 $(cd "$carry" && compgen -G 'between*') call2; do
    bytes=$((tracked + $(bytes_below "$carry/$call")))
    say "$call: $((bytes / 1024)) KiB of $((NLB_TRAVELS / 1024)) travel (carry build/gpu/$call), $((tracked / 1024)) of them tracked files"
    ((bytes <= NLB_TRAVELS)) || die 1 "$call is larger than what travels: leave something out"
  done
}

pack() {
  local data="${1:-$NLB_ROOT/data}" tracked room free from="${NLB_GPU_BUILD:-}"
  [[ -n $from ]] || { build_programs && from="$NLB_ROOT/build/cuda"; }
  rm -rf "$carry"
  mkdir -p "$carry/call1" "$carry/call2"
  fill_tree "$carry/tree" "$from"
  tar -C "$carry" -cf - tree | xz -3 -T0 > "$carry/call1/tree.tar.xz"
  tracked="$(tracked_bytes)"
  room=$((NLB_TRAVELS - tracked - (1 << 20)))
  free=$((room - $(bytes_below "$carry/call1")))
  ((free >= 0)) || { check_size_of_calls "$tracked" && die 1 "nothing is left for CIFAR-10 beside the programs"; }
  split_cifar10 "$data" "$free" "$room"
  check_size_of_calls "$tracked"
  bash "$NLB_CI/gpu_check.sh" load > "$carry/load.log" 2>&1 || die 1 "the packed tree does not load: $(tail -n 3 "$carry/load.log")"
}

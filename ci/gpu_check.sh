#!/usr/bin/env bash
# Everything that only a GPU can show, rehearsed: two calls of minutes on a machine with one GPU, torch 2.11.0+cu130 and no network.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
carry="${NLB_GPU_CARRY:-$NLB_ROOT/build/gpu}"
source "$NLB_CI/gpu_check/pack.sh"
source "$NLB_CI/gpu_check/parts.sh"

usage() {
  cat <<'TEXT'
usage: bash ci/gpu_check.sh pack [DATA]   here: builds with CUDA and fills build/gpu with what travels: call1 (programs, protocols and
                                          a part of CIFAR-10), between1, ... (transfers, one a call) and call2 (the rest). DATA: a folder whose cifar10/ holds six
                                          lossless mosaics, labels.bin and unpack.py (default: data)
       bash ci/gpu_check.sh load          here or there: each packed program finds its libraries, with an empty environment
       bash ci/gpu_check.sh run 1 [OUT]   there, 300 s at most: load, device, [gpu] tests, chains of `mini` with 1 and 8 trials at once
                                          and with --graphs, training steps by precision, layout and determinism, then memcheck and racecheck
       bash ci/gpu_check.sh run 2 [OUT]   there, 400 s at most: CIFAR-10, cifar10_sym_smoke whole, then ce, elr, gce and dividemix of
                                          cifar10_sym for a minute each
       bash ci/gpu_check.sh parts 1|2     the parts of a call, with the seconds each may take
A call travels with the tracked files: together at most 64 MiB, which pack checks. Each call leaves two files in OUT (default: build/gpu):
gpu_check_CALL.json (every part with outcome, seconds and reason; the machine; figures) and gpu_check_CALL.tar.gz (logs and records).
Exit of run: 0 every part passed; 1 a part failed; 4 none failed, but a part did not run; 5 no GPU, no LibTorch or nothing packed there.
The variables NLB_GPU_CARRY (in place of build/gpu), NLB_GPU_BUILD (pack takes the programs of that build, without NLB_GPU_WITHOUT's),
NLB_GPU_SECONDS (a limit for each part, in place of its own) and NLB_GPU_ONLY (one part alone) are there for the rehearsal,
tests/ci/gpu_check_test.sh, and for a part to be run again.
TEXT
}

command="${1:-}"
(($# == 0)) || shift
case "$command" in
  pack) pack "$@" ;;
  load) load_tree ;;
  run) run_call "$@" ;;
  parts) list_parts "$@" ;;
  part) run_part "$@" ;; # what run starts
  --help | -h) usage ;;
  *) usage >&2 && exit 2 ;;
esac

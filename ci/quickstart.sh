#!/usr/bin/env bash
# From a clean clone to a report: sets everything up, then measures the built-in data set under the protocol "quickstart".
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: bash ci/quickstart.sh [--no-root]
Installs Debian packages (root or sudo; --no-root only names what is missing), LibTorch and CMake (once per user, under
NLBENCH_TOOLCHAIN, default ~/.cache/nlbench), builds nlbench, runs the protocol "quickstart" and prints its report.
NLB_CUDA=auto|on|off   a build for GPUs: auto = where nvcc is installed     Torch_DIR   use this LibTorch instead of installing one
TEXT
}

parse_options "$@"
cd "$NLB_ROOT"
preset="$(main_preset)"
preflight "$preset" 5
install_packages
enter_toolchain
build "$preset" nlbench nlbench-worker
link_program "$preset"

./nlbench run --protocol quickstart --group all
./nlbench report --protocol quickstart --out site --format html,markdown
printf '\n'
cat site/quickstart.md
cat <<TEXT

The page: file://$NLB_ROOT/site/quickstart.html

Try next:
  ./nlbench describe quickstart                                   what was measured, each value with its source
  ./nlbench plan --protocol cifar10_sym_smoke                     real CIFAR-10 in minutes: what it takes, what is there
  ./nlbench verify --sample 1 --protocol quickstart               run a random cell again and compare, bit for bit
TEXT

#!/usr/bin/env bash
# The project's own accuracy gate: measures protocol mini_gate with the built program and holds it against ci/baselines/mini_gate.json.
set -euo pipefail
root="$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
program="${NLB_PROGRAM:-$root/nlbench}"
baseline="$root/ci/baselines/mini_gate.json"

usage() {
  cat <<'TEXT'
usage: bash ci/gate.sh [--accept REASON]
Runs mini_gate (80 trials, under a minute of two cores) into a fresh folder and checks it (docs/ci.md). --accept stores what it measured as the new baseline: build from a clean
commit first. NLB_PROGRAM: the nlbench to use; default: the clone's.
TEXT
}

accept=()
case "${1:-}" in
  "") ;;
  --accept) accept=(--protocol mini_gate --update --reason "${2:?--accept needs a reason}") ;;
  *) usage && exit 2 ;;
esac

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
export NLBENCH_PROTOCOLS="$root/protocols"
"$program" run --protocol mini_gate --device cpu --threads 1 --results "$folder" --quiet > "$folder/run.txt" 2>&1 || { cat "$folder/run.txt" && exit 1; }
"$program" check --baseline "$baseline" --results "$folder" "${accept[@]}"

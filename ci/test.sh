#!/usr/bin/env bash
# Sets everything up and runs all tests. Tests of real data skip where the data are absent, tests of a GPU where there is none.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: bash ci/test.sh [--no-root]
Sets up as ci/quickstart.sh does, builds everything, runs all tests and the accuracy gate (ci/gate.sh). NLB_CUDA and Torch_DIR as there.
TEXT
}

parse_options "$@"
NLB_PACKAGES+=("${NLB_BROWSER_PACKAGES[@]}")
preset="$(main_preset)"
preflight "$preset" 5
install_packages
install_axe
enter_toolchain
build "$preset"
link_program "$preset"

selection=()
nvidia-smi > /dev/null 2>&1 || selection=(--label-exclude gpu)
outcome="$NLB_ROOT/build/$preset/tests.xml"
status=0
ctest --test-dir "$NLB_ROOT/build/$preset" --output-on-failure --parallel "$(usable_cores)" --output-junit "$outcome" "${selection[@]}" || status=$?
# One plain line at the end, whatever form this ctest's own summary has.
python3 - "$outcome" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

suite = {name: int(tree.parse(sys.argv[1]).getroot().get(name, 0)) for name in ("tests", "failures", "skipped", "disabled")}
failed, skipped = suite["failures"], suite["skipped"] + suite["disabled"]
print(f"{suite['tests'] - failed - skipped} passed, {failed} failed, {skipped} skipped")
PYTHON
bash "$NLB_ROOT/ci/gate.sh" || status=$?
exit "$status"

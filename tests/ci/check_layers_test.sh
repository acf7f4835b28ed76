#!/usr/bin/env bash
# ci/check_layers.sh passes the tree as it is and fails on each planted violation. usage: check_layers_test.sh SOURCE_DIR
set -euo pipefail
source_dir="$1"
tree="$(mktemp -d)"
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/docs" "$tree/core" "$tree/methods" "$tree/nets" "$tree/reports/judging" "$tree/reports/pages" "$tree/worker" "$tree/supervise" "$tree/datasets/noise" "$tree/datasets/forms"
touch "$tree/datasets/noise/open_set.json"
cp "$source_dir/docs/design.md" "$tree/docs/"

failures=0
# expect VERDICT WHY FILE LINE: a tree whose only file is FILE with this line
expect() {
  local verdict="$1" why="$2" file="$tree/$3" found=passes
  printf '%s\n' "$4" > "$file"
  bash "$source_dir/ci/check_layers.sh" "$tree" > /dev/null 2>&1 || found=fails
  rm "$file"
  [[ $found == "$verdict" ]] || { printf 'FAILED: %s: "%s" in %s %s\n' "$why" "$4" "$3" "$found"; failures=$((failures + 1)); }
}

expect passes "its own folder" core/a.h '#include "core/b.h"'
expect passes "an allowed edge" methods/a.cpp '#include "nets/net.h"'
expect passes "worker includes what engine uses" worker/a.cpp '#include "optim/sgd.h"'
expect passes "LibTorch where it belongs" methods/a.cpp '#include <torch/torch.h>'
expect passes "the wrappers of nets may draw" nets/a.cpp 'auto x = torch::randn({2});'
expect passes "words in a comment are no draw" methods/a.cpp '// unlike torch::randperm(n), this depends on the key alone'
expect passes "the one header of protocols that methods see" methods/a.cpp '#include "protocols/trial.h"'
expect fails "an edge against the flow" core/a.h '#include "facts/facts.h"'
expect fails "an edge that is not in the table" reports/pages/a.cpp '#include "kernels/entropy.h"'
expect fails "an include without folder" methods/a.cpp '#include "elr.h"'
expect fails "another header of protocols" methods/a.cpp '#include "protocols/plan.h"'
expect fails "LibTorch in a folder without it" reports/judging/a.cpp '#include <torch/torch.h>'
expect passes "a method and its own header" methods/a.cpp '#include "methods/a.h"'
expect passes "the list of methods" methods/registry.cpp '#include "methods/elr.h"'
expect fails "a method that includes another" methods/a.cpp '#include "methods/elr.h"'
expect fails "judging that knows pages" reports/judging/a.cpp '#include "reports/pages/wording.h"'
expect passes "pages that show what was judged" reports/pages/a.cpp '#include "reports/judging/cells.h"'
expect fails "a run that knows verbs" supervise/a.cpp '#include "cli/verb.h"'
expect fails "the name of a generator" datasets/a.cpp 'if (noise.generator == "open_set") return;'
expect fails "the same from the other side" reports/pages/a.cpp 'return "open_set" != noise.generator;'
expect fails "the draw of an author" datasets/a.cpp 'const bool of_an_author = spec.draw == "glc" || ordered;'
expect fails "a part of a name" reports/judging/a.cpp 'return id.ends_with("_after_noise_stream");'
expect passes "a generator is written down by its name" datasets/a.cpp 'return {{"generator", "open_set"}};'
expect passes "a word of another kind" datasets/a.cpp 'if (count == "exact_per_class") return;'
expect fails "a form of files outside its row" datasets/a.cpp 'if (facts.format == "idx") return;'
expect passes "a form's own row" datasets/forms/a.cpp 'if (facts.format == "idx") return;'
expect passes "the format of a page" reports/pages/a.cpp 'if (flags.format == "json") return;'
expect fails "ATen in a folder without it" core/a.cu '#  include <ATen/ATen.h>'
for draw in 'torch::randperm(n)' 'torch::rand({2})' 'x.bernoulli_(0.5)' 'x.uniform_(0, 1)' 'p.multinomial(1)' 'torch::manual_seed(1)' \
  'torch::nn::init::xavier_uniform_(w)' 'torch::nn::Dropout drop' 'F::dropout(x)' 'torch::dropout(x, 0.5, true)' \
  'std::shuffle(a, b, g)' 'std::random_device d' 'std::normal_distribution<double> d' 'std::mt19937 g'; do
  expect fails "a draw that is not ours" methods/a.cpp "$draw;"
done

# Tests by method: a registry of two methods, and both of their files.
mkdir -p "$tree/tests/methods"
expect_tests() {
  local verdict="$1" why="$2" found=passes
  bash "$source_dir/ci/check_layers.sh" "$tree" > /dev/null 2>&1 || found=fails
  [[ $found == "$verdict" ]] || { printf 'FAILED: %s %s\n' "$why" "$found"; failures=$((failures + 1)); }
}
printf '    {"elr", make<Elr>},\n    {"gce", make<Gce>},\n' > "$tree/methods/registry.cpp"
echo 'SOURCES elr_test.cpp gce_test.cpp' > "$tree/tests/methods/CMakeLists.txt"
touch "$tree/tests/methods/elr_test.cpp" "$tree/tests/methods/gce_test.cpp"
expect_tests passes "a file of tests for each method"
touch "$tree/tests/methods/losses_test.cpp"
expect_tests fails "a file of tests of no method"
rm "$tree/tests/methods/losses_test.cpp" "$tree/tests/methods/gce_test.cpp"
expect_tests fails "a method without a file of tests"
touch "$tree/tests/methods/gce_test.cpp"
echo 'SOURCES elr_test.cpp' > "$tree/tests/methods/CMakeLists.txt"
expect_tests fails "a file of tests that is not built"

bash "$source_dir/ci/check_layers.sh" "$source_dir" || failures=$((failures + 1))
((failures == 0)) || exit 1
echo "all verdicts as expected"

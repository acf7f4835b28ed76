#!/usr/bin/env bash
# Fails on an #include that the table of docs/design.md does not allow, on a LibTorch header in a folder without LibTorch, on a random
# draw that is not ours, and on a registered method without its own tests. usage: bash ci/check_layers.sh [ROOT]   (a tree with docs/design.md; default: this one)
set -euo pipefail
root="${1:-$(dirname "${BASH_SOURCE[0]}")/..}"
cd "$root"

# Rows of the table: | folder | holds | LibTorch | may include |
table="$(awk -F ' *[|] *' '
  $2 == "folder" && $5 == "may include" { inside = 1; next }
  inside && NF < 5 { exit }
  inside && $2 !~ /^-+$/ { print $2 ":" $4 ":" $5 }' docs/design.md)"
[[ -n $table ]] || { echo "docs/design.md: no table with the columns folder, holds, LibTorch, may include" >&2; exit 1; }

files=()
while IFS=: read -r folder _ _; do
  while IFS= read -r -d '' file; do files+=("$file"); done < <(find "$folder" -type f \( -name '*.h' -o -name '*.cpp' -o -name '*.cu' \) -print0 2> /dev/null | sort -z)
done <<< "$table"
((${#files[@]} > 0)) || { echo "no source files under $(pwd)" >&2; exit 1; }

# Generators, and the draws of authors' trusted sets.
names="glc|l2r"
for facts in datasets/noise/*.json; do
  if [[ -e $facts ]]; then names+="|$(basename "$facts" .json)"; fi
done

TABLE="$table" NAMES="$names" awk '
  function fail(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; failures++ }

  function read_table(    rows, row, count, i, j, parts, words) {
    count = split(ENVIRON["TABLE"], rows, "\n")
    for (i = 1; i <= count; i++) {
      split(rows[i], parts, ":")
      row = parts[1]; known[row] = 1; torch[row] = (parts[2] == "yes"); allowed[row, row] = 1; shown[row] = parts[3]
      split(parts[3], words, " ")
      for (j in words) if (words[j] in known) {
        allowed[row, words[j]] = 1
        if (parts[3] ~ /all it uses/) for (k in known) if ((words[j], k) in allowed) allowed[row, k] = 1
      }
    }
  }

  # The room of a path: its first folder, or its first two where the table has a row for them.
  function folder_of(path,    parts, count) {
    count = split(path, parts, "/")
    return count > 2 && ((parts[1] "/" parts[2]) in known) ? parts[1] "/" parts[2] : parts[1]
  }

  function stem(path) { sub(/\.[a-z]+$/, "", path); return path }

  function check_include(line,    name, target) {
    name = line
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
    if (name ~ /^[<"](torch|ATen|c10|caffe2)\//) {
      if (!torch[folder]) fail("a LibTorch header in " folder "/, a folder without LibTorch")
      return
    }
    if (name !~ /^"/) return
    name = substr(name, 2); sub(/".*/, "", name)
    if (name ~ /^nlb_[a-z_]+\.h$/) return  # written by the build
    target = folder_of(name)
    if (name !~ /\// || !(target in known)) fail("include \"" name "\" does not start with a folder of docs/design.md")
    else if (!((folder, target) in allowed)) fail(folder "/ may not include \"" name "\"; allowed: " shown[folder] " (docs/design.md)")
    else if (target == "protocols" && folder ~ /^(nets|optim|batches|training|methods)$/ && name != "protocols/trial.h")
      fail(folder "/ sees of protocols only trial.h, not \"" name "\" (docs/design.md)")
    else if (folder == "methods" && target == "methods" && FILENAME != "methods/registry.cpp" && stem(name) != stem(FILENAME))
      fail("a method includes of methods/ its own header only, not \"" name "\": what methods share lives in training/ (docs/design.md)")
  }

  # Generators, forms and draws of authors say by traits and rows what they are; a name that code compares is a row gone astray.
  function check_names(line,    name) {
    if (FILENAME == "nets/initialisers.cpp") return  # the list of initialisations itself
    if (match(line, "([=!]=[ ]*\"(" names ")\"|\"(" names ")\"[ ]*[=!]=)") || line ~ /(ends|starts)_with\("_after_noise/)
      fail("code asks for a name: ask for a trait of facts/generator_traits.h, or give the row of trusted_draws what differs")
    if (FILENAME !~ /^datasets\/forms\//)
      if (line ~ /format[_a-z]*[ ]*[=!]=[ ]*"(idx|generated|cifar[a-z0-9_]*)"/)
        fail("code asks for a form of files: the row in datasets/forms says what differs")
  }

  BEGIN {
    read_table()
    names = ENVIRON["NAMES"]
    draws = "(torch|at)::(rand|randn|randint|randperm|rand_like|randn_like|randint_like|bernoulli|multinomial|normal|poisson|dropout)[ \t]*\\(" \
      "|(\\.|->)(bernoulli|bernoulli_|multinomial|uniform_|normal_|random_|exponential_|cauchy_|geometric_|log_normal_)[ \t]*\\(" \
      "|nn::init::|(kaiming|xavier)_(uniform|normal)|manual_seed|[Dd]ropout[123]?d?(Impl|Options|FuncOptions)" \
      "|nn::[A-Za-z]*Dropout|(F|functional)::[a-z_]*dropout" \
      "|std::(random_device|shuffle|random_shuffle|sample|mt19937|minstd_rand|default_random_engine|rand|srand)|std::[a-z_]+_distribution|<random>"
  }
  FNR == 1 { folder = folder_of(FILENAME) }
  {
    line = $0
    if (line ~ /^[ \t]*#[ \t]*include/) check_include(line)
    sub(/\/\/.*/, "", line)
    check_names(line)
    if (folder != "core" && folder != "nets" && match(line, draws))
      fail("\"" substr(line, RSTART, RLENGTH) "\" draws outside core and nets: use core/draws.h (docs/design.md, Randomness)")
  }
  END { if (failures) { printf "%d line(s) break the layers of docs/design.md\n", failures; exit 1 } }
' "${files[@]}" >&2

# Each registered method has its own file of tests, which is built, and no file of tests is of no method.
missing=0
complain() { echo "$1" >&2; missing=1; }
if [[ -e methods/registry.cpp && -e tests/methods/CMakeLists.txt ]]; then
  methods="$(sed -nE 's/^ *\{"([a-z0-9_]+)", make<.*/\1/p' methods/registry.cpp)"
  for id in $methods; do
    [[ -e tests/methods/${id}_test.cpp ]] || complain "methods/registry.cpp: \"$id\" has no tests/methods/${id}_test.cpp"
    grep -qw "${id}_test.cpp" tests/methods/CMakeLists.txt || complain "tests/methods/CMakeLists.txt: does not name ${id}_test.cpp"
  done
  for file in tests/methods/*_test.cpp; do
    id="$(basename "$file" _test.cpp)"
    [[ ! -e $file ]] || grep -qx "$id" <<< "$methods" || complain "$file: methods/registry.cpp has no \"$id\"; what methods share is tested in tests/training"
  done
  ((missing == 0)) || exit 1
fi
echo "layers: ${#files[@]} files keep to docs/design.md"

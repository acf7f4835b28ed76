#!/usr/bin/env bash
# Installs LibTorch, CMake and ninja once per user and prints the shell lines that make them usable:
#   eval "$(bash ci/toolchain.sh)"
# They live in ${NLBENCH_TOOLCHAIN:-~/.cache/nlbench}/<hash of ci/toolchain.lock>-<install>. A folder appears by rename, whole or not
# at all; two set-ups at once wait for each other. NLB_CUDA=auto|on|off picks the install; with Torch_DIR set, that LibTorch is used.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

lock_file="$NLB_CI/toolchain.lock"
home="$(toolchain_home)"
install="$(toolchain_install)"
folder="$(toolchain_folder)"

# One digest over names and sizes: catches what was deleted or cut short, in a fraction of a second.
contents_digest() { (cd "$1" && find . -type f ! -name contents.sha256 -printf '%s %P\n' | LC_ALL=C sort | sha256sum); }

is_complete() {
  [[ -f $1/contents.sha256 ]] && [[ "$(contents_digest "$1")" == "$(cat "$1/contents.sha256")" ]]
}

requirements() {
  local wanted=" tools "
  [[ $install == tools ]] || wanted+="small "
  [[ $install != full ]] || wanted+="full "
  local kind requirement digest
  while read -r kind requirement digest; do
    [[ $wanted != *" $kind "* ]] || printf '%s --hash=sha256:%s\n' "$requirement" "$digest"
  done < <(grep -v '^#' "$lock_file")
}

# The wheels are archives to us: one fixed build (CPython 3.11, manylinux up to 2.28), whatever Python runs pip.
fetch_into() {
  local target="$1" glibc platforms=(--platform manylinux2014_x86_64)
  for glibc in $(seq 5 28); do platforms+=(--platform "manylinux_2_${glibc}_x86_64"); done
  requirements > "$target.requirements"
  mkdir -p "$target.tmp"
  TMPDIR="$target.tmp" "$(python_with_pip)" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-cache-dir --no-compile --no-deps \
    --require-hashes --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 --abi abi3 --abi none \
    "${platforms[@]}" --target "$target" --requirement "$target.requirements" >&2 ||
    die 5 "could not install LibTorch, CMake and ninja into $target: see pip's words above; the same command tries again"
  rm -rf "$target.tmp" "$target.requirements"
}

# pip's launchers name the temporary folder; the programs themselves run from anywhere.
place_programs() {
  local program
  for program in cmake ctest cpack; do ln -sf "../cmake/data/bin/$program" "$1/bin/$program"; done
  # A CPU program loads none of these: a third of the small install.
  [[ $install == full ]] || rm -f "$1"/torch/lib/libtorch_{cuda,cuda_linalg,nvshmem,python}.so
}

install_folder() {
  local stage="$home/.${folder##*/}.part"
  rm -rf "$stage"*  # left by a set-up that was killed: we hold the lock
  say "installing $install toolchain into $folder (once per user)"
  fetch_into "$stage"
  place_programs "$stage"
  { "$stage/bin/cmake" --version && "$stage/bin/ninja" --version; } > /dev/null ||
    die 5 "the installed cmake or ninja does not start on this machine"
  contents_digest "$stage" > "$stage.digest"
  mv "$stage.digest" "$stage/contents.sha256"
  [[ ! -e $folder ]] || mv "$folder" "$stage.broken"
  mv "$stage" "$folder"
  rm -rf "$stage.broken"
}

mkdir -p "$home" 2> /dev/null || die 5 "cannot create $home: set NLBENCH_TOOLCHAIN to a folder you may write"
if ! is_complete "$folder"; then
  exec 9> "$home/${folder##*/}.lock"  # never unlinked: a deleted lock file would let two set-ups in
  flock --nonblock 9 || { say "another set-up is installing the toolchain: waiting for it"; flock 9; }
  is_complete "$folder" || install_folder
  exec 9>&-
fi

torch_root="$folder/torch"
if [[ $install == tools ]]; then
  torch_root="$(cd "$Torch_DIR/../../.." && pwd)" || die 2 "Torch_DIR=$Torch_DIR is not a folder; it should end in share/cmake/Torch"
fi
# shellcheck disable=SC2016  # $PATH is for the shell that evaluates the line
printf 'export PATH=%q:"$PATH"\nexport NLB_TORCH_ROOT=%q\nexport CCACHE_DIR=%q\n' "$folder/bin" "$torch_root" "${CCACHE_DIR:-$home/ccache}"

#!/usr/bin/env bash
# What ci/common.sh decides: compilers at once, what is lacking, which toolchain folder. usage: common_test.sh SOURCE_DIR
# shellcheck disable=SC2016  # the scripts are expanded by the shell that runs them
set -euo pipefail
source_dir="$1"
failures=0

# expect CODE TEXT WHY SCRIPT: SCRIPT, run after sourcing ci/common.sh, exits with CODE and prints TEXT somewhere
expect() {
  local code="$1" text="$2" why="$3" output found=0
  output="$(env -u Torch_DIR -u NLB_CUDA NLBENCH_TOOLCHAIN=/tmp/toolchains bash -c "
    set -euo pipefail
    source '$source_dir/ci/common.sh'
    nproc() { echo 8; }; free_memory_mb() { echo 16000; }; missing_packages() { :; }
    find_nvcc() { return 1; }; df() { printf 'Avail\n50000\n'; }
    $4" 2>&1)" || found=$?
  if [[ $found != "$code" || $output != *"$text"* ]]; then
    printf 'FAILED: %s: exit %s, expected %s with "%s"; printed:\n%s\n' "$why" "$found" "$code" "$text" "$output"
    failures=$((failures + 1))
  fi
}

expect 0 "<5>" "16 GB of free memory hold five compilers of 3 GB" 'echo "<$(compilers_at_once)>"'
expect 0 "<2>" "no more compilers than cores" 'nproc() { echo 2; }; echo "<$(compilers_at_once)>"'
expect 0 "<1>" "no more compilers than the control group's cores" 'usable_cores() { echo 1; }; echo "<$(compilers_at_once)>"'
expect 0 "<1>" "one compiler is the least" 'free_memory_mb() { echo 900; }; echo "<$(compilers_at_once)>"'
expect 0 "minutes with 5 compiler(s)" "a machine with enough of everything passes" 'preflight no-such-preset 5'
expect 5 "memory  3.0 GB (0.9 GB free) for one compiler   <-- not enough" "too little memory stops" \
  'free_memory_mb() { echo 900; }; preflight no-such-preset 5'
expect 5 "not enough" "a full disk stops" 'df() { printf "Avail\n100\n"; }; preflight no-such-preset 5'
expect 5 "not enough" "needs that meet on one disk are added up" 'stat() { echo 1; }; df() { printf "Avail\n3500\n"; }; preflight no-such-preset 5'
expect 5 "cannot build without: g++ " "a missing compiler is named" \
  'missing_packages() { echo "g++ "; }; missing_tools() { echo "g++ "; }; NLB_USE_ROOT=no; install_packages'
expect 0 "-small" "without a CUDA compiler a CPU user gets the small install" toolchain_folder
expect 0 "-full" "with one, the full install" 'find_nvcc() { echo nvcc; }; toolchain_folder'
expect 0 "-tools" "an existing LibTorch needs no other" 'Torch_DIR=/opt/torch; toolchain_folder'
expect 0 "-small" "NLB_CUDA=off passes over the CUDA compiler" 'find_nvcc() { echo nvcc; }; NLB_CUDA=off; toolchain_folder'
expect 2 "no nvcc" "NLB_CUDA=on wants one" 'NLB_CUDA=on; toolchain_folder'
expect 2 "none of auto, on, off" "other words are refused" 'NLB_CUDA=maybe; toolchain_folder'
expect 2 "unknown option '--fast'" "unknown options are refused" 'parse_options --fast'

# Limits of control groups, in made-up trees: 16 GB free on the machine, eight cores.
trees="$(mktemp -d)"
trap 'rm -rf "$trees"' EXIT
# tree NAME MEMBERSHIPS MOUNTS [FILE TEXT]...
tree() {
  local root="$trees/$1"
  mkdir -p "$root/proc/self"
  printf 'MemTotal: 20000000 kB\nMemAvailable:   16000000 kB\n' > "$root/proc/meminfo"
  printf '%b' "$2" > "$root/proc/self/cgroup"
  printf '%b' "$3" > "$root/proc/self/mountinfo"
  shift 3
  while (($# > 0)); do
    mkdir -p "$root/$(dirname "$1")"
    printf '%b' "$2" > "$root/$1"
    shift 2
  done
}
v1='31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n35 31 0:32 / /sys/fs/cgroup/memory rw shared:12 - cgroup cgroup rw,memory\n'
v2='30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n'
job=sys/fs/cgroup/memory/slurm/uid_1000/job_7
tree none '' ''
tree slurm '9:name=systemd:/x\n4:memory:/slurm/uid_1000/job_7/step_0/task_0\n3:cpu,cpuacct:/slurm/job_7\n0::/\n' "$v1" \
  $job/memory.limit_in_bytes 943718400 $job/memory.usage_in_bytes 300000000 $job/memory.stat 'inactive_file 7\ntotal_inactive_file 50000000\n' \
  $job/step_0/task_0/memory.limit_in_bytes 9223372036854771712 sys/fs/cgroup/cpu/slurm/job_7/cpu.cfs_quota_us 150000 \
  sys/fs/cgroup/cpu/slurm/job_7/cpu.cfs_period_us 100000
tree systemd '0::/system.slice/run-u5.service\n' "$v2" sys/fs/cgroup/system.slice/run-u5.service/memory.max max \
  sys/fs/cgroup/system.slice/memory.max 5000000000 sys/fs/cgroup/system.slice/memory.high 4000000000 \
  sys/fs/cgroup/system.slice/memory.current 1000000000 sys/fs/cgroup/system.slice/run-u5.service/cpu.max '100000 100000\n'
tree docker '4:memory:/docker/ab\n' '34 31 0:31 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n' \
  sys/fs/cgroup/memory/memory.limit_in_bytes 2147483648 sys/fs/cgroup/memory/memory.usage_in_bytes 147483648
limits='unset -f free_memory_mb; source "$NLB_CI/common.sh"; tree='"$trees"'; limits() { echo "<$(free_memory_mb "$tree/$1") $(usable_cores "$tree/$1")>"; };'
expect 0 "<15625 8>" "a machine without control groups has what it has" "$limits limits none"
expect 0 "<661 2>" "a Slurm job of cgroup v1: 900 MiB, 300 MB used, 50 of them droppable; a core and a half" "$limits limits slurm"
expect 0 "<2861 1>" "systemd-run in cgroup v2: memory.high of the slice above, one core" "$limits limits systemd"
expect 0 "<1907 8>" "a container whose group is the top of the mount" "$limits limits docker"

if grep -v '^#' "$source_dir/ci/toolchain.lock" | grep -vqE '^(tools|small|full) +[a-z0-9-]+==[0-9.]+ +[0-9a-f]{64}$'; then
  echo "FAILED: a line of ci/toolchain.lock has no install, exact version and digest"
  failures=$((failures + 1))
fi
((failures == 0)) || exit 1
echo "all as expected"

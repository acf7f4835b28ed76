// Made-up trees of the files that kernels, systemd, Docker and Slurm write; limits and rests are added up by hand.
#include "supervise/control_groups.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

#include "tests/cli/machine_tree.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

TEST_CASE("without control groups, or where none has a limit, nothing is limited", "[cli][machine]") {
  const MachineTree bare("", "");
  const MachineTree loose("0::/user.slice\n", kMountV2);
  loose.write("sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
  loose.write("sys/fs/cgroup/user.slice/memory.max", "max\n");
  loose.write("sys/fs/cgroup/user.slice/memory.current", "1000\n");
  const MachineTree v1("4:memory:/a\n3:cpu,cpuacct:/a\n", kMountsV1);
  v1.write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
  v1.write("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "1000\n");
  v1.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  v1.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  for (const auto* tree : {&bare, &loose, &v1}) {
    const auto limits = group_limits(tree->root());
    CHECK(std::isinf(limits.cores));
    CHECK(std::isinf(limits.free_bytes));
    CHECK(limits.memory_group.empty());
  }
}

TEST_CASE("Slurm's limits on a job hold for its tasks far below, in cgroup v1", "[cli][machine]") {
  const SlurmTree tree;
  const auto limits = group_limits(tree.root());
  CHECK(limits.free_bytes == 943718400 - 300000000 + 50000000);
  CHECK_THAT(limits.memory_group, Catch::EndsWith("/sys/fs/cgroup/memory/slurm/uid_1000/job_7"));
  CHECK(limits.cores == 1);
}

TEST_CASE("systemd-run's limits are found without a namespace, and those of the slices above", "[cli][machine]") {
  const MachineTree tree("0::/system.slice/run-u5.service\n", kMountV2);
  tree.write("sys/fs/cgroup/system.slice/run-u5.service/memory.max", "2147483648\n");
  tree.write("sys/fs/cgroup/system.slice/run-u5.service/memory.current", "147483648\n");
  tree.write("sys/fs/cgroup/system.slice/run-u5.service/memory.stat",
             "anon 5\ninactive_file 47483648\nactive_file 9\n");
  tree.write("sys/fs/cgroup/system.slice/run-u5.service/cpu.max", "150000 100000\n");
  CHECK(group_limits(tree.root()).free_bytes == 2047483648);
  CHECK(group_limits(tree.root()).cores == 1.5);
  tree.write("sys/fs/cgroup/system.slice/cpu.max", "50000 100000\n");
  tree.write("sys/fs/cgroup/system.slice/memory.high", "1000000\n");
  tree.write("sys/fs/cgroup/system.slice/memory.current", "3000000\n");
  const auto limits = group_limits(tree.root());
  CHECK(limits.cores == 0.5);
  CHECK(limits.free_bytes == 0);
  CHECK_THAT(limits.memory_group, Catch::EndsWith("/sys/fs/cgroup/system.slice"));
}

TEST_CASE("a container sees its own group as the top of the mount", "[cli][machine]") {
  struct Row {
    const char *why, *membership, *mounts;
  };
  const auto row = GENERATE(values<Row>(
      {{"v2 with a namespace", "0::/\n", "30 23 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"},
       {"v2, the group outside the namespace", "0::/../elsewhere\n", "30 23 0:26 / /sys/fs/cgroup ro - cgroup2 c rw\n"},
       {"v1 as Docker mounts it", "7:cpuset:/docker/ab\n0::/docker/ab\n4:memory:/docker/ab\n",
        "34 31 0:31 /docker/ab /sys/fs/cgroup ro,nosuid master:11 - cgroup cgroup rw,memory\n"},
       {"v1 with a namespace", "4:memory:/\n",
        "34 31 0:31 /docker/ab /sys/fs/cgroup ro - cgroup cgroup rw,memory\n"}}));
  CAPTURE(row.why);
  const MachineTree tree(row.membership, row.mounts);
  const bool v2 = std::string(row.mounts).find("cgroup2") != std::string::npos;
  tree.write(v2 ? "sys/fs/cgroup/memory.max" : "sys/fs/cgroup/memory.limit_in_bytes", "5000\n");
  tree.write(v2 ? "sys/fs/cgroup/memory.current" : "sys/fs/cgroup/memory.usage_in_bytes", "2000\n");
  CHECK(group_limits(tree.root()).free_bytes == 3000);
}

TEST_CASE("run starts no more workers than the memory of its Slurm job holds, and says so", "[cli][machine]") {
  const SlurmTree tree;
  Workplace place;
  place.write_protocol("small", 4);
  place.with("NLB_MACHINE_ROOT", tree.root().string());
  const auto asked = place.run({"run", "small", "-j", "4"});
  CHECK(asked.code == 0);
  CHECK_THAT(asked.err, Contains("; 1 at once with 1 thread"));
  CHECK_THAT(asked.err, Contains("694 MB of memory are free in control group") &&
                            Contains("/job_7, and each trial takes") &&
                            Contains("1 at once, not 4; --memory SIZE says"));
  CHECK_THAT(place.run({"plan", "small", "-j", "4", "--results", "none"}).out, Contains("1 at once, not 4"));
  place.write_protocol("other", 4, 3);
  CHECK_THAT(place.run({"run", "other", "-j", "4", "--memory", "8GB"}).err, Contains("; 4 at once with 1 thread"));
  CHECK_THAT(place.run({"doctor"}).out, Contains(", 1 core, 694 MB of memory free: the limit of control group"));
}

TEST_CASE("a trial that the control group cannot hold is announced", "[cli][machine]") {
  const MachineTree tree("0::/\n", kMountV2);
  tree.write("sys/fs/cgroup/memory.max", "200000000\n");
  Workplace place;
  place.write_protocol("small", 1);
  place.with("NLB_MACHINE_ROOT", tree.root().string());
  CHECK_THAT(place.run({"run", "small"}).err,
             Contains("200 MB of memory are free") && Contains("its worker may be killed; ask for more memory"));
}

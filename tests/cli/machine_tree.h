// tests/cli/machine_tree.h -- a made-up root folder with the files that tell of control groups.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

namespace nlb::test {

class MachineTree {
 public:
  /// proc/self/cgroup and proc/self/mountinfo; a file of "" is left out.
  MachineTree(const std::string& membership, const std::string& mounts) {
    static std::atomic<int> number = 0;
    root_ = std::filesystem::temp_directory_path() /
            ("nlb_machine_" + std::to_string(::getpid()) + "_" + std::to_string(++number));
    std::filesystem::create_directories(root_);
    if (!membership.empty()) write("proc/self/cgroup", membership);
    if (!mounts.empty()) write("proc/self/mountinfo", mounts);
  }
  ~MachineTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  MachineTree(const MachineTree&) = delete;
  MachineTree& operator=(const MachineTree&) = delete;

  const std::filesystem::path& root() const { return root_; }
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

 private:
  std::filesystem::path root_;
};

inline const std::string kMountV2 =
    "23 1 0:5 / /proc rw - proc proc rw\n30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
inline const std::string kMountsV1 =
    "31 23 0:28 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,nosuid shared:12 - cgroup cgroup rw,memory\n"
    "36 31 0:33 / /sys/fs/cgroup/unified rw,nosuid shared:13 - cgroup2 cgroup2 rw,nsdelegate\n";

/// A job of `sbatch --mem=900 -c 1` under Slurm's cgroup/v1 plugin: the job has limits, the task itself none.
class SlurmTree : public MachineTree {
 public:
  SlurmTree()
      : MachineTree("9:name=systemd:/x\n4:memory:" + kTask + "\n3:cpu,cpuacct:" + kJob + "\n0::/x\n", kMountsV1) {
    const std::string memory = "sys/fs/cgroup/memory", cpu = "sys/fs/cgroup/cpu,cpuacct" + kJob;
    write(memory + kTask + "/memory.limit_in_bytes", "9223372036854771712\n");
    write(memory + kTask + "/memory.usage_in_bytes", "290000000\n");
    write(memory + kJob + "/memory.limit_in_bytes", "943718400\n");
    write(memory + kJob + "/memory.usage_in_bytes", "300000000\n");
    write(memory + kJob + "/memory.stat", "cache 6\ninactive_file 7\ntotal_cache 8\ntotal_inactive_file 50000000\n");
    write(cpu + "/cpu.cfs_quota_us", "100000\n");
    write(cpu + "/cpu.cfs_period_us", "100000\n");
  }

 private:
  inline static const std::string kJob = "/slurm/uid_1000/job_7", kTask = kJob + "/step_batch/task_0";
};

}  // namespace nlb::test

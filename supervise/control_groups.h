// supervise/control_groups.h -- what the control groups that hold this process leave it: cgroup v2 and the v1
// hierarchies of memory and cpu, as containers, systemd and batch systems (Slurm) set them. Formats: the kernel's
// Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/{memory,cpusets}.rst, cgroups(7), proc_pid_mountinfo(5).
#pragma once

#include <filesystem>
#include <limits>
#include <string>

namespace nlb {

struct GroupLimits {
  double cores = std::numeric_limits<double>::infinity();       ///< seconds of CPU time per second, the least of all
  double free_bytes = std::numeric_limits<double>::infinity();  ///< until the first of the groups is full
  std::string memory_group;                                     ///< folder of that group; "" where none has a limit
};

/// Looks at the process's own groups and at all above them: a limit on any of them holds. File pages that the kernel
/// drops first (inactive_file) count as free. What cannot be read has no limit. `root`: where proc/self lies and the
/// mount points start, for tests.
GroupLimits group_limits(const std::filesystem::path& root = "/");

}  // namespace nlb

#include "supervise/machine.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/version.h"
#include "supervise/control_groups.h"

namespace nlb {
namespace {

/// The text behind `key` in a file of lines "key : value" or "key=value"; "" where there is none.
std::string value_in(const std::string& file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const size_t start = line.find_first_not_of(" \t:=\"", key.size());
    if (start == std::string::npos) return {};
    return line.substr(start, line.find_last_not_of(" \"") + 1 - start);
  }
  return {};
}

double kilobytes_in(const std::string& key) {
  std::istringstream text(value_in("/proc/meminfo", key));
  double value = 0;
  text >> value;
  return value * 1024;
}

/// NLB_MACHINE_ROOT: for tests, a folder with the files of another machine: control groups, device files, PCI cards.
GroupLimits limits_here() {
  const char* named = std::getenv("NLB_MACHINE_ROOT");
  return group_limits(named == nullptr ? "/" : named);
}

}  // namespace

Machine this_machine() {
  utsname names{};
  ::uname(&names);
  const std::string distribution = value_in("/etc/os-release", "PRETTY_NAME");
  return {.cpu = value_in("/proc/cpuinfo", "model name"),
          .gpu = "",
          .system = std::string(names.sysname) + " " + names.release + " " + names.machine +
                    (distribution.empty() ? "" : ", " + distribution),
          .cores = usable_cores(),
          .memory_bytes = static_cast<int64_t>(kilobytes_in("MemTotal"))};
}

Build this_build() { return {.version = version(), .commit = git_commit(), .dirty = git_dirty()}; }

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  if (const double allowed = limits_here().cores; allowed < cores) cores = static_cast<int>(std::ceil(allowed));
  return std::max(1, cores);
}

FreeMemory free_memory() {
  const auto group = limits_here();
  const double free = kilobytes_in("MemAvailable");
  if (group.free_bytes >= free) return {.bytes = free, .group = {}};
  return {.bytes = group.free_bytes, .group = group.memory_group};
}

}  // namespace nlb

#include "cli/machine.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "core/version.h"

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

/// A number in a control group file; infinity for "max" or no such file.
double number_in(const std::string& file) {
  std::ifstream in(file);
  double value = 0;
  return in >> value ? value : std::numeric_limits<double>::infinity();
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
  std::ifstream quota("/sys/fs/cgroup/cpu.max");
  double allowed = 0, period = 0;
  if (quota >> allowed >> period && period > 0) cores = std::min(cores, static_cast<int>(std::ceil(allowed / period)));
  return std::max(1, cores);
}

double available_bytes() {
  const double group = number_in("/sys/fs/cgroup/memory.max") - number_in("/sys/fs/cgroup/memory.current");
  const double free = kilobytes_in("MemAvailable");
  return std::isfinite(group) ? std::min(free, std::max(0.0, group)) : free;
}

int gpu_count() {
  int count = 0;
  while (std::filesystem::exists("/dev/nvidia" + std::to_string(count))) ++count;
  return count;
}

}  // namespace nlb

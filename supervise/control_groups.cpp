#include "supervise/control_groups.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "core/text.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr double kNone = std::numeric_limits<double>::infinity();

/// A line of /proc/self/cgroup: "0::/a/b" in v2, "4:memory:/a/b" or "5:cpu,cpuacct:/a/b" in v1.
struct Membership {
  std::vector<std::string> controllers;  ///< empty in v2
  std::string path;
};

/// A line of /proc/self/mountinfo that mounts a hierarchy.
struct GroupMount {
  bool v2 = false;
  std::vector<std::string> options;  ///< of the file system: in v1 the controllers are among them
  std::string top;                   ///< the group that is seen at `point`
  std::string point;
};

std::vector<Membership> memberships(const fs::path& file) {
  std::vector<Membership> all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    all.push_back({names.empty() ? std::vector<std::string>{} : split(names, ','), line.substr(second + 1)});
  }
  return all;
}

/// "36 35 0:28 TOP POINT rw,relatime shared:1 - TYPE SOURCE OPTIONS"
std::vector<GroupMount> group_mounts(const fs::path& file) {
  std::vector<GroupMount> all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before(line.substr(0, dash)), after(line.substr(dash + 3));
    std::string skipped, type, source, options;
    GroupMount mount;
    before >> skipped >> skipped >> skipped >> mount.top >> mount.point;
    after >> type >> source >> options;
    if (type != "cgroup" && type != "cgroup2") continue;
    mount.v2 = type == "cgroup2";
    mount.options = split(options, ',');
    all.push_back(std::move(mount));
  }
  return all;
}

/// The number in a file; infinity for "max" or where there is no such file.
double number_in(const fs::path& file) {
  std::ifstream in(file);
  double value = 0;
  return in >> value ? value : kNone;
}

/// The number behind `key` in a file of lines "key number"; 0 where there is none.
double number_of(const std::string& key, const fs::path& file) {
  std::ifstream in(file);
  std::string name;
  for (double value = 0; in >> name >> value;) {
    if (name == key) return value;
  }
  return 0;
}

double free_of(double limit, double used, double droppable) {
  if (limit == kNone || used == kNone) return limit;
  // Pages of files that nobody used lately count as used, but the kernel drops them before it kills anybody.
  return std::clamp(limit - used + droppable, 0.0, limit);
}

double free_in(const fs::path& group, bool v2) {
  if (v2) {
    const double limit = std::min(number_in(group / "memory.max"), number_in(group / "memory.high"));
    return free_of(limit, number_in(group / "memory.current"), number_of("inactive_file", group / "memory.stat"));
  }
  constexpr double kUnlimited = 9e18;  // v1 writes "no limit" as the largest whole number of pages
  const double limit = number_in(group / "memory.limit_in_bytes");
  return limit > kUnlimited ? kNone
                            : free_of(limit, number_in(group / "memory.usage_in_bytes"),
                                      number_of("total_inactive_file", group / "memory.stat"));
}

double cores_in(const fs::path& group, bool v2) {
  double quota = 0, period = 0;
  if (v2) {
    std::ifstream in(group / "cpu.max");  // "max 100000" has no number in front
    if (!(in >> quota >> period)) return kNone;
  } else {
    quota = number_in(group / "cpu.cfs_quota_us");  // -1: no limit
    period = number_in(group / "cpu.cfs_period_us");
  }
  return quota > 0 && quota != kNone && period > 0 && period != kNone ? quota / period : kNone;
}

/// Whether the mount shows the hierarchy of the membership.
bool shows(const GroupMount& mount, const Membership& member) {
  if (mount.v2 || member.controllers.empty()) return mount.v2 && member.controllers.empty();
  return std::find(mount.options.begin(), mount.options.end(), member.controllers.front()) != mount.options.end();
}

/// The group's path below the mount point; "" where the mount shows nothing above the group itself, as in a container
/// whose /proc speaks of another root.
std::string below(const GroupMount& mount, const std::string& path) {
  if (path.find("..") != std::string::npos) return {};
  if (mount.top == "/") return path;
  return path.starts_with(mount.top + "/") ? path.substr(mount.top.size()) : std::string();
}

}  // namespace

GroupLimits group_limits(const fs::path& root) {
  GroupLimits limits;
  const auto mounts = group_mounts(root / "proc/self/mountinfo");
  for (const auto& member : memberships(root / "proc/self/cgroup")) {
    for (const auto& mount : mounts) {
      if (!shows(mount, member)) continue;
      const auto top = root / fs::path(mount.point).relative_path();
      auto group = (top / fs::path(below(mount, member.path)).relative_path()).lexically_normal();
      if (!group.has_filename()) group = group.parent_path();
      while (true) {
        limits.cores = std::min(limits.cores, cores_in(group, mount.v2));
        if (const double free = free_in(group, mount.v2); free < limits.free_bytes) {
          limits.free_bytes = free;
          limits.memory_group = group.string();
        }
        // Every group above sets a limit too, and the tightest one kills.
        if (group == top || !group.has_relative_path()) break;
        group = group.parent_path();
      }
    }
  }
  return limits;
}

}  // namespace nlb

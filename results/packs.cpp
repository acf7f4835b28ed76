#include "results/packs.h"

#include <sys/stat.h>

#include <algorithm>

#include "core/durable.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

/// Differs when a pack was replaced: writers rename a new file over the old one.
std::string stamp_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return path.string() + " gone\n";
  return path.string() + " " + std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
         std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + "\n";
}

PackContent read_one(const fs::path& path) {
  try {
    return read_pack(read_file(path), path.string());
  } catch (const EnvironmentError& error) {
    PackContent unread;
    unread.problems.add(path.string(), std::string(error.what()).substr(path.string().size() + 2));
    return unread;
  }
}

}  // namespace

std::vector<fs::path> packs_in(const fs::path& place) {
  std::error_code error;
  if (is_pack_name(place) && fs::is_regular_file(place, error)) return {place};
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(place, error)) {
    std::error_code ignored;
    if (is_pack_name(entry.path()) && entry.is_regular_file(ignored)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Packs read_packs(const std::vector<fs::path>& packs) {
  Packs all;
  for (const auto& path : packs) {
    auto content = read_one(path);
    all.problems.add(content.problems);
    for (auto& line : content.lines) all.by_trial[std::string(line->trial)].push_back(std::move(line));
  }
  return all;
}

std::shared_ptr<const Packs> PackShelf::packs() {
  const auto files = packs_in(place_);
  std::string stamps;
  for (const auto& file : files) stamps += stamp_of(file);
  const std::scoped_lock lock(mutex_);
  if (stamps == stamps_) return packs_;
  packs_ = std::make_shared<const Packs>(read_packs(files));
  stamps_ = std::move(stamps);
  return packs_;
}

}  // namespace nlb

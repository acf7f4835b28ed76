#include "datasets/digest_memory.h"

#include <sys/stat.h>

#include <ctime>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"

namespace nlb {
namespace {

constexpr int kSchema = 1;

/// File systems stamp in steps of a few milliseconds to two seconds: a file changed again within its own step would
/// keep its stamp, so a digest is only remembered once that step is over.
bool settled(const FileStamp& stamp) {
  constexpr int64_t kSecond = 1'000'000'000;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return stamp.mtime_ns + 2 * kSecond < now.tv_sec * kSecond + now.tv_nsec;
}

/// A folder marked read-only stays as it is, even for root.
bool is_open_to_writing(const std::filesystem::path& folder) {
  using std::filesystem::perms;
  std::error_code error;
  const perms mode = std::filesystem::status(folder, error).permissions();
  return !error && (mode & (perms::owner_write | perms::group_write | perms::others_write)) != perms::none;
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileStamp{.size = status.st_size,
                   .mtime_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
                   .inode = status.st_ino};
}

DigestMemory::DigestMemory(const std::filesystem::path& folder) : path_(folder / ".nlbench-digests.json") {
  try {
    const Json json = Json::parse(read_file(path_));
    if (json.at("schema") != kSchema) return;
    for (const auto& [name, entry] : json.at("files").items()) {
      entries_[name] = {
          .stamp = {.size = entry.at("size"), .mtime_ns = entry.at("mtime_ns"), .inode = entry.at("inode")},
          .digest = entry.at("sha256")};
    }
  } catch (const EnvironmentError&) {
    // Not there yet, or unreadable: digests are computed.
  } catch (const Json::exception&) {
    entries_.clear();
  }
}

std::optional<std::string> DigestMemory::recall(const std::string& name, const FileStamp& stamp) const {
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.stamp != stamp) return std::nullopt;
  return found->second.digest;
}

void DigestMemory::remember(const std::string& name, const FileStamp& stamp, const std::string& digest) {
  if (!settled(stamp) || recall(name, stamp) == digest) return;
  entries_[name] = {stamp, digest};
  changed_ = true;
}

void DigestMemory::save() {
  if (!changed_ || !is_open_to_writing(path_.parent_path())) return;
  Json files = Json::object();
  for (const auto& [name, entry] : entries_) {
    files[name] = {{"size", entry.stamp.size},
                   {"mtime_ns", entry.stamp.mtime_ns},
                   {"inode", entry.stamp.inode},
                   {"sha256", entry.digest}};
  }
  try {
    write_file_durably(path_, Json{{"schema", kSchema}, {"files", files}}.dump(1) + "\n");
    changed_ = false;
  } catch (const EnvironmentError&) {
    // A read-only data folder is fine: digests are computed each time.
  }
}

}  // namespace nlb

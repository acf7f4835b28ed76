#include "datasets/digest_memory.h"

#include <sys/stat.h>

#include <cstdlib>
#include <ctime>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"
#include "core/sha256.h"

namespace nlb {
namespace {

constexpr int kSchema = 1;
constexpr auto kReplaced = Json::error_handler_t::replace;  // file names need not be UTF-8

/// File systems stamp in steps of a few milliseconds to two seconds: a file changed again within its own step would
/// keep its stamp, so a digest is only remembered once that step is over.
bool settled(const FileStamp& stamp) {
  constexpr int64_t kSecond = 1'000'000'000;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return stamp.mtime_ns + 2 * kSecond < now.tv_sec * kSecond + now.tv_nsec;
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileStamp{.size = status.st_size,
                   .mtime_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
                   .inode = status.st_ino};
}

std::filesystem::path digest_memory_file(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto named = [](const char* variable) {  // an absolute path, as the XDG base directory specification asks
    const char* value = std::getenv(variable);
    return value != nullptr && *value == '/' ? fs::path(value) : fs::path();
  };
  auto cache = named("XDG_CACHE_HOME");
  if (cache.empty() && !named("HOME").empty()) cache = named("HOME") / ".cache";
  if (cache.empty()) return {};
  return cache / "nlbench" / "digests" / (hex(sha256(fs::weakly_canonical(folder).string())) + ".json");
}

DigestMemory::DigestMemory(const std::filesystem::path& folder) : folder_(folder), path_(digest_memory_file(folder)) {
  if (path_.empty()) return;
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
  if (!changed_ || path_.empty()) return;
  Json files = Json::object();
  for (const auto& [name, entry] : entries_) {
    files[name] = {{"size", entry.stamp.size},
                   {"mtime_ns", entry.stamp.mtime_ns},
                   {"inode", entry.stamp.inode},
                   {"sha256", entry.digest}};
  }
  try {
    const auto folder = std::filesystem::weakly_canonical(folder_).string();
    write_file_durably(
        path_, Json{{"schema", kSchema}, {"folder", folder}, {"files", files}}.dump(1, ' ', false, kReplaced) + "\n");
    changed_ = false;
  } catch (const EnvironmentError&) {
    // A cache that cannot be written is fine: digests are computed each time.
  }
}

}  // namespace nlb

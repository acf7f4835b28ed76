#include "core/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/durable.h"
#include "core/error.h"
#include "core/system_words.h"

namespace nlb {

std::optional<FileLock> FileLock::try_take(const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& step, int error) {
    throw EnvironmentError(path.string() + ": " + step + ": " + system_words(error));
  };
  const auto refuse_lock = [&](int error) {  // Lustre without -o flock says ENOSYS, other file systems EOPNOTSUPP
    refuse("cannot lock", error == ENOSYS || error == EOPNOTSUPP ? ENOLCK : error);
  };
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) refuse("cannot create its folder", error.value());
  // Close-on-exec: a started program must not keep the lock alive after its holder has died.
  int descriptor;
  do descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  while (descriptor == -1 && errno == EINTR);
  if (descriptor == -1) refuse("cannot open the lock file", errno);
  FileLock lock(descriptor);
  if (const int injected = fault_at("lock")) refuse_lock(injected);
  int taken;
  do taken = ::flock(descriptor, LOCK_EX | LOCK_NB);
  while (taken == -1 && errno == EINTR);
  if (taken == 0) return lock;
  if (errno != EWOULDBLOCK) refuse_lock(errno);
  return std::nullopt;
}

bool FileLock::is_held(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor == -1) return false;
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return held;
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  FileLock old(std::exchange(descriptor_, std::exchange(other.descriptor_, -1)));  // released here, as promised
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ != -1) ::close(descriptor_);
}

}  // namespace nlb

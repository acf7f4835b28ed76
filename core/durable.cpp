#include "core/durable.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/system_words.h"
#include "core/text.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, std::string_view step, int error) {
  throw EnvironmentError(path.string() + ": " + std::string(step) + ": " + system_words(error));
}

template <class Call>
auto retry(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

/// errno of a step: the injected one, else that of the call; 0 when all is well.
template <class Call>
int step_error(std::string_view point, Call call) {
  if (const int injected = fault_at(point)) return injected;
  return retry(call) == -1 ? errno : 0;
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

int sync_folder(const fs::path& folder) {
  const int descriptor = retry([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor == -1) return errno;
  const int error = step_error("sync_folder", [&] { return ::fsync(descriptor); });
  ::close(descriptor);
  return error == EINVAL ? 0 : error;  // a file system without folder syncing says so with EINVAL
}

void create_folders(const fs::path& folder) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) return;
  if (folder_of(folder) != folder) create_folders(folder_of(folder));
  if (::mkdir(folder.c_str(), 0777) == 0) {
    if (const int error = sync_folder(folder_of(folder))) fail(folder, "cannot sync the folder above", error);
    return;
  }
  const int error = errno;
  if (error == EEXIST && fs::is_directory(folder, ignored)) return;  // another process was faster
  fail(folder, "cannot create the folder", error);
}

/// A temporary file; unless renamed it is gone when this object is.
class Temporary {
 public:
  explicit Temporary(const fs::path& target) : target_(target) {
    static std::atomic<uint64_t> counter{0};
    const std::string stem = "." + target.filename().string() + "." + std::to_string(::getpid()) + ".";
    const auto open_fresh = [&] {
      path_ = folder_of(target) / (stem + std::to_string(counter++) + ".tmp");
      return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    };
    int error;
    do error = step_error("open", [&] { return descriptor_ = open_fresh(); });
    while (error == EEXIST);  // left by an earlier process of the same number
    if (error != 0) fail(target_, "cannot create a temporary file", error);
    ::flock(descriptor_, LOCK_EX | LOCK_NB);  // tells sweep_leftovers that the writer lives, also in another container
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (descriptor_ != -1) ::close(descriptor_);
    if (!renamed_) ::unlink(path_.c_str());
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t written = 0;
      const int error = step_error("write", [&] { return written = ::write(descriptor_, bytes.data(), bytes.size()); });
      if (error != 0) fail(target_, "cannot write", error);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }

  void sync() {
    if (const int error = step_error("sync", [&] { return ::fsync(descriptor_); })) fail(target_, "cannot sync", error);
  }

  void rename() {
    const int injected = fault_at("close");
    // Linux frees the descriptor even when close reports an error, so it is never closed again.
    const int closed = ::close(std::exchange(descriptor_, -1));
    if (injected != 0) fail(target_, "cannot close", injected);
    if (closed == -1 && errno != EINTR) fail(target_, "cannot close", errno);
    const int error = step_error("rename", [&] { return ::rename(path_.c_str(), target_.c_str()); });
    if (error != 0) fail(target_, "cannot rename the temporary file", error);
    renamed_ = true;
  }

 private:
  fs::path target_, path_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

/// The writer of a temporary file, as its name says; 0 if the name is no such name.
pid_t writer_of(const std::string& name) {
  const auto parts = split(name, '.');
  if (parts.size() < 5 || !parts.front().empty() || parts.back() != "tmp") return 0;
  const auto& text = parts[parts.size() - 3];
  pid_t writer = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), writer);
  return read.ptr == text.data() + text.size() && writer > 0 ? writer : 0;
}

/// True if no process of this number lives and none, in this or another container, holds the file.
bool abandoned(const fs::path& path, pid_t writer) {
  if (::kill(writer, 0) == 0 || errno != ESRCH) return false;
  const int descriptor = retry([&] { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW); });
  if (descriptor == -1) return false;
  const bool unlocked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  ::close(descriptor);
  return unlocked;
}

}  // namespace

void write_file_durably(const fs::path& path, std::span<const std::string_view> pieces) {
  create_folders(folder_of(path));
  Temporary temporary(path);
  for (const auto piece : pieces) temporary.write(piece);
  temporary.sync();
  temporary.rename();
  if (const int error = sync_folder(folder_of(path))) fail(path, "cannot sync its folder", error);
}

void write_file_durably(const fs::path& path, std::string_view bytes) {
  write_file_durably(path, std::span(&bytes, 1));
}

void write_file_whole(const fs::path& path, std::string_view bytes) {
  create_folders(folder_of(path));
  Temporary temporary(path);
  temporary.write(bytes);
  temporary.rename();
}

void remove_file_durably(const fs::path& path) {
  const int error = step_error("unlink", [&] { return ::unlink(path.c_str()); });
  if (error == ENOENT) return;
  if (error != 0) fail(path, "cannot remove", error);
  if (const int sync_error = sync_folder(folder_of(path))) fail(path, "cannot sync its folder", sync_error);
}

std::string read_file(const fs::path& path) {
  const int descriptor = retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (descriptor == -1) fail(path, "cannot open", errno);
  std::string bytes;
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && status.st_size > 0) bytes.resize(static_cast<size_t>(status.st_size));
  for (size_t filled = 0;;) {
    if (filled == bytes.size()) bytes.resize(filled + 4096);  // room to see that the end is the end
    const ssize_t count = retry([&] { return ::read(descriptor, bytes.data() + filled, bytes.size() - filled); });
    if (count <= 0) {
      const int error = count == 0 ? 0 : errno;
      ::close(descriptor);
      if (error != 0) fail(path, "cannot read", error);
      bytes.resize(filled);
      return bytes;
    }
    filled += static_cast<size_t>(count);
  }
}

void sweep_leftovers(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const pid_t writer = writer_of(entry->path().filename().string());
    if (writer != 0 && abandoned(entry->path(), writer)) ::unlink(entry->path().c_str());
  }
}

}  // namespace nlb

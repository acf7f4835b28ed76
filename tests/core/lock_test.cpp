#include "core/lock.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "core/error.h"

using namespace nlb;
namespace fs = std::filesystem;

namespace {

fs::path lock_path() { return fs::temp_directory_path() / ("nlb_lock_" + std::to_string(::getpid())) / "sub" / "lock"; }

struct Counters {
  std::atomic<int> holders, overlaps, taken;
};

Counters* shared_counters() {
  void* memory = ::mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  return new (memory) Counters{};
}

[[noreturn]] void contend(const fs::path& path, Counters& counters) {
  for (int taken = 0; taken < 200;) {
    const auto lock = FileLock::try_take(path);
    if (!lock) continue;
    if (counters.holders.fetch_add(1) != 0) ++counters.overlaps;
    ::usleep(20);
    --counters.holders;
    ++counters.taken;
    ++taken;
  }
  ::_exit(0);
}

}  // namespace

TEST_CASE("a lock is held once, also within one process, and ends with its object", "[core][lock]") {
  const auto path = lock_path();
  auto first = FileLock::try_take(path);
  REQUIRE(first);
  CHECK_FALSE(FileLock::try_take(path));
  FileLock moved = std::move(*first);
  first.reset();
  CHECK_FALSE(FileLock::try_take(path));
  moved = *FileLock::try_take(path.string() + "2");
  CHECK(FileLock::try_take(path));
  CHECK(fs::exists(path));  // unlinking would let two hold it
  fs::remove_all(path.parent_path().parent_path());
}

TEST_CASE("four processes never hold a lock together", "[core][lock]") {
  const auto path = lock_path();
  Counters* counters = shared_counters();
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) contend(path, *counters);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(counters->taken == 800);
  CHECK(counters->overlaps == 0);
  ::munmap(counters, sizeof(Counters));
  fs::remove_all(path.parent_path().parent_path());
}

TEST_CASE("kill -9 releases a lock, and a started program does not keep it", "[core][lock]") {
  const auto path = lock_path();
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::try_take(path);
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      ::execl("/bin/sleep", "sleep", "3600", nullptr);
      ::_exit(127);
    }
    const bool sent = ::write(ready[1], &grandchild, sizeof grandchild) == sizeof grandchild;
    if (lock && sent) ::pause();
    ::_exit(1);
  }
  pid_t grandchild = 0;
  REQUIRE(::read(ready[0], &grandchild, sizeof grandchild) == sizeof grandchild);
  CHECK_FALSE(FileLock::try_take(path));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  bool released = false;  // the grandchild may take a moment to reach its program
  for (int i = 0; i < 6000 && !released; ++i, ::usleep(10'000)) released = FileLock::try_take(path).has_value();
  CHECK(released);
  CHECK(::kill(grandchild, 0) == 0);
  ::kill(grandchild, SIGKILL);
  ::close(ready[0]);
  ::close(ready[1]);
  fs::remove_all(path.parent_path().parent_path());
}

TEST_CASE("a file system that refuses is named", "[core][lock]") {
  CHECK_THROWS_WITH(FileLock::try_take("/proc/nlb/lock"), Catch::Contains("/proc/nlb/lock: cannot "));
  CHECK_THROWS_AS(FileLock::try_take("/tmp"), EnvironmentError);
}

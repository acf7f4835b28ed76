#include "core/durable.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "core/error.h"

using namespace nlb;
namespace fs = std::filesystem;

namespace {

/// A fresh folder that goes with the test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("nlb_durable_" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  size_t entries() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

const std::string kOld(10'000, 'o');
const std::string kNew(20'000, 'n');

constexpr int kEnvironment = 5;

/// Runs the hidden test case `name` of this program with a fault, as a process of its own, for the fault is read once.
/// Returns the wait status.
int run_child(const std::string& name, const std::string& fault, const fs::path& file) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("NLB_FAULT", fault.c_str(), 1);
    ::setenv("NLB_TEST_FILE", file.c_str(), 1);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execl("/proc/self/exe", "core_tests", name.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool crashed(int status) {  // Catch2 passes SIGABRT on to its default action
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

bool refused(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == kEnvironment; }

/// The child's part: exits with what happened, so that Catch2 has no say.
template <class Action>
[[noreturn]] void act(Action action) {
  try {
    action(fs::path(std::getenv("NLB_TEST_FILE")));
  } catch (const EnvironmentError& error) {
    ::_exit(kEnvironment);
  } catch (const InputError& error) {
    ::_exit(2);
  }
  ::_exit(0);
}

}  // namespace

TEST_CASE("child: write", "[.child]") {
  act([](const fs::path& file) {
    const std::string_view pieces[] = {std::string_view(kNew).substr(0, 5000), std::string_view(kNew).substr(5000)};
    write_file_durably(file, pieces);
  });
}

TEST_CASE("child: write whole", "[.child]") {
  act([](const fs::path& file) { write_file_whole(file, kNew); });
}

TEST_CASE("child: remove", "[.child]") {
  act([](const fs::path& file) { remove_file_durably(file); });
}

TEST_CASE("child: write beyond the size limit", "[.child]") {
  act([](const fs::path& file) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{12'345, 12'345};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    write_file_durably(file, kNew);
  });
}

TEST_CASE("what is written is read back, over old content and in new folders", "[core][durable]") {
  const Folder folder;
  const auto file = folder.path / "a" / "b" / "c.json";
  write_file_durably(file, kOld);
  CHECK(read_file(file) == kOld);
  write_file_durably(file, "");
  CHECK(read_file(file).empty());
  const std::string_view pieces[] = {"one", "", "two"};
  write_file_durably(file, pieces);
  CHECK(read_file(file) == "onetwo");
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), fs::directory_iterator()) == 1);
  remove_file_durably(file);
  CHECK_FALSE(fs::exists(file));
  CHECK_NOTHROW(remove_file_durably(file));
}

TEST_CASE("a crash at any point leaves the old or the new content, whole", "[core][durable]") {
  const Folder folder;
  const auto file = folder.path / "record.json";
  struct Row {
    std::string fault;
    bool is_new;
  };
  for (const Row& row : std::vector<Row>{{"crash:open:1", false},
                                         {"crash:write:1", false},
                                         {"crash:write:2", false},
                                         {"crash:sync:1", false},
                                         {"crash:close:1", false},
                                         {"crash:rename:1", false},
                                         {"crash:sync_folder:1", true}}) {
    CAPTURE(row.fault);
    write_file_durably(file, kOld);
    CHECK(crashed(run_child("child: write", row.fault, file)));
    CHECK((read_file(file) == (row.is_new ? kNew : kOld)));
    sweep_leftovers(folder.path);
    CHECK(folder.entries() == 1);
  }
}

TEST_CASE("a full disk or an I/O error at any point is an error and leaves no trace", "[core][durable]") {
  const Folder folder;
  const auto file = folder.path / "record.json";
  for (const std::string error : {"ENOSPC", "EIO"}) {
    for (const std::string point : {"open:1", "write:1", "write:2", "sync:1", "close:1", "rename:1", "sync_folder:1"}) {
      CAPTURE(error, point);
      write_file_durably(file, kOld);
      CHECK(refused(run_child("child: write", error + ":" + point, file)));
      CHECK((read_file(file) == (point == "sync_folder:1" ? kNew : kOld)));
      CHECK(folder.entries() == 1);
    }
  }
}

TEST_CASE("what can be made again is written whole without waiting for the disk", "[core][durable]") {
  const Folder folder;
  const auto file = folder.path / "page.html";
  for (const std::string point : {"open", "write", "close", "rename"}) {
    CAPTURE(point);
    write_file_durably(file, kOld);
    CHECK(crashed(run_child("child: write whole", "crash:" + point + ":1", file)));
    CHECK((read_file(file) == kOld));
    sweep_leftovers(folder.path);
    CHECK(refused(run_child("child: write whole", "ENOSPC:" + point + ":1", file)));
    CHECK((read_file(file) == kOld));
    CHECK(folder.entries() == 1);
  }
  CHECK(run_child("child: write whole", "crash:sync:1", file) == 0);  // never arrives there
  CHECK((read_file(file) == kNew));
}

TEST_CASE("a later arrival than any, or none, changes nothing", "[core][durable]") {
  const Folder folder;
  const auto file = folder.path / "record.json";
  CHECK(run_child("child: write", "ENOSPC:write:3", file) == 0);
  CHECK((read_file(file) == kNew));
}

TEST_CASE("removal crashes before or after, and reports errors", "[core][durable]") {
  const Folder folder;
  const auto file = folder.path / "record.json";
  write_file_durably(file, kOld);
  CHECK(crashed(run_child("child: remove", "crash:unlink:1", file)));
  CHECK(refused(run_child("child: remove", "EIO:unlink:1", file)));
  CHECK(fs::exists(file));
  CHECK(crashed(run_child("child: remove", "crash:sync_folder:1", file)));
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("a fault that is none is refused", "[core][durable]") {
  const Folder folder;
  for (const char* fault : {"crash", "crash:nowhere:1", "crash:open:0", "crash:open:x", "EPERM:open:1", ""}) {
    CAPTURE(fault);
    const int status = run_child("child: write", fault, folder.path / "record.json");
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 2));
  }
}

TEST_CASE("a short write goes on, and the limit it runs into is an error", "[core][durable]") {
  const Folder folder;
  const auto file = folder.path / "record.json";
  write_file_durably(file, kOld);
  // The kernel writes 12,345 of 20,000 bytes, then fails with EFBIG.
  CHECK(refused(run_child("child: write beyond the size limit", "crash:unlink:9", file)));
  CHECK((read_file(file) == kOld));
  CHECK(folder.entries() == 1);
}

TEST_CASE("messages name the path and the system's reason", "[core][durable]") {
  const Folder folder;
  std::ofstream(folder.path / "file") << "x";
  CHECK_THROWS_WITH(write_file_durably(folder.path / "file" / "below", "x"),
                    Catch::Contains("file: cannot create the folder: "));
  CHECK_THROWS_WITH(read_file(folder.path / "none"), Catch::EndsWith("none: cannot open: No such file or directory"));
  CHECK_THROWS_WITH(read_file(folder.path), Catch::EndsWith("cannot read: Is a directory"));
  CHECK_THROWS_AS(write_file_durably(folder.path, "x"), EnvironmentError);  // a folder stands there
  CHECK(folder.entries() == 1);
}

TEST_CASE("only dead writers' files are swept", "[core][durable]") {
  const Folder folder;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const auto left = ".a.json." + std::to_string(dead) + ".3.tmp";
  const auto alive = ".a.json." + std::to_string(::getpid()) + ".0.tmp";
  for (const auto& name : {left, alive, std::string("a.tmp"), std::string(".a.x.0.tmp"), std::string("a.json")}) {
    std::ofstream(folder.path / name) << "x";
  }
  sweep_leftovers(folder.path);
  CHECK_FALSE(fs::exists(folder.path / left));
  CHECK(folder.entries() == 4);
  CHECK_NOTHROW(sweep_leftovers(folder.path / "none"));
}

TEST_CASE("many threads write one file and each finds it whole", "[core][durable]") {
  const Folder folder;
  const auto file = folder.path / "status.json";
  write_file_durably(file, std::string(5000, '0'));
  std::atomic<int> torn{0};
  std::vector<std::thread> writers;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    writers.emplace_back([&, letter] {
      for (int i = 0; i < 20; ++i) {
        write_file_durably(file, std::string(5000, letter));
        const std::string found = read_file(file);
        torn += found.size() != 5000 || found.find_first_not_of(found[0]) != std::string::npos;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  CHECK(torn == 0);
  CHECK(folder.entries() == 1);
}

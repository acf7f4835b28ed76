#include "results/store.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/durable.h"
#include "core/sha256.h"
#include "tests/protocols/small_protocol.h"
#include "tests/support/fixtures.h"
#include "tests/support/made_records.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr int kEnvironment = 5;

Record record_with(TrialResult result) {
  static const Protocol protocol = parsed(small_protocol());
  return made_record(trial_at(protocol, "first", "gce", "0.4", "a"), std::move(result));
}

Record good(int64_t last = 905) { return record_with(made_result({700, last})); }

/// Where the record lies.
fs::path place_of(const fs::path& folder, const Record& record, const std::string& ending = ".json") {
  return folder / record.trial / (write_record(record).digest + ending);
}

std::string only_problem(const Store& store, const std::string& trial) {
  Problems problems;
  CHECK(store.records_of(trial, problems).empty());
  REQUIRE(problems.lines().size() == 1);
  return problems.lines().front();
}

void change_byte(const fs::path& path, size_t place) {
  auto text = read_file(path);
  text.at(place) = static_cast<char>(text[place] ^ 1);
  write_bytes(path, text);
}

RecordIndex index_of(const std::vector<fs::path>& folders) { return read_records(folders, {good().trial}); }

/// Stores good(800) in `folder` as a process of its own, for a fault is read once. Returns the exit code.
int add_in_child(const fs::path& folder, const std::string& fault) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("NLB_FAULT", fault.c_str(), 1);
    ::setenv("NLB_TEST_FILE", folder.c_str(), 1);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execl("/proc/self/exe", "results_tests", "child: add", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("child: add", "[.child]") {
  try {
    Store(std::getenv("NLB_TEST_FILE")).add(good(800));
  } catch (const EnvironmentError& error) {
    ::_exit(kEnvironment);
  }
  ::_exit(0);
}

TEST_CASE("what is stored is found, with its curves", "[results][store]") {
  const TemporaryFolder folder;
  const Store store(folder.path() / "a" / "b");
  const auto given = good();
  CHECK_FALSE(store.has_ok_record(given.trial));
  CHECK(store.trial_ids().empty());
  store.add(given);
  store.add(given);  // the same bytes under the same name
  CHECK(store.has_ok_record(given.trial));
  CHECK(store.trial_ids() == std::vector<std::string>{given.trial});
  Problems problems;
  auto records = store.records_of(given.trial, problems);
  REQUIRE(records.size() == 1);
  CHECK(problems.empty());
  CHECK(records.front().file == place_of(store.folder(), given).string());
  load_curves(records.front());
  CHECK(records.front().result.curves.epoch == std::vector<int64_t>{1, 2});
}

TEST_CASE("a changed, cut off, renamed or misplaced record is a problem and is left out", "[results][store]") {
  const TemporaryFolder folder;
  const Store store(folder.path());
  const auto given = good();
  store.add(given);
  const auto file = place_of(folder.path(), given);
  SECTION("a byte changed, wherever") {
    const size_t size = read_file(file).size();
    for (size_t place = 0; place < size; place += 41) {
      CAPTURE(place);
      change_byte(file, place);
      CHECK_THAT(only_problem(store, given.trial), Contains(file.string() + ": its content does not have the digest"));
      change_byte(file, place);
    }
    CHECK(store.has_ok_record(given.trial));
  }
  SECTION("cut off") {
    fs::resize_file(file, 1000);
    CHECK_THAT(only_problem(store, given.trial), Contains("changed or cut off"));
  }
  SECTION("renamed") {
    const auto other = folder.path() / given.trial / (std::string(64, '0') + ".json");
    fs::rename(file, other);
    CHECK_THAT(only_problem(store, given.trial), Contains(other.string()));
  }
  SECTION("in the folder of another trial") {
    const std::string other(64, '1');
    fs::rename(folder.path() / given.trial, folder.path() / other);
    CHECK_THAT(only_problem(store, other), Contains("this is a record of trial " + given.trial));
  }
  SECTION("a folder of that name") {
    fs::remove(file);
    fs::create_directories(file);
    CHECK_THAT(only_problem(store, given.trial), Contains(file.string()));
  }
}

TEST_CASE("a record of a newer schema is refused by name, the others are read", "[results][store]") {
  const TemporaryFolder folder;
  const Store store(folder.path());
  store.add(good());
  auto json = Json::parse(write_record(good()).record);
  json["schema"] = 9;
  const auto text = json.dump();
  const auto file = folder.path() / good().trial / (hex(sha256(text)) + ".json");
  write_bytes(file, text);
  Problems problems;
  CHECK(store.records_of(good().trial, problems).size() == 1);
  REQUIRE(problems.lines().size() == 1);
  CHECK_THAT(problems.lines().front(), Catch::StartsWith(file.string() + ": /schema: 9 is newer than this program"));
}

TEST_CASE("changed or missing curves are named, the record still counts", "[results][store]") {
  const TemporaryFolder folder;
  const Store store(folder.path());
  store.add(good());
  const auto file = place_of(folder.path(), good(), ".curves.json");
  Problems problems;
  auto record = store.records_of(good().trial, problems).front();
  change_byte(file, 100);
  CHECK_THROWS_WITH(load_curves(record), Contains(file.string()) && Contains("changed or cut off"));
  fs::remove(file);
  CHECK_THROWS_WITH(load_curves(record), Contains(file.string() + ": the curves of this record are missing"));
  CHECK(record.result.final_counts.last == 905);
  CHECK(try_load_curves(record) ==
        file.filename().string() + ": the curves of this record are missing; copy them again");
}

TEST_CASE("orphan curves, leftovers and strangers are not records", "[results][store]") {
  const TemporaryFolder folder;
  const Store store(folder.path());
  const auto trial = folder.path() / good().trial;
  for (const auto& name : {std::string(64, 'a') + ".curves.json", "." + std::string(64, 'a') + ".json.12.0.tmp",
                           std::string("notes.json"), std::string(64, 'A') + ".json"})
    write_bytes(trial / name, "{}");
  write_bytes(folder.path() / "notes" / "x.json", "{}");
  write_bytes(folder.path() / std::string(64, 'b'), "a file");
  Problems problems;
  CHECK(store.records_of(good().trial, problems).empty());
  CHECK(problems.empty());
  CHECK(store.trial_ids() == std::vector<std::string>{good().trial});
}

TEST_CASE("ok beats failed, whatever the digests", "[results][store]") {
  const TemporaryFolder folder;
  const Store store(folder.path());
  store.add(record_with(made_failure("the loss is NaN", 3)));
  CHECK_FALSE(store.has_ok_record(good().trial));
  for (int64_t last = 900; last < 904; ++last) store.add(good(last));
  const auto index = index_of({folder.path()});
  REQUIRE(index.by_trial.at(good().trial).size() == 5);
  CHECK(index.find(good().trial)->result.status == TrialResult::Status::ok);
  CHECK(index.by_trial.at(good().trial).back().result.failure == "the loss is NaN");
  CHECK(store.has_ok_record(good().trial));
}

TEST_CASE("two ok records of one class with different chains are a determinism fault", "[results][store]") {
  const TemporaryFolder folder;
  const Store store(folder.path());
  auto other = good(904);
  store.add(good());
  SECTION("equal chains agree, however the rest differs") {
    other.result.timing.wall_seconds = 1;
    store.add(other);
    CHECK(index_of({folder.path()}).determinism_faults.empty());
  }
  SECTION("another state chain") {
    other.result.state_chain = std::string(64, 'e');
    store.add(other);
    const auto faults = index_of({folder.path()}).determinism_faults[other.trial];
    REQUIRE(faults.size() == 1);
    CHECK_THAT(faults.front(), Contains("trial " + other.trial.substr(0, 12)) &&
                                   Contains(write_record(other).digest.substr(0, 12)) && Contains("different chains"));
  }
  SECTION("another count chain") {
    other.result.count_chain = std::string(64, 'e');
    store.add(other);
    CHECK(index_of({folder.path()}).determinism_faults.size() == 1);
  }
  SECTION("of another class: no fault") {
    other.result.state_chain = std::string(64, 'e');
    other.result.determinism_class["threads"] = "2";
    store.add(other);
    CHECK(index_of({folder.path()}).determinism_faults.empty());
  }
}

TEST_CASE("folders merge by copying, in any order, doubles counted once", "[results][store]") {
  const TemporaryFolder one, two;
  Store(one.path()).add(good(901));
  Store(one.path()).add(good(902));
  Store(two.path()).add(good(902));
  Store(two.path()).add(good(903));
  const auto digests = [](const RecordIndex& index) {
    std::vector<std::string> list;
    for (const auto& record : index.by_trial.at(good().trial)) list.push_back(record.digest);
    return list;
  };
  const auto together = digests(index_of({one.path(), two.path()}));
  CHECK(together.size() == 3);
  CHECK(together == digests(index_of({two.path(), one.path()})));
  fs::copy(one.path(), two.path(), fs::copy_options::recursive | fs::copy_options::skip_existing);
  CHECK(together == digests(index_of({two.path()})));
}

TEST_CASE("a claim excludes a second one until it is given back", "[results][store]") {
  const TemporaryFolder folder;
  const Store store(folder.path());
  CHECK_FALSE(store.is_claimed(good().trial));
  {
    const auto claim = store.claim(good().trial);
    REQUIRE(claim.has_value());
    CHECK_FALSE(Store(folder.path()).claim(good().trial).has_value());
    CHECK(store.is_claimed(good().trial));
  }
  CHECK(store.claim(good().trial).has_value());
  CHECK(store.trial_ids().empty());
}

TEST_CASE("a folder that cannot be written is named with what to do", "[results][store]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "file", "x");
  CHECK_THROWS_AS(Store(folder.path() / "file" / "results"), EnvironmentError);
  CHECK_THROWS_WITH(Store(folder.path() / "file"),
                    Contains("cannot write to the results folder") && Contains("--results DIR or NLBENCH_RESULTS"));
  CHECK_NOTHROW(Store(folder.path() / "file" / "results", false));
}

TEST_CASE("a full disk at any step of storing leaves what is stored, and no half record", "[results][store]") {
  const TemporaryFolder folder;
  Store(folder.path()).add(good());
  for (const char* error : {"ENOSPC", "EIO"}) {
    for (const char* point : {"open", "write", "sync", "close", "rename", "sync_folder"}) {
      for (const std::string& arrival : {std::string(":1"), std::string(":2")}) {  // the curves, the record
        CAPTURE(error, point, arrival);
        CHECK(add_in_child(folder.path(), std::string(error) + ":" + point + arrival) == kEnvironment);
        const auto index = index_of({folder.path()});
        CHECK(index.problems.empty());
        // Only when syncing the folder after the last rename fails is the new record there, whole.
        const bool whole = point == std::string("sync_folder") && arrival == ":2";
        REQUIRE(index.by_trial.at(good().trial).size() == (whole ? 2 : 1));
        for (auto record : index.by_trial.at(good().trial)) CHECK_NOTHROW(load_curves(record));
        fs::remove(place_of(folder.path(), good(800)));
        fs::remove(place_of(folder.path(), good(800), ".curves.json"));
      }
    }
  }
  CHECK(add_in_child(folder.path(), "ENOSPC:write:3") == 0);
  CHECK(index_of({folder.path()}).by_trial.at(good().trial).size() == 2);
}

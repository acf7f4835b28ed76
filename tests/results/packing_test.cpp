#include "results/packing.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/durable.h"
#include "core/sha256.h"
#include "results/curve_columns.h"
#include "results/store.h"
#include "tests/protocols/small_protocol.h"
#include "tests/support/fixtures.h"
#include "tests/support/made_records.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr int kEnvironment = 5;

Record record_of(const std::string& row, const std::string& seed, int64_t last, const std::string& home = "small") {
  static const Protocol protocol = parsed(small_protocol());
  auto record = made_record(trial_at(protocol, "first", row, "0.4", seed), made_result({700, last}));
  record.use.protocol = home;
  return record;
}

/// Twenty epochs of each of two trainings, written as schema 5 was before it said so: the best epoch must be recounted.
std::pair<std::string, std::string> old_forward_files(std::string& trial) {
  static const Protocol protocol = parsed(small_protocol());
  std::vector<int64_t> correct(40, 800);
  correct[5] = 930;
  correct[30] = 870;
  auto record = made_record(trial_at(protocol, "first", "forward", "0.4", "a"), made_result(correct));
  record.result.noise.reset();
  trial = record.trial;
  const auto files = write_record(record);
  return {files.record, files.curves};
}

/// As schema 6 wrote it: with a held-out part whose epochs are all equal, and the first of them alone.
Record old_held_out_record() {
  auto record = record_of("ce", "b", 904);
  auto& counts = record.result.final_counts;
  record.result.curves.held_out_correct = {{7, 7}, {7, 7}};
  counts.held_out_count = 9;
  apply_rules(counts, record.result.curves);
  counts.best_on_val_latest.reset();
  counts.best_on_val_latest_epoch.reset();
  return record;
}

/// Relative name -> content of every file that is no lock.
std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = fs::relative(entry.path(), folder).string();
    if (entry.is_regular_file() && !name.starts_with(".state")) files[name] = read_file(entry.path());
  }
  return files;
}

void add_some(const fs::path& folder) {
  const Store store(folder);
  for (const auto* seed : {"b", "a"}) {
    store.add(record_of("gce", seed, 900));
    store.add(record_of("ce", seed, 901));
  }
  store.add(record_of("gce", "a", 902));
  store.add(record_of("gce", "b", 903, "another"));
}

int append_in_child(const fs::path& folder, const std::string& fault) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!fault.empty()) ::setenv("NLB_FAULT", fault.c_str(), 1);
    ::setenv("NLB_TEST_FILE", folder.c_str(), 1);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execl("/proc/self/exe", "results_tests", "child: append", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

/// Appends the records of <folder>/more to the packs of <folder>/packs.
TEST_CASE("child: append", "[.child]") {
  const fs::path folder = std::getenv("NLB_TEST_FILE");
  try {
    pack_records({folder / "more"}, folder / "packs", false);
  } catch (const EnvironmentError& error) {
    ::_exit(kEnvironment);
  }
  ::_exit(0);
}

TEST_CASE("pack and unpack are inverses, byte for byte, one pack per home", "[results][packing]") {
  const TemporaryFolder folder;
  const auto files = folder.path() / "files", packs = folder.path() / "packs", again = folder.path() / "again";
  add_some(files);
  std::string trial;
  const auto [old_record, old_curves] = old_forward_files(trial);
  const auto digest = hex(sha256(old_record));
  write_bytes(files / trial / (digest + ".json"), old_record);
  write_bytes(files / trial / (digest + ".curves.json"), old_curves);
  fs::remove(files / record_of("gce", "a", 902).trial /
             (write_record(record_of("gce", "a", 902)).digest + ".curves.json"));
  const auto before = files_in(files);
  CHECK(before.size() == 13);
  const auto moved = pack_records({files}, packs, false);
  CHECK(moved.problems.empty());
  CHECK(moved.records == 7);
  REQUIRE(files_in(packs).size() == 2);
  CHECK(fs::exists(packs / "another.jsonl.xz"));
  CHECK(fs::exists(packs / "small.jsonl.xz"));
  CHECK(files_in(files) == before);
  const auto back = unpack_records({packs}, again);
  CHECK(back.problems.empty());
  CHECK(back.records == 7);
  CHECK(files_in(again) == before);
  CHECK(unpack_records({packs}, again).already == 7);
}

TEST_CASE("equal records make equal packs; what is packed already is not appended again", "[results][packing]") {
  const TemporaryFolder folder;
  add_some(folder.path() / "files");
  const auto one = folder.path() / "one", two = folder.path() / "two";
  pack_records({folder.path() / "files"}, one, false);
  fs::copy(folder.path() / "files", folder.path() / "copy", fs::copy_options::recursive);
  pack_records({folder.path() / "copy", folder.path() / "files"}, two, false);
  CHECK(files_in(one) == files_in(two));
  const auto again = pack_records({folder.path() / "files"}, one, false);
  CHECK(again.records == 0);
  CHECK(again.already == 6);
  CHECK(again.packs.empty());
  CHECK(files_in(one) == files_in(two));
}

TEST_CASE("a pack grows at its end and never changes what it holds", "[results][packing]") {
  const TemporaryFolder folder;
  Store(folder.path() / "a").add(record_of("gce", "a", 900));
  Store(folder.path() / "b").add(record_of("ce", "a", 901));
  const auto packs = folder.path() / "packs";
  pack_records({folder.path() / "a"}, packs, false);
  const auto first = read_file(packs / "small.jsonl.xz");
  pack_records({folder.path() / "b"}, packs, false);
  const auto both = read_file(packs / "small.jsonl.xz");
  CHECK(both.size() > first.size());
  CHECK(both.starts_with(first));
  CHECK(Store(packs, false).trial_ids().size() == 2);
}

TEST_CASE("merging is free of order and counts doubles once", "[results][packing]") {
  const TemporaryFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  for (int64_t i = 0; i < 3; ++i) {
    const auto name = std::string(1, static_cast<char>('a' + i));
    const Store store(folder.path() / ("files_" + name));
    store.add(record_of("gce", "a", 900 + i));
    store.add(record_of("ce", "b", 950));  // in each
    pack_records({folder.path() / ("files_" + name)}, folder.path() / name, false);
  }
  const auto moved = merge_packs({at("a"), at("b"), at("c")}, at("abc"));
  CHECK(moved.records == 4);
  merge_packs({at("c") / "small.jsonl.xz", at("a"), at("b"), at("a")}, at("cab"));
  CHECK(files_in(at("abc")) == files_in(at("cab")));
  merge_packs({at("c"), at("b")}, at("a"));  // into one that is there
  CHECK(files_in(at("a")) == files_in(at("abc")));
  // Appended in any order, then merged with itself: the same bytes again.
  for (const char* name : {"files_c", "files_a", "files_b"}) pack_records({at(name)}, at("grown"), false);
  CHECK(files_in(at("grown")) != files_in(at("abc")));
  merge_packs({at("grown")}, at("grown"));
  CHECK(files_in(at("grown")) == files_in(at("abc")));
}

TEST_CASE("files are removed only where the pack gives them back", "[results][packing]") {
  const TemporaryFolder folder;
  const auto files = folder.path() / "files";
  add_some(files);
  const auto kept = files / record_of("ce", "a", 901).trial / "samples.json";
  write_bytes(kept, "{}");
  const auto broken = files / record_of("gce", "a", 900).trial / (std::string(64, '0') + ".json");
  write_bytes(broken, "{}");
  const auto moved = pack_records({files}, files, true);
  CHECK(moved.records == 6);
  REQUIRE(moved.problems.lines().size() == 1);
  CHECK_THAT(moved.problems.lines().front(), Contains(broken.string() + ": its content does not have the digest"));
  CHECK(fs::exists(kept));
  CHECK(fs::exists(broken));
  CHECK(files_in(files).size() == 4);  // those and two packs
  CHECK(Store(files, false).has_ok_record(record_of("gce", "b", 900).trial));
}

TEST_CASE("readers find a record in a pack as they find one in files", "[results][packing]") {
  const TemporaryFolder folder;
  const auto files = folder.path() / "files", packs = folder.path() / "packs";
  add_some(files);
  std::string trial;
  const auto [old_record, old_curves] = old_forward_files(trial);
  write_bytes(files / trial / (hex(sha256(old_record)) + ".json"), old_record);
  write_bytes(files / trial / (hex(sha256(old_record)) + ".curves.json"), old_curves);
  const auto held_out = old_held_out_record();
  Store(files).add(held_out);
  pack_records({files}, packs, false);
  const auto ids = Store(files, false).trial_ids();
  CHECK(Store(packs, false).trial_ids() == ids);
  CHECK(Store(packs / "small.jsonl.xz", false).trial_ids() == ids);
  const auto expected = read_records({files}, ids), found = read_records({packs}, ids);
  CHECK(found.problems.empty());
  CHECK(found.determinism_faults == expected.determinism_faults);
  REQUIRE(found.by_trial.size() == expected.by_trial.size());
  for (const auto& [id, records] : expected.by_trial) {
    CAPTURE(id);
    const auto& packed = found.by_trial.at(id);
    REQUIRE(packed.size() == records.size());
    for (size_t i = 0; i < records.size(); ++i) {
      auto one = records[i], other = packed[i];
      CHECK(other.digest == one.digest);
      CHECK(to_json(other.result.final_counts) == to_json(one.result.final_counts));
      CHECK(stored_record(other).text == stored_record(one).text);
      CHECK(read_curve_columns(other).test_correct == read_curve_columns(one).test_correct);
      load_curves(one);
      load_curves(other);
      CHECK(to_json(other.result, ResultParts::all) == to_json(one.result, ResultParts::all));
    }
  }
  const auto& recounted = found.find(trial)->result.final_counts;
  CHECK(recounted.counted_from == 21);
  CHECK(recounted.best_on_test_epoch == 31);
  const auto& of_seed = found.by_trial.at(held_out.trial);
  CHECK(std::count_if(of_seed.begin(), of_seed.end(), [](const Record& record) {
          const auto& counts = record.result.final_counts;
          return counts.best_on_val == 700 && counts.best_on_val_latest == 904 && counts.best_on_val_latest_epoch == 2;
        }) == 1);
  // In both places it counts once, and a pack beside the files is no second measurement.
  for (const auto& [id, records] : read_records({files, packs}, ids).by_trial)
    CHECK(records.size() == expected.by_trial.at(id).size());
}

TEST_CASE("the stored recount spares reading the curves", "[results][packing]") {
  const TemporaryFolder folder;
  std::string trial;
  const auto [record, curves] = old_forward_files(trial);
  const StoredRecord stored{.trial = trial, .digest = hex(sha256(record)), .record = record, .curves = std::nullopt};
  FinalCounts counts;
  counts.test_count = kMadeTest;
  counts.counted_from = 21;
  counts.classes_never_predicted = 0;
  counts.last = counts.best_on_test = 870;
  counts.last_ten = {870};
  counts.best_on_test_epoch = 31;
  write_bytes(folder.path() / "small.jsonl.xz", pack_streams({pack_line(stored, counts)}));
  const auto index = read_records({folder.path()}, {trial});
  REQUIRE(index.find(trial) != nullptr);
  CHECK(index.find(trial)->result.final_counts.best_on_test_epoch == 31);  // though there are no curves to count from
  auto copy = *index.find(trial);
  CHECK_THAT(try_load_curves(copy), Contains("the curves of this record are missing"));
}

TEST_CASE("a store sees records that were packed after it was opened", "[results][packing]") {
  const TemporaryFolder folder;
  const Store store(folder.path() / "packs");
  const auto given = record_of("gce", "a", 900);
  CHECK_FALSE(store.has_ok_record(given.trial));
  Store(folder.path() / "files").add(given);
  pack_records({folder.path() / "files"}, folder.path() / "packs", false);
  CHECK(store.has_ok_record(given.trial));
}

TEST_CASE("a damaged pack is read as far as it is whole, told once, and never written over", "[results][packing]") {
  const TemporaryFolder folder;
  const auto packs = folder.path() / "packs", pack = packs / "small.jsonl.xz";
  for (const auto* seed : {"a", "b"}) {
    Store(folder.path() / seed).add(record_of("gce", seed, 900));
    pack_records({folder.path() / seed}, packs, false);
  }
  const auto cut = read_file(pack).substr(0, fs::file_size(pack) - 20);
  write_bytes(pack, cut);
  const auto ids = std::vector<std::string>{record_of("gce", "a", 900).trial, record_of("gce", "b", 900).trial};
  const auto index = read_records({packs}, ids);
  CHECK(index.by_trial.size() == 1);
  REQUIRE(index.problems.lines().size() == 1);
  CHECK_THAT(index.problems.lines().front(), Contains(pack.string() + ": bytes ") && Contains("is cut off"));
  CHECK_THROWS_WITH(pack_records({folder.path() / "b"}, packs, false),
                    Contains("is left as it is") && Contains("nlbench merge"));
  CHECK_THROWS_AS(merge_packs({packs}, packs), InputError);
  CHECK(read_file(pack) == cut);
  const auto mended = merge_packs({packs}, folder.path() / "mended");
  CHECK(mended.records == 1);
  CHECK(mended.problems.lines().size() == 1);
  CHECK(unpack_records({packs}, folder.path() / "out").records == 1);
}

TEST_CASE("a full disk or a crash at any step of appending leaves the pack as it was", "[results][packing]") {
  const TemporaryFolder folder;
  const auto packs = folder.path() / "packs", pack = packs / "small.jsonl.xz";
  Store(folder.path() / "first").add(record_of("gce", "a", 900));
  Store(folder.path() / "more").add(record_of("ce", "a", 901));
  pack_records({folder.path() / "first"}, packs, false);
  const auto before = read_file(pack);
  for (const char* kind : {"ENOSPC", "EIO", "crash"}) {
    for (const char* point : {"open", "write", "sync", "close", "rename", "sync_folder"}) {
      CAPTURE(kind, point);
      const auto code = append_in_child(folder.path(), std::string(kind) + ":" + point + ":1");
      CHECK(code == (kind == std::string("crash") ? -1 : kEnvironment));
      const auto now = read_file(pack);
      const bool renamed = point == std::string("sync_folder");  // the new pack is there, whole
      CHECK(now.starts_with(before));
      CHECK((now.size() > before.size()) == renamed);
      CHECK(read_records({packs}, Store(packs, false).trial_ids()).problems.empty());
      write_bytes(pack, before);
    }
  }
  CHECK(append_in_child(folder.path(), "ENOLCK:lock:1") == kEnvironment);
  CHECK(append_in_child(folder.path(), "") == 0);
  CHECK(Store(packs, false).trial_ids().size() == 2);
}

TEST_CASE("several processes that append to one pack at once lose nothing", "[results][packing]") {
  const TemporaryFolder folder;
  std::vector<pid_t> children;
  const fs::path packs = folder.path() / "packs";
  for (int i = 0; i < 4; ++i) {
    const auto place = folder.path() / std::to_string(i);
    Store(place / "more").add(record_of("gce", "a", 900 + i));
    fs::create_directories(packs);
    fs::create_directory_symlink(packs, place / "packs");
    const pid_t child = ::fork();
    if (child == 0) {
      ::setenv("NLB_TEST_FILE", place.c_str(), 1);
      const int nowhere = ::open("/dev/null", O_WRONLY);
      ::dup2(nowhere, STDOUT_FILENO);
      ::execl("/proc/self/exe", "results_tests", "child: append", nullptr);
      ::_exit(127);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
  Problems problems;
  CHECK(Store(packs, false).records_of(record_of("gce", "a", 900).trial, problems).size() == 4);
  CHECK(problems.empty());
}

TEST_CASE("a protocol that cannot name a file has no pack", "[results][packing]") {
  const TemporaryFolder folder;
  Store(folder.path() / "files").add(record_of("gce", "a", 900, "../outside"));
  const auto moved = pack_records({folder.path() / "files"}, folder.path() / "packs", false);
  CHECK(moved.records == 0);
  REQUIRE(moved.problems.lines().size() == 1);
  CHECK_THAT(moved.problems.lines().front(), Contains("/use/protocol: \"../outside\" cannot be the name of a pack"));
  CHECK_FALSE(fs::exists(folder.path() / "outside.jsonl.xz"));
}

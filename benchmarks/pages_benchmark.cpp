// The pages of many protocols as `nlbench report` makes them: 5,000 records of 300 epochs over 50 protocols, read from
// disk by the program itself. Goal: index and protocol pages in 2 s and 500 MB on two
// cores.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "core/draws.h"
#include "tests/protocols/small_protocol.h"
#include "tests/support/fixtures.h"
#include "tests/support/made_records.h"

namespace {

using namespace nlb;

constexpr int kProtocols = 50, kRows = 4, kSettings = 5, kSeeds = 5, kEpochs = 300;

/// One protocol of 100 trials, unlike its neighbours' by the learning rate, with published values in every cell.
Json made_protocol(const std::string& id, int number) {
  auto json = test::small_protocol();
  json["id"] = id;
  json["kind"] = "table";
  json["recipes"]["sgd"]["epochs"] = kEpochs;
  json["recipes"]["sgd"]["optimiser"]["learning_rate"] = 0.01 + 0.001 * number;
  json["seeds"] = Json::array();
  for (int seed = 1; seed <= kSeeds; ++seed)
    json["seeds"].push_back(
        {{"name", std::to_string(seed)}, {"noise", seed}, {"split", seed}, {"init", seed}, {"train", seed}});
  auto& group = json["groups"][0];
  group["settings"][0]["for_rate"] = {0.1, 0.2, 0.3, 0.4, 0.5};
  group["columns"] = Json::array();
  Json values = Json::object();
  for (const char* rate : {"0.1", "0.2", "0.3", "0.4", "0.5"}) {
    group["columns"].push_back({{"id", rate}, {"setting", rate}});
    values[rate] = "81.2±0.3";
  }
  const auto row = group["rows"][1];
  group["rows"] = Json::array();
  for (int i = 0; i < kRows; ++i) {
    auto copy = row;
    copy["id"] = "gce" + std::to_string(i);
    copy["options"]["q"] = 0.4 + 0.1 * i;
    copy["seeds"] = kSeeds;
    copy["published"][0]["values"] = values;
    copy["published"][0]["runs"] = 5;
    copy["published"][0]["deviation_kind"] = "standard_deviation";
    group["rows"].push_back(copy);
  }
  json["groups"].erase(1);
  return json;
}

/// Test images right per epoch: rising, with a little noise of the trial's own.
std::vector<int64_t> made_counts(uint64_t trial) {
  std::vector<int64_t> counts;
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const auto word = draw(derive(1, "benchmark"), static_cast<uint64_t>(epoch), trial, 0).word[0];
    counts.push_back(500 + epoch + below(word, 12));
  }
  return counts;
}

void store(const std::filesystem::path& results, const Record& record) {
  const auto files = write_record(record);
  test::write_bytes(results / record.trial / (files.digest + ".curves.json"), files.curves);
  test::write_bytes(results / record.trial / (files.digest + ".json"), files.record);
}

/// protocols/ and results/ in a folder that lives as long as the program.
class MadeFolder {
 public:
  MadeFolder() {
    uint64_t number = 0;
    for (int i = 0; i < kProtocols; ++i) {
      const auto id = "p" + std::to_string(100 + i);
      ids_.push_back(id);
      const auto file = path() / "protocols" / (id + ".json");
      test::write_bytes(file, made_protocol(id, i).dump(1));
      for (const auto& trial : make_plan({read_protocol(file, facts())}, {}, facts()).trials)
        store(path() / "results", test::made_record(trial, test::made_result(made_counts(number++))));
    }
    trials_ = number;
  }
  const std::filesystem::path& path() const { return folder_.path(); }
  const std::vector<std::string>& ids() const { return ids_; }
  uint64_t trials() const { return trials_; }

 private:
  test::TemporaryFolder folder_;
  std::vector<std::string> ids_;
  uint64_t trials_ = 0;
};

struct Outcome {
  double seconds = 0, megabytes = 0;
  bool ended_well = false;
};

Outcome run_report(const MadeFolder& made) {
  std::vector<std::string> words = {NLB_BINARY_DIR "/bin/nlbench",
                                    "report",
                                    "--format",
                                    "html",
                                    "--no-run-views",
                                    "--protocols",
                                    (made.path() / "protocols").string(),
                                    "--results",
                                    (made.path() / "results").string(),
                                    "--templates",
                                    NLB_SOURCE_DIR "/templates",
                                    "--out",
                                    (made.path() / "pages").string()};
  for (const auto& id : made.ids()) words.insert(words.end(), {"--protocol", id});
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::execv(pointers.front(), pointers.data());
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {spent.count(), static_cast<double>(usage.ru_maxrss) / 1024, WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

void report_of_50_protocols(benchmark::State& state) {
  static const MadeFolder made;
  double megabytes = 0;
  for (auto _ : state) {
    const auto outcome = run_report(made);
    if (!outcome.ended_well) return state.SkipWithError("nlbench report failed");
    state.SetIterationTime(outcome.seconds);
    megabytes = std::max(megabytes, outcome.megabytes);
  }
  state.counters["peak_MB"] = megabytes;
  state.counters["trials"] = static_cast<double>(made.trials());
}
BENCHMARK(report_of_50_protocols)->UseManualTime()->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace

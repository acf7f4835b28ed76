// One loop over the registry: what every method promises, whatever it computes.
#include "methods/registry.h"

#include <numeric>
#include <thread>

#include "tests/engine/all_cases.h"
#include "tests/engine/run_support.h"

namespace nlb {
namespace {

using namespace test;

TrialResult train(const TrialSpec& spec, TrainingData data) {
  return run_tiny(tiny_command(spec), std::move(data)).result();
}
TrialResult train(const TrialSpec& spec) { return train(spec, tiny_data_for(spec)); }

/// Epochs of all trainings of the method: its stages change in between.
int64_t epochs_of(const TrialSpec& spec) {
  const TrainingSet set(tiny_data_for(spec), spec.recipe, spec.seeds.train, torch::kCPU);
  return make_method({.spec = spec, .set = set, .device = torch::kCPU})->epochs();
}

/// 1, 2, ..., count.
std::vector<int64_t> counted(int64_t count) {
  std::vector<int64_t> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), int64_t{1});
  return numbers;
}

TEST_CASE("Every method: same seeds, same chains; another seed, other chains", "[engine][registry]") {
  const Case row = GENERATE(from_range(all_cases()));
  CAPTURE(row.method, row.options.dump());
  TrialSpec spec = spec_of(row);
  const TrialResult first = train(spec), second = train(spec);
  CHECK(first.status == TrialResult::Status::ok);
  CHECK(first.state_chain == second.state_chain);
  CHECK(first.count_chain == second.count_chain);
  CHECK(first.curves.epoch == counted(epochs_of(spec)));
  spec.seeds.train += 1;
  CHECK(train(spec).state_chain != first.state_chain);
}

TEST_CASE("Every method: stopped and resumed after every epoch, it ends as if never stopped", "[engine][registry]") {
  const Case row = GENERATE(from_range(all_cases()));
  const int64_t evaluate_every = GENERATE(1, 3);
  CAPTURE(row.method, row.options.dump(), evaluate_every);
  TrialSpec spec = spec_of(row);
  spec.data.evaluate_every = evaluate_every;
  const TrialResult whole = train(spec);

  const ScratchFolder folder;
  RunTrial command = tiny_command(spec);
  command.checkpoint = folder / "trial.ckpt";
  const int64_t epochs = epochs_of(spec);
  for (int64_t done = 1; done < epochs; ++done) {
    const Heard heard = run_tiny(command, tiny_data_for(spec), /*stop_at_once=*/true);
    REQUIRE(heard.all<Stopped>().size() == 1);
    CHECK(heard.all<Stopped>().front().epochs_done == done);
    CHECK(heard.log.empty());
  }
  const TrialResult pieces = run_tiny(command, tiny_data_for(spec), true).result();
  CHECK(pieces.timing.interrupted_at == counted(epochs - 1));
  CHECK(pieces.state_chain == whole.state_chain);
  CHECK(pieces.count_chain == whole.count_chain);
  Json left = to_json(pieces.curves), right = to_json(whole.curves);
  left.erase("seconds");
  right.erase("seconds");
  CHECK(left == right);
  CHECK(to_json(pieces.final_counts) == to_json(whole.final_counts));
}

TEST_CASE("Every method: numbers that overflow fail the trial with its epoch", "[engine][registry]") {
  const Case row = GENERATE(from_range(all_cases()));
  CAPTURE(row.method, row.options.dump());
  TrialSpec spec = spec_of(row);
  spec.recipe.optimiser.learning_rate = 1e38;
  const TrialResult result = train(spec);
  CHECK(result.status == TrialResult::Status::failed);
  CHECK(!result.failure.empty());
  CHECK(result.failure_epoch >= 1);
  CHECK(result.failure_epoch <= epochs_of(spec));
}

TEST_CASE("Every method: clean labels of training samples and test labels cannot reach it", "[engine][registry]") {
  const Case row = GENERATE(from_range(all_cases()));
  CAPTURE(row.method, row.options.dump());
  const TrialSpec spec = spec_of(row);
  TrainingData scrambled = tiny_data_for(spec);
  const Key key = derive(7, "scramble");
  for (size_t i = 0; i < scrambled.clean.size(); ++i) {
    scrambled.clean[i] = below(draw(key, 0, i, 0).word[0], kTinyClasses);
  }
  for (size_t i = 0; i < scrambled.dataset.test.labels.size(); ++i) {
    scrambled.dataset.test.labels[i] = below(draw(key, 1, i, 0).word[0], kTinyClasses);
  }
  const TrialResult honest = train(spec), blind = train(spec, scrambled);
  CHECK(blind.state_chain == honest.state_chain);
  CHECK(blind.count_chain != honest.count_chain);
}

TEST_CASE("Two trials at once in one process have the chains of solo runs", "[engine][registry]") {
  const auto cases = all_cases();
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case& here = cases[i];
    const Case& neighbour = cases[(i + 1) % cases.size()];
    CAPTURE(here.method, neighbour.method);
    TrialSpec specs[2] = {spec_of(here), spec_of(neighbour)};
    for (TrialSpec& spec : specs) spec.recipe.epochs = 12;
    Heard heard[2];
    std::atomic<int> running = 0;
    std::atomic<bool> overlapped = false;
    std::vector<std::thread> threads;
    for (size_t k = 0; k < 2; ++k) {
      threads.emplace_back([&, k] {
        ++running;
        while (running < 2) std::this_thread::yield();
        overlapped = true;
        heard[k] = run_tiny(tiny_command(specs[k]), tiny_data_for(specs[k]));
      });
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(overlapped);
    for (size_t k = 0; k < 2; ++k) CHECK(heard[k].result().state_chain == train(specs[k]).state_chain);
  }
}

}  // namespace
}  // namespace nlb

// Steps captured and replayed on the device that is not there (capture.h), where an operation that a capture does not
// permit is an error as on a GPU.
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "engine/graph.h"
#include "engine/step_graphs.h"
#include "tests/device/device_memory.h"
#include "tests/device/device_runs.h"

namespace nlb {
namespace {

using namespace test;

/// Methods whose steps are all alike: their losses depend on the batch and on what lies on the device.
const std::set<std::string>& captured_methods() {
  static const std::set<std::string> names = {
      "backward_true", "bootstrap_hard",  "bootstrap_soft", "ce",        "clipping",   "elr",    "forward_true",
      "gce",           "label_smoothing", "linear",         "phuber_ce", "phuber_gce", "savage", "sce"};
  return names;
}

TEST_CASE("A capture has no effect before it is replayed, then the same again", "[device][graphs]") {
  const auto x = torch::ones({4}, torch::kCUDA);
  torch::Tensor sum;
  const auto graph = graph_maker()(kThere, [&] {
    x.mul_(2);
    sum = x + 1;
  });
  CHECK(torch::equal(x.cpu(), torch::ones({4})));
  CHECK(sum.isnan().all().cpu().item<bool>());  // nothing was computed yet
  graph->replay();
  CHECK(torch::equal(x.cpu(), torch::full({4}, 2.F)));
  CHECK(torch::equal(sum.cpu(), torch::full({4}, 3.F)));
  x.fill_(5);
  graph->replay();
  CHECK(torch::equal(sum.cpu(), torch::full({4}, 11.F)));
}

TEST_CASE("Memory of a capture serves nobody else while its graph lives", "[device][graphs]") {
  const auto x = torch::ones({1000}, torch::kCUDA);
  auto out = torch::zeros({1000}, torch::kCUDA);
  const auto graph = graph_maker()(kThere, [&] { out.copy_((x + 1) * 2); });
  std::vector<torch::Tensor> others;
  for (int i = 0; i < 8; ++i) others.push_back(torch::full({1000}, 7.F, torch::kCUDA));
  graph->replay();
  for (const torch::Tensor& other : others) CHECK(torch::equal(other.cpu(), torch::full({1000}, 7.F)));
  CHECK(torch::equal(out.cpu(), torch::full({1000}, 4.F)));
}

TEST_CASE("What a capture does not permit is CUDA's error", "[device][graphs]") {
  const auto x = torch::ones({4}, torch::kCUDA);
  const auto capture = [&](const std::function<void()>& work) { graph_maker()(kThere, work); };
  CHECK_THROWS_WITH(capture([&] { x.sum().item<float>(); }), Catch::Contains("not permitted when stream is capturing"));
  CHECK_THROWS_WITH(capture([&] { x.cpu(); }), Catch::Contains("not permitted when stream is capturing"));
  CHECK_THROWS_WITH(capture([&] { torch::ones({4}).to(torch::kCUDA); }),
                    Catch::Contains("not permitted when stream is capturing"));
  CHECK_THROWS_WITH(capture([&] { x.nonzero(); }), Catch::Contains("not permitted when stream is capturing"));
  CHECK(torch::equal((x + 1).cpu(), torch::full({4}, 2.F)));  // and the device goes on
}

TEST_CASE("Every method: with its steps captured it has the chain it has without", "[device][graphs][registry]") {
  const Case row = GENERATE(from_range(all_cases()));
  CAPTURE(row.method, row.options.dump());
  const TrialSpec spec = spec_of(row);
  const TrialResult plain = run_on(kThere, tiny_command(spec), tiny_data_for(spec)).result();
  take_journal();
  const TrialResult replayed = run_on(kThere, tiny_command(spec), tiny_data_for(spec), false, /*graphs=*/true).result();
  const Journal journal = take_journal();
  CHECK(replayed.state_chain == plain.state_chain);
  CHECK(replayed.count_chain == plain.count_chain);
  CHECK(Json(replayed.curves.losses).dump() == Json(plain.curves.losses).dump());  // an epoch without steps has NaN
  const auto captures = journal.operations.find("graph: capture"), replays = journal.operations.find("graph: replay");
  const bool captured = captured_methods().contains(row.method);
  CHECK((captures != journal.operations.end()) == captured);
  if (!captured) return;
  CHECK(captures->second == 1);
  CHECK(replays->second > 1);
}

TEST_CASE("A captured step stopped and resumed ends as if never stopped", "[device][graphs]") {
  const TrialSpec spec = tiny_spec("elr", {{"lambda", 3}, {"beta", .7}});
  const TrialResult whole = run_on(kThere, tiny_command(spec), tiny_data_for(spec)).result();
  const ScratchFolder folder;
  RunTrial command = tiny_command(spec);
  command.checkpoint = folder / "trial.ckpt";
  Heard heard = run_on(kThere, command, tiny_data_for(spec), /*stop_at_once=*/true, /*graphs=*/true);
  REQUIRE(heard.all<Stopped>().size() == 1);
  while (!heard.all<Stopped>().empty()) heard = run_on(kThere, command, tiny_data_for(spec), true, true);
  CHECK(heard.result().state_chain == whole.state_chain);
}

TEST_CASE("Dropout, rates and Adam's factors are counted on in replayed steps", "[device][graphs]") {
  TrialSpec spec = tiny_spec("ce", Json::object());
  spec.net = {.id = "cnn9", .options = {{"dropout", .25}}, .initialisation = "torch_default"};
  spec.recipe.epochs = 3;
  spec.recipe.batch_size = 2;
  spec.recipe.normalisation = {.mean = {0.4}, .std = {0.3}};
  spec.recipe.optimiser = {.id = GENERATE(OptimiserId::adam, OptimiserId::sgd), .learning_rate = 1e-3, .momentum = 0.9};
  spec.recipe.schedule.rate = MultiStepRate{.milestones = {1, 2}, .factor = .1};
  const TrainingData data = data_of_shape({1, 28, 28});
  const TrialResult plain = run_on(kThere, tiny_command(spec), data).result();
  const TrialResult replayed = run_on(kThere, tiny_command(spec), data, false, /*graphs=*/true).result();
  CHECK(replayed.state_chain == plain.state_chain);
  CHECK(replayed.curves.learning_rate == plain.curves.learning_rate);
}

TEST_CASE("A replayed step starts what the method's own step starts", "[device][graphs]") {
  const TrialSpec spec = tiny_spec("ce", Json::object());
  const TrainingSet set(tiny_data_for(spec), spec.recipe, spec.seeds.train, kThere);
  const auto method = make_method({.spec = spec, .set = set, .device = kThere});
  const Pass pass = method->begin_epoch(0).front();
  StepGraphs graphs(*method, kThere, true);
  const auto step = [&](int64_t number) {
    return Step{
        .epoch = 0, .pass = 0, .number = number, .count = 5, .batches = {set.batch(pass.streams.front(), 0, number)}};
  };
  graphs.step(step(0));
  graphs.step(step(1));
  const Step third = step(2), fourth = step(0);
  take_journal();
  graphs.step(third);
  auto replayed = take_journal();
  method->step(fourth);
  const auto own = take_journal();
  // Around it: the batch is copied to where the captured work reads it, and the log from where it leaves it.
  for (const char* name : {"graph: replay", "aten::copy_"}) replayed.operations.erase(name);
  auto expected = own.operations;
  expected.erase("aten::copy_");
  for (auto* operations : {&replayed.operations, &expected}) {
    std::erase_if(*operations, [](const auto& entry) {
      static const std::set<std::string> views = {"aten::view",      "aten::as_strided", "aten::detach",
                                                  "aten::t",         "aten::transpose",  "aten::expand",
                                                  "aten::unsqueeze", "aten::alias",      "aten::_reshape_alias",
                                                  "aten::permute",   "aten::narrow",     "aten::slice"};
      return views.contains(entry.first);
    });
  }
  CHECK(replayed.operations == expected);
  CHECK(replayed.waits == own.waits);
  CHECK(own.waits.empty());
}

}  // namespace
}  // namespace nlb

// CE: the samples it trains on, and whole trainings; its loss is tested in tests/training.
#include <catch2/catch.hpp>
#include <vector>

#include "tests/methods/fifty_steps.h"
#include "tests/methods/trusted_steps.h"
#include "tests/methods/twenty_steps.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("CE trains on the samples that its option names", "[methods][ce]") {
  const auto samples_of = [](const Json& options) {
    const SteppedTrial trial("ce", options);
    const auto passes = trial.method->begin_epoch(0);
    REQUIRE(passes.size() == 1);
    REQUIRE(passes.front().streams.size() == 1);
    return passes.front().streams.front().samples;
  };
  CHECK_FALSE(samples_of(Json::object()));
  CHECK_FALSE(samples_of({{"samples", "all"}}));
  std::vector<int64_t> untrusted;  // script_data: images 0 to 23
  for (int64_t i = 0; i < kFirstTrusted; ++i) untrusted.push_back(i);
  CHECK(samples_of({{"samples", "untrusted"}}) == untrusted);

  SteppedTrial all("ce", Json::object()), part("ce", {{"samples", "untrusted"}});
  const Step step{.epoch = 0, .pass = 0, .number = 0, .count = 3, .batches = {batch_of(all.set, {0, 5, 9, 14})}};
  const double loss = part.method->step(step).losses.front().second.item<double>();
  CHECK(loss == all.method->step(step).losses.front().second.item<double>());
  for (const auto& [name, value] : part.state()) CHECK(torch::equal(value, all.state().at(name)));

  const TrialSpec spec = tiny_spec("ce", {{"samples", "untrusted"}});
  const TrainingSet set(reference_data(8, kClasses), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  CHECK_THROWS_WITH(make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64}),
                    Catch::Contains("data.trusted is 0; allowed where samples is \"untrusted\": at least 1"));
}

TEST_CASE("Twenty steps of CE agree with an independent implementation", "[methods][ce][training]") {
  check_twenty_steps("ce", Json::object());
  check_twenty_steps("ce", {{"least_probability", 0.22}}, "ce_clamped");
}

TEST_CASE("Fifty steps of CE on LeNet-5 agree with an independent implementation, in either arithmetic",
          "[methods][ce][training]") {
  check_fifty_steps("ce", Json::object());
}

}  // namespace
}  // namespace nlb

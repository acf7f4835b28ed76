// Trusted only: what a short batch is divided by.
#include <catch2/catch.hpp>
#include <vector>

#include "tests/methods/trusted_steps.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("A short batch of trusted samples is divided by the recipe's batch size where the option says so",
          "[methods][trusted_only]") {
  const auto loss_of = [](const char* divisor, const std::vector<int64_t>& positions) {
    Json options = {{"minimum_epochs", 1}, {"minimum_updates", 0}};
    if (*divisor != 0) options["divisor"] = divisor;
    SteppedTrial trial("trusted_only", options);
    trial.method->begin_epoch(0);
    const Step step{.epoch = 0, .pass = 0, .number = 0, .count = 1, .batches = {batch_of(trial.set, positions)}};
    return trial.method->step(step).losses.front().second.item<double>();
  };
  const std::vector<int64_t> whole = {24, 25, 26, 27, 28, 29, 30, 31}, rest = {32, 33, 34};
  CHECK(loss_of("", rest) == loss_of("samples", rest));
  CHECK(loss_of("nominal_batch", whole) == loss_of("samples", whole));
  // sum / 8 (train_gold_only.py:388) beside sum / 3
  CHECK(loss_of("nominal_batch", rest) == Approx(loss_of("samples", rest) * 3 / 8).epsilon(1e-12));
}

}  // namespace
}  // namespace nlb

// Samples of small loss: their order and how many are kept.
#include "training/small_loss.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/methods/two_nets.h"
#include "tests/methods/vectors.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Samples of equal loss are kept in the order of the batch", "[training][small_loss]") {
  const auto losses = torch::tensor({1., .5, .5, 2., .5}, kDouble);
  CHECK(first(loss_ranks(losses, everyone(losses)), 5) == std::vector<int64_t>{1, 2, 4, 0, 3});
  const auto some = torch::tensor({true, false, true, true, true});
  CHECK(first(loss_ranks(losses, some), 5) == std::vector<int64_t>{2, 4, 0, 3, 1});
}

TEST_CASE("The kept number follows the ramp of the card", "[training][small_loss]") {
  const ForgetSchedule schedule{.rate = .2, .exponent = 1, .ramp_epochs = 10, .first_epoch = 0};
  const std::vector<int64_t> expected = {128, 125, 122, 119, 116, 113, 110, 108, 105, 102, 102};
  for (size_t epoch = 0; epoch < expected.size(); ++epoch) {
    CAPTURE(epoch);
    const double forgotten = forget_rate(schedule, static_cast<int64_t>(epoch));
    CHECK(kept_count(torch::tensor(128, torch::kInt64), forgotten).item<int64_t>() == expected[epoch]);
  }
  const ForgetSchedule bent{.rate = .2, .exponent = 2, .ramp_epochs = 5, .first_epoch = 1};
  CHECK(forget_rate(bent, 0) == near(.01));
  CHECK(forget_rate(bent, 3) == near(.04));
  CHECK(forget_rate(bent, 4) == .2);  // the rate itself once the ramp is over, as released
  CHECK(kept_count(torch::tensor(1, torch::kInt64), .9).item<int64_t>() == 1);
  CHECK(kept_count(torch::tensor(0, torch::kInt64), .9).item<int64_t>() == 0);
}

}  // namespace
}  // namespace nlb

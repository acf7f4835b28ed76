// What methods ask of held-out samples.
#include "training/held_out.h"

#include <catch2/catch.hpp>

#include "tests/methods/trusted_steps.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("A method that asks for held-out samples is refused where there are none with noisy labels",
          "[training][held_out]") {
  SteppedTrial forward("forward", joined(kAnchor, {{"selected_epoch", "lowest_held_out_loss"}}));
  CHECK_THROWS_WITH(
      show_held_out(*forward.method, nullptr),
      Catch::Contains("selected_epoch: \"lowest_held_out_loss\" needs a held-out part with noisy labels"));
  SteppedTrial last("forward", joined(kAnchor, {{"selected_epoch", "last"}}));
  CHECK_NOTHROW(show_held_out(*last.method, nullptr));
}

}  // namespace
}  // namespace nlb

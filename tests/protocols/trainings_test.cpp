#include "protocols/trainings.h"

#include <catch2/catch.hpp>

namespace nlb {
namespace {

int64_t begin_of(const std::string& method, const Json& options, int64_t recipe_epochs, int64_t epochs) {
  TrialSpec spec;
  spec.method = {.id = method, .options = options};
  spec.recipe.epochs = recipe_epochs;
  return last_training_begin(spec, facts().methods.at(method), epochs);
}

TEST_CASE("The last training begins where the source's reported network does", "[protocols][trainings]") {
  CHECK(begin_of("ce", {}, 120, 120) == 0);
  CHECK(begin_of("forward", {}, 120, 240) == 120);
  CHECK(begin_of("label_refinery", {{"generations", 4}}, 90, 360) == 270);
  CHECK(begin_of("distillation_correction", {}, 10, 10 + 133 + 10) == 143);  // noisy, teacher, student
  CHECK(begin_of("joint_optim", {{"second_training_start_epoch", 200}}, 320, 320) == 200);
}

TEST_CASE("A training that begins with the recipe's end is left out", "[protocols][trainings]") {
  const auto nlnl = [](int64_t pseudo1, int64_t pseudo2) {
    return begin_of("nlnl", {{"pseudo1_start_epoch", pseudo1}, {"pseudo2_start_epoch", pseudo2}}, 1200, 1200);
  };
  CHECK(nlnl(720, 960) == 960);
  CHECK(nlnl(720, 1200) == 720);
  CHECK(nlnl(1200, 1200) == 0);
}

}  // namespace
}  // namespace nlb

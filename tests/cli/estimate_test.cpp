#include "supervise/estimate.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "protocols/plan.h"

using namespace nlb;

namespace {

const Plan& glc_plan() {
  static const Plan plan = make_plan(
      {read_protocol(std::filesystem::path(NLB_SOURCE_DIR) / "protocols/mnist_glc.json", facts())}, {}, facts());
  return plan;
}

/// The nth trial of a row.
const TrialSpec& spec_of(const std::string& row, size_t number = 0) {
  for (const auto& trial : glc_plan().trials) {
    if (trial.uses.front().row == row && number-- == 0) return trial.spec;
  }
  throw std::logic_error("no such trial: " + row);
}

Record record_of(const TrialSpec& spec, double wall_seconds, double images_per_second, int threads = 1) {
  Record record;
  record.spec = spec;
  record.result.determinism_class = {{"threads", std::to_string(threads)}};
  record.result.timing.wall_seconds = wall_seconds;
  record.result.timing.images_per_second = images_per_second;
  return record;
}

}  // namespace

TEST_CASE("a trial takes as long as stored trials that differ in labels and seeds only", "[cli][estimate]") {
  const std::vector<Record> stored = {record_of(spec_of("glc", 0), 20, 1e4), record_of(spec_of("glc", 1), 30, 1e4)};
  REQUIRE(stored[0].spec.noise->rate != stored[1].spec.noise->rate);
  const CostModel model({&stored[0], &stored[1]}, facts(), false);
  CHECK(model.seconds(spec_of("glc", 2), 1) == Approx(25));
  CHECK(model.origin() == "from the speed of stored records of the same net and batch size");
  CHECK(model.seconds(spec_of("glc", 2), 2) != Approx(25));  // other threads
  CHECK(model.seconds(spec_of("forward_gold"), 1) != Approx(25));

  const Record stopped = record_of(spec_of("glc", 3), 7000, 30);  // its machine slept
  const CostModel after({&stored[0], &stopped, &stored[1]}, facts(), false);
  CHECK(after.seconds(spec_of("glc", 2), 1) == Approx(30));
  CHECK(after.seconds(spec_of("forward_gold"), 1) == model.seconds(spec_of("forward_gold"), 1));
}

TEST_CASE("trainings, epochs and images multiply what one image takes", "[cli][estimate]") {
  auto ten_thousand = record_of(spec_of("glc"), 1, 1e4);
  ten_thousand.spec.recipe.epochs += 1;  // not the same work: the rate counts, not the wall time
  const CostModel model({&ten_thousand}, facts(), false);
  const auto seconds = [](const TrialSpec& spec, double images) {
    const auto epochs = static_cast<double>(spec.recipe.epochs);
    const double tested = epochs / static_cast<double>(spec.data.evaluate_every) * 10'000 / 3;
    return Approx((epochs * images + tested) / 1e4);
  };
  CHECK(model.seconds(spec_of("glc"), 1) == seconds(spec_of("glc"), 2 * 60'000));
  const auto& trusted = spec_of("trusted_only");
  REQUIRE(trusted.trusted->fraction);
  CHECK(model.seconds(trusted, 1) == seconds(trusted, *trusted.trusted->fraction * 60'000));
}

TEST_CASE("two networks cost twice where only another method was measured", "[cli][estimate]") {
  const auto stored = record_of(spec_of("glc"), 1, 1e4);
  const CostModel model({&stored}, facts(), false);
  auto one = spec_of("glc"), two = one;
  one.method = {.id = "ce"};
  two.method = {.id = "co_teaching"};
  CHECK(model.seconds(two, 1) == Approx(2 * model.seconds(one, 1)));
}

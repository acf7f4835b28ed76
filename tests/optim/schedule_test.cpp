#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

#include "core/error.h"
#include "optim/optimiser.h"

using namespace nlb;

namespace {

std::vector<double> torch_rates(const std::string& name) {
  const Json vectors = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/optim/torch_vectors.json"));
  return vectors.at("schedules").at(name);
}

Approx near(double value) { return Approx(value).epsilon(1e-12).margin(1e-15); }

}  // namespace

TEST_CASE("Schedules by epoch equal torch.optim.lr_scheduler", "[optim][schedule]") {
  struct Row {
    const char* vector;
    ScheduleSpec spec;
    double rate;
    int64_t epochs;
  };
  const auto row = GENERATE(values<Row>(
      {{"multi_step 3 7, .1, from .02", {.rate = MultiStepRate{.milestones = {3, 7}, .factor = 0.1}}, 0.02, 10},
       {"cosine 12 epochs to .001 from .1", {.rate = CosineRate{.minimum = 0.001}}, 0.1, 12},
       {"cosine_restarts 10 to .001 from .02", {.rate = CosineRestartsRate{.minimum = 0.001, .period = 10}}, 0.02, 25},
       {"linear to 0 over 12 epochs from .001", {.rate = LinearRate{}}, 0.001, 12}}));
  CAPTURE(row.vector);
  const Schedule schedule(row.spec, row.rate, row.epochs);
  const auto expected = torch_rates(row.vector);
  for (size_t epoch = 0; epoch < expected.size(); ++epoch) {
    CAPTURE(epoch);
    CHECK(schedule.rate(static_cast<int64_t>(epoch), 0, 5) == near(expected[epoch]));
    CHECK(schedule.rate(static_cast<int64_t>(epoch), 4, 5) == near(expected[epoch]));
  }
}

TEST_CASE("An exponential schedule falls at every step, across epochs", "[optim][schedule]") {
  const Schedule schedule({.rate = ExponentialRate{.factor = 0.1, .period = 50}}, 0.001, 10);
  const auto expected = torch_rates("exponential .1 per 50 steps from .001");
  for (int64_t step = 0; step < 60; ++step) {
    CHECK(schedule.rate(step / 7, step % 7, 7) == near(expected[static_cast<size_t>(step)]));
  }
  // dmizr/phuber on MNIST: 1e-3 * .1^(step / 10000); 1875 steps an epoch.
  const Schedule phuber({.rate = ExponentialRate{.factor = 0.1, .period = 10000}}, 1e-3, 20);
  CHECK(phuber.rate(5, 625, 1875) == near(1e-4));
}

TEST_CASE("Co-teaching's rate is constant to epoch 80 and would reach 0 at epoch 200", "[optim][schedule]") {
  const Schedule schedule({.rate = LinearRate{.start = 80}}, 1e-3, 200);
  CHECK(schedule.rate(79, 390, 391) == near(1e-3));
  CHECK(schedule.rate(80, 0, 391) == near(1e-3));
  CHECK(schedule.rate(100, 0, 391) == Approx(8.333333e-4).epsilon(1e-7));
  CHECK(schedule.rate(199, 0, 391) == Approx(8.333333e-6).epsilon(1e-7));
}

TEST_CASE("A cosine by step passes half the rate in mid-training, as GLC's", "[optim][schedule]") {
  const Schedule schedule({.rate = CosineRate{.unit = CosineUnit::step}}, 0.1, 75);
  CHECK(schedule.rate(37, 50, 100) == near(0.05));
  CHECK(schedule.rate(0, 0, 100) == near(0.1));
  CHECK(schedule.rate(0, 1, 100) == near(0.05 * (1 + std::cos(M_PI / 7500))));
}

TEST_CASE("A cosine with a period of its own ends its fall there", "[optim][schedule]") {
  const Schedule schedule({.rate = CosineRate{.minimum = 0.01, .period = 4}}, 0.1, 100);
  CHECK(schedule.rate(2, 0, 1) == near(0.055));
  CHECK(schedule.rate(4, 0, 1) == near(0.01));
}

TEST_CASE("Warm-up rises by step and then leaves the schedule alone", "[optim][schedule]") {
  const Schedule schedule(
      {.rate = MultiStepRate{.milestones = {3}, .factor = 0.1}, .warm_up = WarmUp{.epochs = 2, .start = 0.02}}, 0.1, 5);
  CHECK(schedule.rate(0, 0, 4) == near(0.02));
  CHECK(schedule.rate(1, 2, 4) == near(0.08));
  CHECK(schedule.rate(2, 0, 4) == near(0.1));
  CHECK(schedule.rate(3, 0, 4) == near(0.01));
}

TEST_CASE("Schedules without their period are refused", "[optim][errors]") {
  CHECK_THROWS_AS(Schedule({.rate = ExponentialRate{.factor = 0.1}}, 0.1, 10), InputError);
  CHECK_THROWS_AS(Schedule({.rate = CosineRestartsRate{}}, 0.1, 10), InputError);
}

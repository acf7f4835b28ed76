// Trusted samples of a batch that go through the network apart, and what their losses are divided by.
#include <catch2/catch.hpp>

#include "tests/methods/trusted_steps.h"
#include "training/learner.h"

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

/// The student's first step on batch norm's network, and the same written out on networks of its own.
struct StudentStep {
  explicit StudentStep(const char* pass)
      : trial("distillation_correction", options(pass), "resnet32"),
        context{.spec = trial.spec, .set = trial.set, .device = torch::kCPU, .type = torch::kFloat64},
        batch(batch_of(trial.set, {3, 30, 7, 25, 11, 15, 38, 2})) {
    for (int64_t epoch = 0; epoch < 3; ++epoch) trial.method->begin_epoch(epoch);
    StateReader reader;
    trial.method->visit_state(reader);
    weight = reader.numbers.at("label_weight");
    const Step step{.epoch = 2, .pass = 0, .number = 0, .count = 1, .batches = {batch}};
    loss = trial.method->step(step).losses.front().second.item<double>();
  }
  static Json options(const char* pass) {
    return {{"teacher_share", 0.5},        {"teacher_minimum_updates", 0},        {"reshuffles", 100},
            {"label_weight", "precision"}, {"precision_epsilon", 1e-8},           {"base_rate_epsilon", 1e-12},
            {"trusted_pass", pass},        {"silver_term", "lost_beside_trusted"}};
  }
  SteppedTrial trial;
  MethodContext context;
  Batch batch;
  double weight = 0, loss = 0;
};

TEST_CASE("The student's trusted samples go through batch norm alone, after the others",
          "[methods][distillation_correction]") {
  StudentStep apart("separate");
  Learner teacher(apart.context, "teacher", 1), student(apart.context, "net", 1);
  const auto silver = torch::tensor({0, 2, 4, 5, 7}, torch::kInt64), gold = torch::tensor({1, 3, 6}, torch::kInt64);
  const auto images = apart.batch.images();
  const auto golden = images.index_select(0, gold);
  torch::Tensor taught;
  {
    const torch::NoGradGuard no_gradient;
    taught = torch::softmax(teacher.evaluate(golden), 1);
  }
  const auto given = torch::one_hot(apart.batch.labels.index_select(0, gold), kClasses).to(torch::kFloat64);
  const auto targets = apart.weight * given + (1 - apart.weight) * taught;
  student.forward(images.index_select(0, silver));
  const auto loss = -(targets * torch::log_softmax(student.forward(golden), 1)).sum() / 8;
  CHECK(apart.loss == Approx(loss.item<double>()).margin(1e-10).epsilon(0));
  CHECK(StudentStep("joint").loss != Approx(apart.loss).margin(1e-3).epsilon(0));

  // One step of plain gradient descent, and running averages of two passes.
  auto& store = student.net().parameters();
  const auto gradients = torch::autograd::grad({loss}, store.parameters());
  const auto state = apart.trial.state();
  size_t number = 0, differ = 0;
  store.visit([&](const std::string& name, torch::Tensor& value) {
    CAPTURE(name);
    const bool is_parameter = number < gradients.size();
    const auto expected = is_parameter ? value - 0.1 * gradients[number] : value;
    const auto& found = state.at("net/" + name);
    CHECK((found - expected).abs().max().item<double>() < 1e-9);
    differ += torch::equal(found, value) ? 0 : 1;
    ++number;
  });
  CHECK(number > gradients.size());  // there are averages
  CHECK(differ > 0);
}

}  // namespace
}  // namespace nlb

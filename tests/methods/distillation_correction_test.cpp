// Distillation correction: precisions, the samples that measure a teacher, the student's step and whole trainings.
#include "methods/distillation_correction.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "tests/methods/stages.h"
#include "tests/methods/trusted_steps.h"
#include "tests/methods/vectors.h"
#include "tests/support/tiny_trial.h"
#include "training/learner.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Precisions of a teacher and of noisy labels, by hand", "[methods][distillation_correction]") {
  // Predicted 0 twice, right once; 1 once, right; 2 never.
  const auto predicted = torch::tensor({0, 0, 1}, torch::kInt64), labels = torch::tensor({0, 1, 1}, torch::kInt64);
  CHECK(mean_precision(predicted, labels, 3, 0) != mean_precision(predicted, labels, 3, 1));
  CHECK(mean_precision(predicted, labels, 3, 1e-8) == Approx(0.5).margin(1e-7).epsilon(0));
  // P(clean 0) = 1/4; T turns a fifth of class 0 and two fifths of class 1: of noisy 0, .2 of .2 + .3 are right.
  const auto matrix = torch::tensor({{.8, .2}, {.4, .6}}, kDouble);
  const auto clean = torch::tensor({0, 1, 1, 1}, torch::kInt64), noisy = torch::tensor({0, 1, 1, 0}, torch::kInt64);
  CHECK(noisy_label_precision(matrix, clean, noisy, {.epsilon = 1e-12}) ==
        Approx((.2 / .5 + .45 / .5) / 2).margin(1e-9).epsilon(0));
}

TEST_CASE("Classes that no noisy label names are left out of the precision where the script does so, by hand",
          "[methods][distillation_correction]") {
  const auto matrix = torch::tensor({{.8, .2, 0.}, {.4, .6, 0.}, {.1, .9, 0.}}, kDouble);
  const auto clean = torch::tensor({0, 1, 1, 2}, torch::kInt64), noisy = torch::tensor({0, 1, 1, 0}, torch::kInt64);
  // P(clean) = .25, .5, .25; P(noisy) = .5, .5, 0. Row j of P(clean | noisy): .4 .4 .05; .1 .6 .45; 0 / 0.
  const auto precision = [&](const PrecisionRules& rules) {
    return noisy_label_precision(matrix, clean, noisy, rules);
  };
  const auto is = [](double value) { return Approx(value).margin(1e-9).epsilon(0); };
  CHECK(precision({.epsilon = 0, .normalises = false, .leaves_out = true}) == is((.4 + .6) / 2));
  CHECK(precision({.epsilon = 0, .normalises = true, .leaves_out = true}) == is((.4 / .85 + .6 / 1.15) / 2));
  CHECK(precision({.epsilon = 1e-12, .normalises = true, .leaves_out = false}) ==
        is((.4 / .85 + .6 / 1.15 + 1. / 3) / 3));
  CHECK(std::isnan(precision({.epsilon = 0, .normalises = false, .leaves_out = false})));
}

TEST_CASE("The samples that measure a teacher are drawn until they hold every class, or named",
          "[methods][distillation_correction]") {
  const TrialSpec spec = tiny_spec("distillation_correction", Json::object());
  const TrainingData data = tiny_data_for(spec);
  const TrainingSet set(data, spec.recipe, 1, torch::kCPU, torch::kFloat32);
  const auto drawn = split_trusted(set, 0.75, 100, derive(1, "split"));
  std::set<int64_t> classes;
  for (const int64_t sample : drawn.measuring) classes.insert(data.clean[static_cast<size_t>(sample)]);
  CHECK(std::ssize(drawn.measuring) == std::ssize(data.trusted) / 4);
  CHECK(std::ssize(classes) == kTinyClasses);
  CHECK(split_trusted(set, drawn.measuring).teaching == drawn.teaching);

  const auto named = split_trusted(set, {9, 0, 3});
  CHECK(named.measuring == std::vector<int64_t>{0, 3, 9});
  CHECK(named.teaching.size() == data.trusted.size() - 3);
  CHECK_THROWS_WITH(split_trusted(set, {0, 4}), Catch::Contains("sample 4 is not trusted"));
  CHECK_THROWS_WITH(split_trusted(set, {0, 0}), Catch::Contains("sample 0 is not trusted, or named twice"));
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

TEST_CASE("The trainings of distillation correction agree with an independent implementation",
          "[methods][distillation_correction][training]") {
  const Json shared = {{"teacher_share", 0.5},
                       {"teacher_minimum_updates", 0},
                       {"reshuffles", 100},
                       {"label_weight", "precision"},
                       {"precision_epsilon", 1e-8}};
  const auto row =
      GENERATE_COPY(values<StagedTraining>({{"distillation_correction",
                                             joined(shared, {{"base_rate_epsilon", 1e-12}, {"silver_term", "kept"}}),
                                             {"noisy", "teacher", "net"}},
                                            {"distillation_correction",
                                             joined(shared, {{"base_rate_epsilon", 0},
                                                             {"silver_term", "lost_beside_trusted"},
                                                             {"trusted_pass", "separate"},
                                                             {"divisor", "nominal_batch"},
                                                             {"precision_rows", "as_they_are"},
                                                             {"unlabelled_classes", "left_out"}}),
                                             {"noisy", "teacher", "net"},
                                             "distillation_correction as released for CIFAR"}}));
  check_stages(row);
}

}  // namespace
}  // namespace nlb

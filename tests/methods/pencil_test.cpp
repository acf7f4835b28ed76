// PENCIL: terms and steps of the card and of the authors' code, what each stage does to the state, and whole trainings.
#include "methods/pencil.h"

#include <cmath>

#include "tests/methods/authors_vectors.h"
#include "tests/methods/relabelling_trial.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

using namespace test;

Json pencil_json() {
  return {{"alpha", 0.4},
          {"beta", 0.1},
          {"lambda", 600},
          {"initial_logit", 10},
          {"correction_start_epoch", 1},
          {"fine_tuning_start_epoch", 2},
          {"compatibility", "probability"},
          {"fine_tuning_learning_rate", 0.2},
          {"fine_tuning_milestones", {3}},
          {"fine_tuning_factor", 0.1}};
}

struct PencilVectors {
  torch::Tensor z = torch::tensor({{1.0, 0.0, -1.0}, {0.2, 0.5, -0.3}}, kDouble);
  torch::Tensor labels = torch::tensor({0, 2}, torch::kInt64);
  torch::Tensor y = torch::tensor({{10.0, 0.0, 0.0}, {2.0, 1.0, 6.0}}, kDouble);
};

TEST_CASE("PENCIL has the card's terms, as the paper and as the released code writes them", "[methods][pencil]") {
  const PencilVectors v;
  struct Row {
    const char* compatibility;
    double term, loss;
    std::vector<double> slope;
  };
  const auto row = GENERATE(
      values<Row>({{"probability",
                    0.0124178429,
                    0.8907353456,
                    {0.0557598838, -0.0407714334, -0.0149884504, -0.0498234778, -0.0736881899, 0.1235116677}},
                   {"softmax_again",
                    0.5593294107,
                    1.1094999728,
                    {0.0557664967, -0.0407747399, -0.0149917569, -0.0511291447, -0.0741717316, 0.1253008763}}}));
  CAPTURE(row.compatibility);
  Json json = pencil_json();
  json["compatibility"] = row.compatibility;
  const PencilOptions options = options_of<PencilOptions>({"pencil", json});
  CHECK(pencil_divergence(v.z, v.y).mean().item<double>() == near(0.8544020941, 1e-10));
  CHECK(prediction_entropy(v.z).mean().item<double>() / 3 == near(0.3136611438, 1e-10));
  CHECK(pencil_compatibility(v.y, v.labels, options.compatibility).item<double>() == near(row.term, 1e-10));
  CHECK(pencil_loss(v.z, v.y, v.labels, options).item<double>() == near(row.loss, 1e-10));
  const auto of_labels = [&](const auto& y) { return pencil_loss(v.z, y, v.labels, options); };
  const auto slope = gradient(of_labels, v.y);
  check_close(slope, row.slope, 1e-10);
  check_gradient(of_labels, v.y);
  check_gradient([&](const auto& z) { return pencil_loss(z, v.y, v.labels, options); }, v.z);
  if (options.compatibility == Compatibility::softmax_again) return;
  check_close(v.y - options.lambda * slope,
              {-23.4559302671, 24.4628600278, 8.9930702393, 31.8940866991, 45.2129139187, -68.1070006177}, 1e-7);
}

TEST_CASE("PENCIL's divergence is finite where a label's probability underflows", "[methods][pencil]") {
  const auto z = torch::tensor({{0.0F, 0.0F}}), y = torch::tensor({{300.0F, 0.0F}});
  CHECK(pencil_divergence(z, y).item<double>() == near((150 - std::log(2.0)) / 2, 1e-4));
  CHECK(gradient([&](const auto& x) { return pencil_divergence(z, x).sum(); }, y).isfinite().all().item<bool>());
}

TEST_CASE("PENCIL learns label distributions in its second stage alone, and its third has rates of its own",
          "[methods][pencil]") {
  RelabellingTrial trained("pencil", pencil_json());
  const auto labels = trained.set->labels();
  const auto initial = 10 * one_hot(labels, 4, torch::kFloat64);
  for (const StepLog& log : trained.epoch(0, kReferenceSamples - kReferenceBatch)) {
    CHECK_FALSE(log.corrected);
    CHECK(log.learning_rate == 0.1);
  }
  CHECK(torch::equal(trained.state("label_logits"), initial));

  const auto first = trained.predictions(0, kReferenceBatch);
  const auto logs = trained.epoch(1, kReferenceSamples - kReferenceBatch);
  CHECK(torch::equal(*logs.front().corrected, labels.narrow(0, 0, kReferenceBatch)));
  CHECK(logs.front().learning_rate == 0.1);
  const auto learned = trained.state("label_logits");
  const auto given = initial.narrow(0, 0, kReferenceBatch), d = torch::softmax(given, 1);
  const auto target = one_hot(labels.narrow(0, 0, kReferenceBatch), 4, torch::kFloat64);
  const auto slope = ((d - first) / 4 + 0.4 * (d - target)) / kReferenceBatch;  // by hand, of the batch's mean
  check_close(learned.narrow(0, 0, kReferenceBatch) - (given - 600 * slope), std::vector<double>(32, 0), 1e-9);
  CHECK(torch::equal(learned.narrow(0, 32, 8), initial.narrow(0, 32, 8)));  // a dropped batch keeps its given labels

  for (int64_t epoch = 2; epoch < 4; ++epoch) {
    const auto fixed = trained.epoch(epoch);
    CHECK(torch::equal(*fixed[1].corrected, learned.narrow(0, 8, 8).argmax(1)));
    const auto of_given = torch::softmax(learned, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
    CHECK(torch::equal(*fixed[1].score, of_given.narrow(0, 8, 8)));
    CHECK(fixed[1].learning_rate == near(epoch == 2 ? 0.2 : 0.02, 1e-15));
  }
  CHECK(torch::equal(trained.state("label_logits"), learned));
}

TEST_CASE("PENCIL's step falls by equal parts over the epochs of correction", "[methods][pencil]") {
  Json json = pencil_json();
  json["correction_start_epoch"] = 70;
  json["fine_tuning_start_epoch"] = 200;
  CHECK(pencil_lambda(options_of<PencilOptions>({"pencil", json}), 70) == 600);
  CHECK(pencil_lambda(options_of<PencilOptions>({"pencil", json}), 199) == 600);
  json["lambda"] = 4000;
  json["last_lambda"] = 0;
  const PencilOptions falls = options_of<PencilOptions>({"pencil", json});
  // AlexandrosPetropoulos/PENCIL:PENCIL.py:404 takes 30.76 away after each epoch, 4000 / 130 to two digits.
  for (const int64_t epoch : {70, 71, 135, 199}) {
    CHECK(pencil_lambda(falls, epoch) == near(4000 - 30.76 * static_cast<double>(epoch - 70), 0.01 * 129));
  }
  CHECK(pencil_lambda(falls, 199) == near(4000. / 130, 1e-9));
}

TEST_CASE("PENCIL's step of an epoch is that epoch's", "[methods][pencil]") {
  Json json = pencil_json();
  json["fine_tuning_start_epoch"] = 3;
  json["last_lambda"] = 0;
  RelabellingTrial trained("pencil", json);
  trained.epoch(0);
  const auto given = 10 * one_hot(trained.set->labels(), 4, torch::kFloat64);
  trained.epoch(1, 0);
  const auto second = trained.predictions(0, kReferenceBatch);
  trained.epoch(2, kReferenceBatch);
  const auto d = torch::softmax(given.narrow(0, 0, 8), 1);
  const auto target = one_hot(trained.set->labels().narrow(0, 0, 8), 4, torch::kFloat64);
  const auto slope = ((d - second) / 4 + 0.4 * (d - target)) / kReferenceBatch;  // by hand, of the batch's mean
  const auto moved = trained.state("label_logits").narrow(0, 0, 8) - given.narrow(0, 0, 8);
  check_close(moved + 300 * slope, std::vector<double>(32, 0), 1e-9);  // 600, halfway to 0
}

TEST_CASE("PENCIL: the losses of three stages and the labels' step are those of the authors' code",
          "[methods][pencil][authors]") {
  const auto* id = GENERATE("pencil/0", "pencil/1", "pencil/2", "pencil/3");
  const Vector vector(id);
  CAPTURE(id);
  const auto logits = vector.in("logits"), given = vector.in("label_logits");
  const auto labels = vector.classes("labels");
  const int64_t epoch = vector.integer("epoch");
  check_near(prediction_entropy(logits).mean() / logits.size(1), vector.out("entropy"));
  if (epoch < vector.integer("stage1")) {
    check_near(cross_entropy(logits, labels).mean(), vector.out("loss"));
    check_near(10 * one_hot(labels, logits.size(1), torch::kFloat64), vector.out("label_logits"));
    return;
  }
  check_near(pencil_divergence(logits, given).mean(), vector.out("divergence"));
  check_near(pencil_compatibility(given, labels, Compatibility::softmax_again), vector.out("compatibility"));
  if (epoch >= vector.integer("stage2")) return check_near(vector.out("divergence"), vector.out("loss"));
  PencilOptions options{};
  options.alpha = vector.number("alpha");
  options.beta = vector.number("beta");
  options.compatibility = Compatibility::softmax_again;
  const auto loss = [&](const torch::Tensor& label_logits) {
    return pencil_loss(logits, label_logits, labels, options);
  };
  check_near(loss(given), vector.out("loss"));
  check_near(given - vector.number("lambda") * gradient(loss, given), vector.out("label_logits"));
}

/// Labels are learned in epochs 1 and 2; the script's fourth and last epoch has a rate of its own.
Json twenty_steps_json(const char* compatibility) {
  return {{"alpha", 0.4},
          {"beta", 0.1},
          {"lambda", 60},
          {"initial_logit", 10},
          {"correction_start_epoch", 1},
          {"fine_tuning_start_epoch", 3},
          {"compatibility", compatibility},
          {"fine_tuning_learning_rate", 0.2},
          {"fine_tuning_milestones", {2}},
          {"fine_tuning_factor", 0.1}};
}

TEST_CASE("Twenty steps of PENCIL agree with an independent implementation", "[methods][pencil][training]") {
  const auto [compatibility, row] =
      GENERATE(table<const char*, const char*>({{"probability", "pencil"}, {"softmax_again", "pencil_released"}}));
  check_twenty_steps("pencil", twenty_steps_json(compatibility), row);
}

}  // namespace
}  // namespace nlb

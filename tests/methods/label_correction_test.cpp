// Methods that find labels while they train: values of the cards, and what each stage does to the state.
#include <map>

#include "methods/joint_optim.h"
#include "methods/pencil.h"
#include "methods/registry.h"
#include "tests/methods/reference_steps.h"
#include "tests/methods/vectors.h"
#include "tests/support/state_copy.h"
#include "tests/support/tiny_trial.h"
#include "training/losses.h"
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

Json joint_optim_json() {
  return {{"alpha", 1.2},
          {"beta", 0.8},
          {"averaged_epochs", 2},
          {"relabelling_start_epoch", 1},
          {"second_training_start_epoch", 3},
          {"second_training_learning_rate", 0.2},
          {"second_training_milestones", {1}},
          {"second_training_factor", 0.1}};
}

/// A method over the forty reference images with a batch of eight.
struct Trained {
  explicit Trained(const std::string& id, const Json& options) : spec(tiny_spec(id, options)) {
    spec.recipe.epochs = 5;
    set.emplace(reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
    method = make_method({.spec = spec, .set = *set, .device = torch::kCPU, .type = torch::kFloat64});
  }
  /// Every image but those from `images` on once; the logs of its steps.
  std::vector<StepLog> epoch(int64_t number, int64_t images = kReferenceSamples) {
    method->begin_epoch(number);
    std::vector<StepLog> logs;
    const int64_t steps = images / kReferenceBatch;
    for (int64_t s = 0; s < steps; ++s) {
      const auto index = torch::arange(s * kReferenceBatch, (s + 1) * kReferenceBatch, torch::kInt64);
      Step step{.epoch = number, .pass = 0, .number = s, .count = steps, .batches = {}};
      step.batches.push_back({index, {set->images(index)}, set->labels().index_select(0, index)});
      logs.push_back(method->step(step));
    }
    return logs;
  }
  torch::Tensor state(const std::string& name) { return StateCopy(*method).tensors.at(name); }
  /// softmax of the network's present predictions for the first `images`.
  torch::Tensor predictions(int64_t begin, int64_t end) {
    const torch::NoGradGuard no_gradient;
    return torch::softmax(method->predict(set->images(torch::arange(begin, end, torch::kInt64)))[0].scores, 1);
  }
  TrialSpec spec;
  std::optional<TrainingSet> set;
  std::unique_ptr<Method> method;
};

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
  const PencilOptions options = pencil_options(json);
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
  Trained trained("pencil", pencil_json());
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
  CHECK(pencil_lambda(pencil_options(json), 70) == 600);
  CHECK(pencil_lambda(pencil_options(json), 199) == 600);
  json["lambda"] = 4000;
  json["last_lambda"] = 0;
  const PencilOptions falls = pencil_options(json);
  // AlexandrosPetropoulos/PENCIL:PENCIL.py:404 takes 30.76 away after each epoch, 4000 / 130 to two digits.
  for (const int64_t epoch : {70, 71, 135, 199}) {
    CHECK(pencil_lambda(falls, epoch) == near(4000 - 30.76 * static_cast<double>(epoch - 70), 0.01 * 129));
  }
  CHECK(pencil_lambda(falls, 199) == near(4000. / 130, 1e-9));
  json["last_lambda"] = 4001;
  CHECK_THROWS_WITH(pencil_options(json), Catch::Contains("last_lambda is 4001, above lambda, 4000"));
}

TEST_CASE("PENCIL's step of an epoch is that epoch's", "[methods][pencil]") {
  Json json = pencil_json();
  json["fine_tuning_start_epoch"] = 3;
  json["last_lambda"] = 0;
  Trained trained("pencil", json);
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

TEST_CASE("PENCIL refuses to fine-tune before it corrects", "[methods][pencil]") {
  Json json = pencil_json();
  json["correction_start_epoch"] = 3;
  CHECK_THROWS_WITH(pencil_options(json), Catch::Contains("fine_tuning_start_epoch is 2, before"));
}

TEST_CASE("Joint optimisation has the card's terms and gradient", "[methods][joint_optim]") {
  const auto z = torch::tensor({{1.0, 0.0, -1.0}, {0.2, 0.5, -0.3}, {0.0, 0.0, 2.0}}, kDouble);
  const auto s = torch::tensor({{1.0, 0.0, 0.0}, {0.1, 0.7, 0.2}, {0.0, 0.25, 0.75}}, kDouble);
  CHECK(soft_cross_entropy(z, s).mean().item<double>() == near(0.7070398266, 1e-10));
  CHECK(uniform_prior_loss(z).item<double>() == near(1.1086378316, 1e-10));
  CHECK(prediction_entropy(z).mean().item<double>() == near(0.8491798483, 1e-10));
  const auto loss = [&](const auto& x) { return joint_optim_loss(x, s, 1.2, 0.8); };
  CHECK(loss(z).item<double>() == near(2.7167491032, 1e-10));
  check_close(gradient(loss, z),
              {-0.1644429671, 0.0944039507, 0.0700390164, 0.1039804483, -0.1460526090, 0.0420721607, 0.0825117166,
               -0.0151782659, -0.0673334507},
              1e-10);
  check_gradient(loss, z);
}

TEST_CASE("The prior term is finite where every probability of a class underflows", "[methods][joint_optim]") {
  const auto z = torch::tensor({{300.0F, 0.0F}, {300.0F, 0.0F}});
  CHECK(uniform_prior_loss(z).item<double>() == near(150, 1e-4));
  CHECK(gradient([](const auto& x) { return uniform_prior_loss(x); }, z).isfinite().all().item<bool>());
}

TEST_CASE("Joint optimisation relabels from the newest epochs' predictions, then trains new weights on the labels",
          "[methods][joint_optim]") {
  Trained trained("joint_optim", joint_optim_json());
  const auto given = one_hot(trained.set->labels(), 4, torch::kFloat64);
  std::vector<torch::Tensor> seen;  // per epoch: predictions of the training passes, as far as they can be known here
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    const auto before = trained.predictions(0, kReferenceBatch);
    const auto labels = trained.state("labels");
    const auto logs = trained.epoch(epoch);
    const auto history = trained.state("history");
    REQUIRE(history.sizes().vec() == std::vector<int64_t>{2, kReferenceSamples, 4});
    seen.push_back(history[epoch % 2]);
    CHECK((seen.back().narrow(0, 0, kReferenceBatch) - before).abs().max().item<double>() < 1e-12);
    const auto used = trained.state("labels");
    if (epoch == 0) CHECK(torch::equal(used, given));
    if (epoch == 1) CHECK((used - seen[0]).abs().max().item<double>() < 1e-15);
    if (epoch == 2) CHECK((used - (seen[0] + seen[1]) / 2).abs().max().item<double>() < 1e-15);
    CHECK(torch::equal(*logs[2].corrected, used.narrow(0, 16, 8).argmax(1)));
    CHECK(logs[2].learning_rate == 0.1);
  }
  const auto found = (seen[1] + seen[2]) / 2;
  const auto logs = trained.epoch(3);
  CHECK((trained.state("labels") - found).abs().max().item<double>() < 1e-15);
  const StateCopy state(*trained.method);
  CHECK(state.tensors.count("history") == 0);
  CHECK(state.tensors.count("second/fc1.weight") == 1);
  CHECK(state.tensors.count("net/fc1.weight") == 0);
  Learner fresh({.spec = trained.spec, .set = *trained.set, .device = torch::kCPU, .type = torch::kFloat64}, "second",
                5);
  const auto z = fresh.evaluate(trained.set->images(torch::arange(0, kReferenceBatch, torch::kInt64)));
  const double expected = soft_cross_entropy(z, found.narrow(0, 0, kReferenceBatch)).mean().item<double>();
  CHECK(logs.front().losses.front().second.item<double>() == near(expected, 1e-12));
  CHECK(logs.front().learning_rate == near(0.2, 1e-15));
  CHECK(trained.epoch(4).front().learning_rate == near(0.02, 1e-15));
  CHECK((trained.state("labels") - found).abs().max().item<double>() < 1e-15);
}

TEST_CASE("Joint optimisation refuses a second training outside its epochs", "[methods][joint_optim]") {
  const Json json = joint_optim_json();
  CHECK_NOTHROW(joint_optim_options(json, 4));
  CHECK_THROWS_WITH(joint_optim_options(json, 3), Catch::Contains("second_training_start_epoch is 3"));
}

}  // namespace
}  // namespace nlb

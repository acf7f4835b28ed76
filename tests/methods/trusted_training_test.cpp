// Whole trainings of the methods with several stages or a trusted set against tests/methods/trusted_training.py, an
// independent implementation: both sides in float64.
#include <catch2/catch.hpp>

#include "methods/registry.h"
#include "tests/methods/trusted_steps.h"
#include "training/held_out.h"
#include "training/method.h"
#include "training/transition.h"

namespace nlb {
namespace {

using namespace test;

struct Row {
  std::string method;
  Json options;
  std::vector<std::string> learners;  ///< one a training, in order
  std::string script = {};            ///< its name there; "": the method's
};

std::vector<Row> rows() {
  const std::vector<std::string> two = {"noisy", "net"};
  return {{"forward", joined(kAnchor, {{"selected_epoch", "last"}}), two},
          {"backward", joined(kAnchor, {{"selected_epoch", "last"}, {"least_probability", 0.05}}), two},
          {"glc", joined(kGold, {{"empty_class", "identity"}}), two},
          {"forward_gold", joined(kAnchor, kGold), two},
          {"confusion_matrix", joined(kGold, {{"count_epsilon", 1e-7}, {"smoothing", 0.01}}), two},
          {"distillation_correction",
           {{"teacher_share", 0.5},
            {"teacher_minimum_updates", 0},
            {"reshuffles", 100},
            {"label_weight", "precision"},
            {"precision_epsilon", 1e-8},
            {"base_rate_epsilon", 1e-12},
            {"silver_term", "kept"}},
           {"noisy", "teacher", "net"}},
          {"distillation_correction",
           {{"teacher_share", 0.5},
            {"teacher_minimum_updates", 0},
            {"reshuffles", 100},
            {"label_weight", "precision"},
            {"precision_epsilon", 1e-8},
            {"base_rate_epsilon", 0},
            {"silver_term", "lost_beside_trusted"},
            {"trusted_pass", "separate"},
            {"divisor", "nominal_batch"},
            {"precision_rows", "as_they_are"},
            {"unlabelled_classes", "left_out"}},
           {"noisy", "teacher", "net"},
           "distillation_correction as released for CIFAR"},
          {"forward", joined(kAnchor, {{"selected_epoch", "lowest_held_out_loss"}}), two,
           "forward from the lowest held-out loss"},
          {"forward", joined(kAnchor, {{"selected_epoch", "lowest_held_out_loss"}, {"least_probability", 0.15}}), two,
           "forward of a clamped softmax"},
          {"label_refinery", {{"generations", 2}}, {"net1", "net2"}},
          {"l2r",
           {{"trusted_batch_size", kTrustedBatch}, {"decay_in_meta_gradient", true}, {"augment_trusted", false}},
           {"net"}}};
}

/// Losses of all steps of all trainings, two epochs of five steps each.
std::vector<double> train(Method& method, const TrainingSet& set, const std::vector<std::string>& learners) {
  std::vector<double> losses;
  for (int64_t epoch = 0; epoch < method.epochs(); ++epoch) {
    const std::vector<Pass> passes = method.begin_epoch(epoch);
    if (epoch % 2 == 0) set_weights(method, learners[static_cast<size_t>(epoch / 2)], epoch / 2);
    for (int64_t number = 0; number < kStepsPerEpoch; ++number) {
      Step step{.epoch = epoch, .pass = 0, .number = number, .count = kStepsPerEpoch, .batches = {}};
      step.batches = batches_at(set, passes.front(), epoch % 2 * kStepsPerEpoch + number);
      losses.push_back(method.step(step).losses.front().second.item<double>());
    }
    method.end_epoch(epoch);
  }
  return losses;
}

void check_weights(const StateReader& state, const std::string& learner, const Json& expected) {
  for (size_t j = 0; j < kNames.size(); ++j) {
    CAPTURE(kNames[j]);
    const auto wanted = torch::tensor(expected[j].get<std::vector<double>>(), torch::kFloat64);
    const auto found = state.tensors.at(learner + "/" + kNames[j]).flatten().narrow(0, 0, wanted.numel());
    CHECK((found - wanted).abs().max().item<double>() < 1e-9);
  }
}

TEST_CASE("Trainings in several stages agree with an independent implementation", "[methods][training]") {
  const Row row = GENERATE(from_range(rows()));
  const auto arithmetic = GENERATE(Arithmetic::library, Arithmetic::fused);
  CAPTURE(row.method, row.script, arithmetic == Arithmetic::fused);
  const Json expected = test::reference_of("trusted_training.json", row.script.empty() ? row.method : row.script);
  TrialSpec spec = test::tiny_spec(row.method, row.options);
  spec.recipe.epochs = 2;
  spec.recipe.batch_size = test::kReferenceBatch;
  spec.recipe.arithmetic = arithmetic;
  spec.recipe.optimiser = {.id = "sgd", .learning_rate = 0.1, .weight_decay = 1e-3, .momentum = 0.9};
  const TrainingSet set(script_data(), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const EvaluationSet held_out = script_held_out(spec.recipe);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  show_held_out(*method, &held_out);
  const auto losses = train(*method, set, row.learners);
  REQUIRE(losses.size() == expected["losses"].size());
  for (size_t s = 0; s < losses.size(); ++s) {
    CAPTURE(s);
    CHECK(losses[s] == Approx(expected["losses"][s].get<double>()).margin(1e-9).epsilon(0));
  }
  StateReader state;
  method->visit_state(state);
  check_weights(state, row.learners.back(), expected["weights"]);
  if (expected.contains("label_weight")) {
    CHECK(state.numbers.at("label_weight") == Approx(expected["label_weight"].get<double>()).margin(1e-9).epsilon(0));
  }
  if (expected.contains("matrix") && row.method != "backward") {  // which keeps the inverse
    const auto wanted = torch::tensor(expected["matrix"].get<std::vector<double>>(), torch::kFloat64);
    CHECK((state.tensors.at("matrix").flatten() - wanted).abs().max().item<double>() < 1e-9);
  }
}

TEST_CASE("Forward's second training begins where its option says", "[methods][training]") {
  const std::string weights = GENERATE(as<std::string>{}, "new", "first_stage_initial", "first_stage_final");
  CAPTURE(weights);
  Json options = joined(kAnchor, {{"selected_epoch", "last"}});
  options["second_stage_weights"] = weights;
  SteppedTrial trial("forward", options);
  const auto initial = trial.state();
  trial.train_epoch(0);
  const auto final = trial.state();
  trial.method->begin_epoch(1);
  const auto second = trial.state();
  const std::string learner = weights == "first_stage_initial" ? "noisy/" : "net/";
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto& begun = second.at(learner + name);
    CHECK(torch::equal(begun, initial.at("noisy/" + name)) == (weights == "first_stage_initial"));
    CHECK(torch::equal(begun, final.at("noisy/" + name)) == (weights == "first_stage_final"));
  }
}

TEST_CASE("Forward gold looks for anchors among the samples its option names", "[methods][training]") {
  Json options = joined(kAnchor, kGold);
  options["anchor"] = "argmax";
  options.erase("anchor_percentile");
  const bool untrusted = GENERATE(false, true);
  if (untrusted) options["anchor_samples"] = "untrusted";
  SteppedTrial trial("forward_gold", options);
  trial.train_epoch(0);
  std::vector<int64_t> samples;
  for (int64_t i = 0; i < (untrusted ? kFirstTrusted : trial.set.size()); ++i) samples.push_back(i);
  const torch::NoGradGuard no_gradient;
  const auto logits = trial.method->predict(batch_of(trial.set, samples).images()).front().scores;
  const auto wanted = anchor_matrix(torch::softmax(logits, 1), anchor_options(options));
  trial.method->begin_epoch(1);
  CHECK(torch::equal(trial.state().at("matrix"), wanted));
}

TEST_CASE("CE trains on the samples that its option names", "[methods][ce]") {
  const auto samples_of = [](const Json& options) {
    const SteppedTrial trial("ce", options);
    const auto passes = trial.method->begin_epoch(0);
    REQUIRE(passes.size() == 1);
    REQUIRE(passes.front().streams.size() == 1);
    return passes.front().streams.front().samples;
  };
  CHECK_FALSE(samples_of(Json::object()));
  CHECK_FALSE(samples_of({{"samples", "all"}}));
  std::vector<int64_t> untrusted;  // script_data: images 0 to 23
  for (int64_t i = 0; i < kFirstTrusted; ++i) untrusted.push_back(i);
  CHECK(samples_of({{"samples", "untrusted"}}) == untrusted);

  SteppedTrial all("ce", Json::object()), part("ce", {{"samples", "untrusted"}});
  const Step step{.epoch = 0, .pass = 0, .number = 0, .count = 3, .batches = {batch_of(all.set, {0, 5, 9, 14})}};
  const double loss = part.method->step(step).losses.front().second.item<double>();
  CHECK(loss == all.method->step(step).losses.front().second.item<double>());
  for (const auto& [name, value] : part.state()) CHECK(torch::equal(value, all.state().at(name)));

  const TrialSpec spec = test::tiny_spec("ce", {{"samples", "untrusted"}});
  const TrainingSet set(test::reference_data(8, kClasses), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  CHECK_THROWS_WITH(make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64}),
                    Catch::Contains("needs a trusted set"));
}

}  // namespace
}  // namespace nlb

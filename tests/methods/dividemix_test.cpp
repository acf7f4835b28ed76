// DivideMix: its parts on the card and in the authors' code, how it divides, and whole trainings.
#include "methods/dividemix.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "methods/registry.h"
#include "tests/methods/authors_vectors.h"
#include "tests/methods/twenty_losses.h"
#include "tests/methods/two_nets_steps.h"
#include "tests/methods/vectors.h"
#include "tests/support/tiny_trial.h"
#include "training/mixing.h"

namespace nlb {
namespace {

using namespace test;

torch::Tensor row(const std::vector<double>& values) { return torch::tensor(values, kDouble).unsqueeze(0); }

TEST_CASE("Co-refinement and co-guessing have the card's values", "[methods][dividemix]") {
  const auto p = [](const std::vector<double>& logits) { return torch::softmax(row(logits), 1); };
  const auto guess = (p({2, .5, -1}) + p({1.5, 1, -.5}) + p({.2, .1, 0}) + p({3, -1, .5})) / 4;
  check_close(guess, {.6589048382, .218091833, .1230033287});
  check_close(sharpen(guess, .5), {.873817177, .0957313074, .0304515157});
  const auto views = (p({.5, 1.5, -.2}) + p({.1, 2, .3})) / 2;
  const auto label = torch::tensor({0}, torch::kInt64);
  check_close(refined_labels(label, torch::tensor({.7}, kDouble), views, .5), {.9259415174, .0716667295, .0023917531});
  check_close(refined_labels(label, torch::tensor({1.}, kDouble), views, .5), {1, 0, 0});
}

TEST_CASE("The weight of the unlabelled loss climbs its ramp", "[methods][dividemix]") {
  DivideMixOptions options{};
  options.warm_up_epochs = 10;
  options.lambda_u = 25;
  options.lambda_u_ramp_epochs = 16;
  CHECK(unlabelled_weight(options, 14.5) == 7.03125);
  CHECK(unlabelled_weight(options, 10) == 0);
  CHECK(unlabelled_weight(options, 26) == 25);
  CHECK(unlabelled_weight(options, 200) == 25);
}

TEST_CASE("Clean probabilities are those of the card's mixture", "[methods][dividemix]") {
  const auto losses = torch::tensor(kLosses, kDouble);
  const auto values = normalised_losses(losses);
  CHECK(values.min().item<double>() == 0);
  CHECK(values.max().item<double>() == 1);
  const auto clean = clean_probabilities(values, {.max_iterations = 10, .tolerance = 1e-2, .added_variance = 5e-4});
  const std::vector<std::pair<int64_t, double>> expected = {
      {0, .9999194329}, {9, .9989115741}, {11, .9804609684}, {12, .0000021585}};
  for (const auto& [item, probability] : expected) CHECK(clean[item].item<double>() == near(probability));
  CHECK((clean > .5).sum().item<int64_t>() == 12);
}

TEST_CASE("The terms of DivideMix's loss have values worked out by hand", "[methods][dividemix]") {
  const auto logits = torch::tensor({{0., 0.}, {std::log(3.), 0.}}, kDouble);
  const auto targets = torch::tensor({{.25, .75}, {.5, .5}}, kDouble);
  const DivideMixLoss loss = dividemix_loss(logits, targets, 1);
  CHECK(loss.labelled.item<double>() == near(std::log(2.), 1e-15));
  CHECK(loss.unlabelled.item<double>() == near(.0625, 1e-15));  // (.75 - .5)^2, mean over classes too
  CHECK(loss.penalty.item<double>() == near(.5 * std::log(.5 / .625) + .5 * std::log(.5 / .375), 1e-15));
  CHECK(negative_entropy(logits.narrow(0, 0, 1)).item<double>() == near(-std::log(2.), 1e-15));
  CHECK(negative_entropy(torch::tensor({{1000., 0.}}, kDouble)).item<double>() == 0);
}

TEST_CASE("DivideMix divides: every sample is labelled or unlabelled, for each network apart", "[methods][dividemix]") {
  const Json options = {{"warm_up_epochs", 1},
                        {"warm_up_batch_size", 32},
                        {"warm_up_penalty", "none"},
                        {"clean_threshold", .5},
                        {"averaged_losses", 1},
                        {"mixture_iterations", 10},
                        {"mixture_tolerance", .01},
                        {"mixture_added_variance", 5e-4},
                        {"temperature", .5},
                        {"mixup_alpha", 4},
                        {"lambda_u", 25},
                        {"lambda_u_ramp_epochs", 16}};
  const TrialSpec spec = tiny_spec("dividemix", options);
  const TrainingSet set(tiny_data(), spec.recipe, 4, torch::kCPU);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU});
  const auto warm = method->begin_epoch(0);
  REQUIRE(warm.size() == 2);
  CHECK(warm[0].streams.front().batch_size == 32);
  CHECK(warm[0].streams.front().name != warm[1].streams.front().name);
  const auto passes = method->begin_epoch(1);
  REQUIRE(passes.size() == 2);
  for (const Pass& pass : passes) {
    REQUIRE(pass.streams.size() == 2);
    const Stream &labelled = pass.streams[0], &rest = pass.streams[1];
    CHECK(labelled.views.size() == 2);
    CHECK(!labelled.cycle);
    CHECK(rest.cycle);
    std::vector<int64_t> all = *labelled.samples;
    all.insert(all.end(), rest.samples->begin(), rest.samples->end());
    std::sort(all.begin(), all.end());
    std::vector<int64_t> whole(static_cast<size_t>(set.size()));
    std::iota(whole.begin(), whole.end(), 0);
    CHECK(all == whole);
    Step step{.epoch = 1, .pass = &pass - passes.data(), .number = 0, .count = 1, .batches = {}};
    for (const Stream& stream : pass.streams) step.batches.push_back(set.batch(stream, 1, 0));
    const StepLog log = method->step(step);
    const int64_t count = step.batches[0].size();
    CHECK(log.selected->sum().item<int64_t>() == count);
    CHECK((log.score->narrow(0, 0, count) > .5).all().item<bool>());
    CHECK((log.score->narrow(0, count, log.score->size(0) - count) <= .5).all().item<bool>());
  }
}

DivideMixOptions dividemix_of(const Vector& vector) {
  DivideMixOptions options{};
  options.warm_up_epochs = vector.integer("warm_up");
  options.lambda_u = vector.number("lambda_u");
  options.lambda_u_ramp_epochs = vector.integer("ramp");
  return options;
}

TEST_CASE("DivideMix: ramp, losses and penalty are those of the authors' code", "[methods][dividemix][authors]") {
  const Vector ramp("dividemix/ramp");
  const auto positions = ramp.in("positions"), weights = ramp.out("weights");
  for (int64_t i = 0; i < positions.size(0); ++i) {
    CHECK(unlabelled_weight(dividemix_of(ramp), positions[i].item<double>()) ==
          near(weights[i].item<double>(), kExact));
  }
  const Vector semi("dividemix/semi_loss");
  const auto targets = torch::cat({semi.in("targets_x"), semi.in("targets_u")});
  const int64_t labelled = semi.in("logits_x").size(0);
  const auto terms = [&](const torch::Tensor& logits) { return dividemix_loss(logits, targets, labelled); };
  const auto logits = torch::cat({semi.in("logits_x"), semi.in("logits_u")});
  check_near(terms(logits).labelled, semi.out("labelled"));
  check_near(terms(logits).unlabelled, semi.out("unlabelled"));
  check_near(gradient([&](const auto& z) { return terms(z).labelled; }, logits).slice(0, 0, labelled),
             semi.out("gradient_x"));
  check_near(gradient([&](const auto& z) { return terms(z).unlabelled; }, logits).slice(0, labelled),
             semi.out("gradient_u"));
  const auto penalty = [](WarmUpPenalty kind) {
    return [kind](const torch::Tensor& z) { return warm_up_penalty(kind, z).value(); };
  };
  check_loss(Vector("dividemix/neg_entropy"), penalty(WarmUpPenalty::negative_entropy));
  check_loss(Vector("dividemix/neg_entropy_raised"), penalty(WarmUpPenalty::negative_entropy_of_raised_logits));
  CHECK_FALSE(warm_up_penalty(WarmUpPenalty::none, logits));
}

TEST_CASE("DivideMix: a step refines, guesses, mixes and sums up as the authors' code",
          "[methods][dividemix][authors]") {
  const Vector step("dividemix/step");
  const auto own_x = torch::softmax(step.in("own_x"), 2), own_u = torch::softmax(step.in("own_u"), 2),
             other_u = torch::softmax(step.in("other_u"), 2);
  const double temperature = step.number("temperature");
  const auto refined = refined_labels(step.classes("labels"), step.in("clean"), own_x.mean(0), temperature);
  const auto guessed = sharpen(torch::cat({own_u, other_u}).mean(0), temperature);
  check_near(refined, step.out("targets_x"));
  check_near(guessed, step.out("targets_u"));
  const auto mixed =
      mix(torch::cat({refined, refined, guessed, guessed}), step.number("mix_weight"), step.classes("mix_order"));
  check_near(mixed, step.out("mixed_targets"));
  const DivideMixLoss terms = dividemix_loss(step.in("logits"), mixed, 2 * refined.size(0));
  const double weight = unlabelled_weight(dividemix_of(step), step.number("epoch"));
  check_near(terms.labelled, step.out("labelled"));
  check_near(terms.unlabelled, step.out("unlabelled"));
  check_near(terms.penalty, step.out("penalty"));
  CHECK(weight == near(step.out("weight").item<double>(), kExact));
  check_near(terms.labelled + weight * terms.unlabelled + terms.penalty, step.out("loss"));
}

TEST_CASE("DivideMix: losses are normalised and divided as the authors' code does with scikit-learn",
          "[methods][dividemix][authors]") {
  const auto* id = GENERATE("dividemix/mixture", "dividemix/mixture_averaged");
  const Vector vector(id);
  CAPTURE(id);
  const auto normalised = normalised_losses(vector.in("losses"));
  check_near(normalised, vector.out("normalised"));
  const auto values = vector.in("earlier").numel() == 0
                          ? normalised
                          : torch::cat({vector.in("earlier"), normalised.unsqueeze(0)}).mean(0);
  const GaussianMixtureOptions options{.max_iterations = static_cast<int>(vector.integer("iterations")),
                                       .tolerance = vector.number("tolerance"),
                                       .added_variance = vector.number("added_variance")};
  check_near(clean_probabilities(values, options), vector.out("clean"), kFitted);
}

Json dividemix_json() {
  return {{"warm_up_epochs", 1},
          {"warm_up_batch_size", kReferenceBatch},
          {"warm_up_penalty", "negative_entropy"},
          {"clean_threshold", 0.5},
          {"averaged_losses", 2},
          {"mixture_iterations", 10},
          {"mixture_tolerance", 0.01},
          {"mixture_added_variance", 5e-4},
          {"temperature", 0.5},
          {"mixup_alpha", 4},
          {"lambda_u", 25},
          {"lambda_u_ramp_epochs", 16}};
}

TEST_CASE("DivideMix agrees with an independent implementation through three fits of its mixtures",
          "[methods][dividemix][training]") {
  const Json expected = reference_of("two_nets_training.json", "dividemix");
  const TrialSpec spec = reference_spec("dividemix", dividemix_json());
  const TrainingSet set(reference_data(8, 4), spec.recipe, 4, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  fill_both(*method);
  std::vector<int64_t> all(static_cast<size_t>(set.size()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<double> losses;
  std::vector<int64_t> labelled;
  for (int64_t epoch = 0; epoch < 4; ++epoch) {
    const auto passes = method->begin_epoch(epoch);
    for (int64_t pass = 0; pass < 2; ++pass) {
      const auto& streams = passes[static_cast<size_t>(pass)].streams;
      if (epoch > 0) labelled.push_back(std::ssize(*streams.front().samples));
      const int64_t count = epoch == 0 ? 4 : 3;
      for (int64_t s = 0; s < count; ++s) {
        Step step{.epoch = epoch, .pass = pass, .number = s, .count = count, .batches = {}};
        for (const Stream& stream : streams) {
          step.batches.push_back(formula_batch(set, stream.samples.value_or(all), s + pass));
        }
        losses.push_back(method->step(step).losses.front().second.item<double>());
      }
    }
  }
  CHECK(labelled == expected["labelled"].get<std::vector<int64_t>>());
  check_losses(losses, expected["losses"]);
  check_both_weights(*method, expected["weights"]);
}

TEST_CASE("DivideMix in lockstep agrees with an independent implementation", "[methods][dividemix][training]") {
  const Json expected = reference_of("two_nets_training.json", "dividemix_lockstep");
  Json options = dividemix_json();
  options["networks_train"] = "lockstep";
  options["warm_up_penalty"] = "negative_entropy_of_raised_logits";
  const TrialSpec spec = reference_spec("dividemix", options);
  const TrainingSet set(reference_data(8, 4), spec.recipe, 4, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  fill_both(*method);
  std::vector<int64_t> all(static_cast<size_t>(set.size()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<double> losses;
  std::vector<int64_t> labelled;
  REQUIRE(method->begin_epoch(0).size() == 2);
  for (int64_t pass = 0; pass < 2; ++pass) {
    for (int64_t s = 0; s < 4; ++s) {
      const Step step{
          .epoch = 0, .pass = pass, .number = s, .count = 4, .batches = {formula_batch(set, all, s + pass)}};
      losses.push_back(method->step(step).losses.front().second.item<double>());
    }
  }
  for (int64_t epoch = 1; epoch < 4; ++epoch) {
    const auto passes = method->begin_epoch(epoch);
    REQUIRE(passes.size() == 1);
    const auto& streams = passes.front().streams;
    REQUIRE(streams.size() == 5);
    CHECK(set.batches(streams.front()) == 40 / 8);  // one pass over the whole set, however the parts are
    for (size_t part = 1; part < 5; ++part) CHECK(streams[part].cycle);
    for (const size_t part : {1, 3}) labelled.push_back(std::ssize(*streams[part].samples));
    for (int64_t s = 0; s < 3; ++s) {
      Step step{.epoch = epoch, .pass = 0, .number = s, .count = 3, .batches = {formula_batch(set, all, s)}};
      for (size_t part = 1; part < 5; ++part) {
        step.batches.push_back(formula_batch(set, *streams[part].samples, s + (part > 2 ? 1 : 0)));
      }
      const StepLog log = method->step(step);
      CHECK(log.index.size(0) == 4 * kReferenceBatch);
      losses.push_back(log.losses.front().second.item<double>());
    }
  }
  CHECK(labelled == expected["labelled"].get<std::vector<int64_t>>());
  check_losses(losses, expected["losses"]);
  check_both_weights(*method, expected["weights"]);
}

}  // namespace
}  // namespace nlb

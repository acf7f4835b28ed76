// DivideMix and M-correction, and the mixing they share. Vectors of the method cards.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "methods/dividemix.h"
#include "methods/m_correction.h"
#include "methods/registry.h"
#include "tests/support/tiny_trial.h"
#include "training/losses.h"
#include "training/mixing.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

const auto kDouble = torch::TensorOptions().dtype(torch::kFloat64);

Approx near(double value, double margin = 1e-9) { return Approx(value).margin(margin).epsilon(0); }

void check_close(const torch::Tensor& values, const std::vector<double>& expected, double margin = 1e-9) {
  const auto flat = values.reshape({-1}).to(torch::kFloat64);
  REQUIRE(flat.numel() == static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(flat[static_cast<int64_t>(i)].item<double>() == near(expected[i], margin));
  }
}

torch::Tensor row(const std::vector<double>& values) { return torch::tensor(values, kDouble).unsqueeze(0); }

/// x of the card of M-correction: twenty losses.
const std::vector<double> kLosses = {.02, .03, .05, .05, .06, .08, .10, .11, .13, .15,
                                     .18, .22, .45, .55, .60, .68, .74, .81, .88, .95};

TEST_CASE("Sharpening has the cards' values, and no power underflows", "[methods][mixing]") {
  check_close(sharpen(row({.1, .2, .3, .4}), .5), {.0333333333, .1333333333, .3, .5333333333});
  check_close(sharpen(row({.6, .3, .1}), .3), {.9076383996, .0900491344, .0023124660});
  check_close(sharpen((row({.6, .3, .1}) + row({.2, .5, .3})) / 2, .5), {.4444444444, .4444444444, .1111111111});
  check_close(sharpen(row({.5, .3, .2}), 1e-3), {1, 0, 0});
  check_close(sharpen(row({1, 0, 0}), .5), {1, 0, 0});
}

TEST_CASE("Rows are mixed with the rows of a permutation", "[methods][mixing]") {
  const auto rows = torch::tensor({{1., 10.}, {2., 20.}, {4., 40.}}, kDouble);
  const auto order = torch::tensor({2, 0, 1}, torch::kInt64);
  check_close(mix(rows, .75, order), {1.75, 17.5, 1.75, 17.5, 3.5, 35});
  check_close(mix(rows, torch::tensor({1., 0., .5}, kDouble), order), {1, 10, 1, 10, 3, 30});
  check_close(mix(rows.view({3, 1, 1, 2}), torch::tensor({1., 0., .5}, kDouble), order), {1, 10, 1, 10, 3, 30});
}

TEST_CASE("A mixing is a pure function of key, epoch and step", "[methods][mixing]") {
  const Key key = derive(5, "mix");
  const auto at = [&](int64_t epoch, int64_t step) { return draw_row_mixing(key, epoch, step, 64, 4, torch::kCPU); };
  const RowMixing first = at(3, 7), again = at(3, 7);
  CHECK(first.weight == again.weight);
  CHECK(torch::equal(first.order, again.order));
  CHECK(torch::equal(std::get<0>(first.order.sort()), torch::arange(64)));
  CHECK(at(3, 8).weight != first.weight);
  CHECK(!torch::equal(at(3, 8).order, first.order));
  CHECK(!torch::equal(at(4, 7).order, first.order));
  double sum = 0;
  for (int64_t step = 0; step < 1000; ++step) sum += at(0, step).weight;
  CHECK(sum / 1000 == near(.5, 5 * std::sqrt(1 / (4 * 9.) / 1000)));  // variance of Beta(4, 4): 1 / 36
}

TEST_CASE("The penalty on uneven predictions has the cards' values", "[methods][mixing]") {
  const auto z = torch::tensor({{1., 0., -1.}, {.5, .5, 0.}, {2., 1., 0.}}, kDouble);
  CHECK(uneven_penalty(z).item<double>() == near(.1605606799));
  CHECK(uneven_penalty(torch::zeros({4, 3}, kDouble)).item<double>() == near(0, 1e-15));
  CHECK(uneven_penalty(torch::tensor({{1000., 0.}}, kDouble)).item<double>() == near(500 - std::log(2.)));
}

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
  const TrialSpec spec = test::tiny_spec("dividemix", options);
  const TrainingSet set(test::tiny_data(), spec.recipe, 4, torch::kCPU);
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

/// The batch of the card of M-correction.
struct CardBatch {
  torch::Tensor z = torch::tensor({{.7, .1, -.4}, {.3, .9, .2}}, kDouble);
  torch::Tensor own = torch::tensor({{.4, -.2, .1}, {1., .5, -.5}}, kDouble);
  torch::Tensor labels = torch::tensor({2, 0}, torch::kInt64);
  torch::Tensor order = torch::tensor({1, 0}, torch::kInt64);
  torch::Tensor wrong = torch::tensor({.8, .15}, kDouble);

  double loss(const torch::Tensor& predictions, double share) const {
    const auto targets = bootstrapped_targets(labels, wrong, predictions);
    return soft_cross_entropy(z, mix(targets, share, order)).mean().item<double>();
  }
};

TEST_CASE("M-correction's losses have the card's values", "[methods][m_correction]") {
  const CardBatch batch{};
  const double hard = batch.loss(one_hot(batch.own.argmax(1), 3, torch::kFloat64), .6);
  CHECK(hard == near(1.0438791568));
  CHECK(uneven_penalty(batch.z).item<double>() == near(.0410172162));
  CHECK(hard + uneven_penalty(batch.z).item<double>() == near(1.0848963730));
  CHECK(batch.loss(torch::softmax(batch.own, 1), .6) == near(1.1475692252));
  check_close(dynamic_weights(batch.wrong, batch.order), {.1904761905, .8095238095});
  const std::vector<std::pair<double, double>> dynamic = {{1, 1.1170198700}, {.5, 1.1066564731}, {.001, 1.0338791568}};
  for (const auto& [temperature, expected] : dynamic) {
    CAPTURE(temperature);
    CHECK(batch.loss(torch::softmax(batch.own / temperature, 1), .5) == near(expected));
  }
}

TEST_CASE("The temperature falls evenly and then stays", "[methods][m_correction]") {
  const DynamicMixup dynamic{.plain_epochs = 5, .temperature_epochs = 89, .final_temperature = .001};
  CHECK(falling_temperature(dynamic, 0) == 1);
  CHECK(falling_temperature(dynamic, 44) == near(.5005, 1e-15));
  CHECK(falling_temperature(dynamic, 88) == .001);
  CHECK(falling_temperature(dynamic, 189) == .001);
}

TEST_CASE("Probabilities of a wrong label are looked up at the scaled loss", "[methods][m_correction]") {
  const std::vector<double> losses = {.01, .02, .05, .1, .2, .4, .8, 1.6, 2.4, 3, 4, 6};
  const LossRange range = loss_range_cpu(losses.data(), std::ssize(losses));
  const BetaMixture mixture = fit_beta_mixture_cpu(kLosses.data(), std::ssize(kLosses), 10);
  const auto lookup = beta_lookup(mixture);
  CHECK(lookup[10] == near(.1769279612));
  CHECK(lookup[50] == near(.5024496897));
  const auto wrong = wrong_probabilities(torch::tensor(losses, kDouble), range, torch::tensor(lookup, kDouble));
  for (size_t i = 0; i < losses.size(); ++i) {
    CAPTURE(i);
    const double expected = std::clamp(looked_up(lookup.data(), scaled_loss(range, losses[i])), 1e-4, 1 - 1e-4);
    CHECK(wrong[static_cast<int64_t>(i)].item<double>() == expected);
  }
}

TEST_CASE("The dynamic variant needs its own options", "[methods][m_correction]") {
  Json options = {{"variant", "md_dyr_sh"},
                  {"mixup_alpha", 32},
                  {"bootstrap_start_epoch", 3},
                  {"regulariser", 1},
                  {"em_iterations", 10}};
  CHECK_THROWS_AS(m_correction_options(options), InputError);
  options["dynamic_mixup_epochs"] = 1;
  options["temperature_epochs"] = 2;
  options["final_temperature"] = .001;
  CHECK(m_correction_options(options).dynamic->plain_epochs == 1);
  options["variant"] = "m_dyr_h";
  CHECK(!m_correction_options(options).dynamic);
}

}  // namespace
}  // namespace nlb

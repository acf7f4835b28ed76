// The mathematics of transition matrices, distillation, refined labels and L2R's weights against the cards' values.
#include "training/transition.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <set>

#include "core/error.h"
#include "methods/distillation_correction.h"
#include "methods/l2r.h"
#include "methods/patrini.h"
#include "methods/rog.h"
#include "tests/support/tiny_trial.h"
#include "tests/support/weyl.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

const auto kDouble = torch::TensorOptions().dtype(torch::kFloat64);

/// Fixture F of the method cards.
torch::Tensor logits_f() {
  return torch::tensor({{2.0, -1.0, 0.5, 0.3}, {0.1, 0.2, -0.3, 1.5}, {-0.5, 1.2, 0.7, -1.1}}, kDouble);
}
torch::Tensor labels_f() { return torch::tensor({2, 3, 0}, torch::kInt64); }
torch::Tensor matrix_t() {
  return torch::tensor({{.7, .1, .1, .1}, {.05, .8, .1, .05}, {.2, .1, .6, .1}, {0., .05, .15, .8}}, kDouble);
}
/// GLC's worked example: what six trusted samples of four classes give.
torch::Tensor matrix_glc() {
  return torch::tensor({{.6, .2, .1, .1}, {.1, .8, .05, .05}, {.2, .2, .5, .1}, {.05, .15, .1, .7}}, kDouble);
}
torch::Tensor gold_labels() { return torch::tensor({0, 0, 1, 2, 3, 3}, torch::kInt64); }
torch::Tensor gold_rows() {
  return torch::tensor(
      {{.7, .1, .1, .1}, {.5, .3, .1, .1}, {.1, .8, .05, .05}, {.2, .2, .5, .1}, {.1, .1, .1, .7}, {0., .2, .1, .7}},
      kDouble);
}

void check_close(const torch::Tensor& values, const std::vector<double>& expected, double margin = 1e-9) {
  const auto flat = values.reshape({-1}).to(torch::kFloat64);
  REQUIRE(flat.numel() == std::ssize(expected));
  for (size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(flat[static_cast<int64_t>(i)].item<double>() == Approx(expected[i]).margin(margin).epsilon(0));
  }
}

template <class Loss>
torch::Tensor gradient(Loss loss, const torch::Tensor& at) {
  const auto leaf = at.detach().clone().requires_grad_(true);
  return torch::autograd::grad({loss(leaf)}, {leaf})[0];
}

TEST_CASE("The forward loss has the card's values and gradient", "[methods][forward]") {
  check_close(forward_losses(logits_f(), labels_f(), matrix_t()), {1.698703218, 0.678294663, 1.842992478});
  const auto mean = [](const auto& z) { return forward_losses(z, labels_f(), matrix_t()).mean(); };
  check_close(mean(logits_f()), {1.406663453});
  check_close(gradient(mean, logits_f()),
              {0.103809292, 0.005168360, -0.116506712, 0.007529060, 0.039183374, 0.048617978, 0.026265401, -0.114066754,
               -0.110246129, 0.120709064, -0.028150203, 0.017687267});
}

TEST_CASE("The forward loss stays finite where probabilities underflow", "[methods][forward]") {
  const auto z = torch::tensor({{400.0F, 0.0F}});
  const auto y = torch::tensor({1}, torch::kInt64);
  const auto matrix = torch::tensor({{1.0F, 0.0F}, {0.5F, 0.5F}});
  const auto sum = [&](const auto& x) { return forward_losses(x, y, matrix).sum(); };
  CHECK(sum(z).template item<double>() == Approx(400 + std::log(2)).epsilon(1e-6));
  check_close(gradient(sum, z), {1, -1}, 1e-6);
}

TEST_CASE("GLC's mixed loss has the card's values", "[methods][glc]") {
  const auto logits = torch::cat({logits_f(), torch::tensor({{1.0, 0.0, -1.0, 0.5}}, kDouble)});
  const auto labels = torch::tensor({2, 3, 0, 0}, torch::kInt64);
  const auto trusted = torch::tensor({false, false, false, true});
  check_close(forward_losses(logits, labels, matrix_glc(), trusted),
              {1.835046260, 0.802706866, 1.727152858, 0.746567269});
  const auto over = [&](double divisor) {
    return [&, divisor](const auto& z) { return forward_losses(z, labels, matrix_glc(), trusted).sum() / divisor; };
  };
  check_close(over(4)(logits), {1.277868313});
  check_close(over(128)(logits), {0.039933385});
  check_close(gradient(over(4), logits)[0], {0.064141490, 0.005872183, -0.081731266, 0.011717593});
}

TEST_CASE("A trusted label that the matrix calls impossible costs its cross-entropy", "[methods][glc]") {
  const auto matrix = torch::tensor({{1.0, 0.0}, {1.0, 0.0}}, kDouble);
  const auto y = torch::tensor({1}, torch::kInt64);
  const auto sum = [&](const auto& z) { return forward_losses(z, y, matrix, torch::tensor({true})).sum(); };
  const auto z = torch::zeros({1, 2}, kDouble);
  check_close(sum(z), {std::log(2)});
  check_close(gradient(sum, z), {0.5, -0.5});
}

TEST_CASE("The rows of GLC's matrix are means over the trusted samples of a class", "[methods][glc]") {
  check_close(mean_rows(gold_rows(), gold_labels()),
              {.6, .2, .1, .1, .1, .8, .05, .05, .2, .2, .5, .1, .05, .15, .1, .7});
  const auto without_two = torch::tensor({0, 0, 1, 1, 3, 3}, torch::kInt64);
  check_close(mean_rows(gold_rows(), without_two)[2], {0, 0, 1, 0});
}

TEST_CASE("Confusion counts are smoothed as in the released code", "[methods][confusion_matrix]") {
  const auto predicted = torch::tensor({0, 1, 1, 2, 3, 3}, torch::kInt64);
  const auto rows = confusion_rows(predicted, torch::tensor({0, 0, 1, 1, 3, 3}, torch::kInt64), 4, 1e-7, 0.01);
  const double half = 0.99 / (2 + 1e-7) + 0.0025, whole = 2 * 0.99 / (2 + 1e-7) + 0.0025;
  check_close(
      rows,
      {half, half, .0025, .0025, .0025, half, half, .0025, .0025, .0025, .0025, .0025, .0025, .0025, .0025, whole},
      1e-12);
}

TEST_CASE("The backward loss has the card's values and gradient", "[methods][backward]") {
  const auto inverse = inverted(matrix_t());
  check_close(inverse, {1.492307692, -0.153846154, -0.184615385, -0.153846154, -0.035897436, 1.282051282, -0.194871795,
                        -0.051282051, -0.507692308, -0.153846154, 1.815384615, -0.153846154, 0.097435897, -0.051282051,
                        -0.328205128, 1.282051282});
  check_close(backward_losses(logits_f(), labels_f(), inverse, 1e-7), {2.375418704, 0.000400189, 2.727067200});
  const auto mean = [&](const auto& z) { return backward_losses(z, labels_f(), inverse, 1e-7).mean(); };
  check_close(mean(logits_f()), {1.700962031});
  const auto slope = gradient(mean, logits_f());
  check_close(slope[0], {0.398231292, 0.062683316, -0.554031282, 0.093116674});
  check_close(slope[1], {0.016320726, 0.071025649, 0.142112897, -0.229459272});
}

TEST_CASE("A singular matrix is refused", "[methods][backward]") {
  CHECK_THROWS_AS(inverted(torch::full({4, 4}, 0.25, kDouble)), TrialFailure);
}

TEST_CASE("Anchor points are the card's", "[methods][forward]") {
  std::vector<double> angles;
  for (int64_t i = 0; i < 40; ++i) {
    for (int64_t k = 0; k < 4; ++k) {
      angles.push_back(3 * std::sin(1.3 * static_cast<double>(i) + 1.6 * static_cast<double>(k)));
    }
  }
  const auto probabilities = torch::softmax(torch::tensor(angles, kDouble).view({40, 4}), 1);
  const auto rows_of = [&](std::vector<int64_t> picked) {
    return probabilities.index_select(0, torch::tensor(picked, torch::kInt64));
  };
  AnchorOptions options{.by_percentile = false, .percentile = 97, .zeroes_stay = false, .normalise_rows = false};
  CHECK(torch::equal(anchor_matrix(probabilities, options), rows_of({35, 0, 18, 12})));
  options.by_percentile = true;
  const auto filtered = anchor_matrix(probabilities, options);
  CHECK(torch::equal(filtered, rows_of({11, 24, 13, 36})));
  check_close(filtered.diagonal(), {.876461967, .897479055, .860923452, .855951295});
  check_close(filtered[0][1], {.025610481});
  check_close(filtered[3][2], {.021082463});
}

TEST_CASE("Ignored probabilities stay zero in later rows, as released", "[methods][forward]") {
  const auto probabilities = torch::tensor({{.6, .4}, {.5, .5}, {.4, .6}}, kDouble);
  AnchorOptions options{.by_percentile = true, .percentile = 97, .zeroes_stay = true, .normalise_rows = false};
  // Class 0 loses .6; class 1 loses .6 of row 2, so that its anchor is row 1.
  check_close(anchor_matrix(probabilities, options), {.5, .5, .5, .5});
  options.percentile = 50;
  // Class 0 loses .6 and .5; class 1 loses .6 and .5; row 0, its anchor, has a zero in column 0.
  check_close(anchor_matrix(probabilities, options), {.4, .6, 0, .4});
  options.zeroes_stay = false;
  check_close(anchor_matrix(probabilities, options), {.4, .6, .6, .4});
  options.normalise_rows = true;
  options.zeroes_stay = true;
  check_close(anchor_matrix(probabilities, options), {.4, .6, 0, 1});
}

TEST_CASE("Refined labels have the card's losses and gradient", "[methods][label_refinery]") {
  const auto teacher = torch::tensor({{1.0, -0.5, 1.2, 0.0}, {0.0, 0.1, 0.2, 2.0}, {0.3, 1.0, 0.2, -0.4}}, kDouble);
  const auto refined = torch::softmax(teacher, 1);
  check_close(soft_cross_entropy(logits_f(), refined), {1.487236342, 0.991323284, 1.382489136});
  const auto mean = [](const auto& targets) {
    return [targets](const auto& z) { return soft_cross_entropy(z, targets).mean(); };
  };
  check_close(mean(refined)(logits_f()), {1.287016254});
  const auto slope = gradient(mean(refined), logits_f());
  check_close(slope[0], {0.110478311, -0.015044615, -0.093666433, -0.001767263});
  check_close(slope[2], {-0.043268887, 0.024383363, 0.038689051, -0.019803527});
  CHECK(gradient(mean(torch::softmax(logits_f(), 1)), logits_f()).abs().max().item<double>() < 1e-15);
}

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

TEST_CASE("The forward loss of a clamped softmax is Keras's", "[methods][forward]") {
  // numpy in float64 on the card's fixture F and T: softmax clipped to [.2, .8], then times T.
  const auto losses = [](const auto& z) { return forward_losses_clamped(z, labels_f(), matrix_t(), 0.2); };
  check_close(losses(logits_f()), {1.432547089, 0.644473645, 1.466795583});
  check_close(gradient([&](const auto& z) { return losses(z).sum(); }, logits_f()),
              {-0.090083901, 0.009844175, 0.044118530, 0.036121197, 0.132453775, 0.146384060, 0.088786420, -0.367624254,
               0.038002496, 0.093300654, -0.152159363, 0.020856212});
  const auto hardly = forward_losses_clamped(logits_f(), labels_f(), matrix_t(), 1e-12);
  CHECK((hardly - forward_losses(logits_f(), labels_f(), matrix_t())).abs().max().item<double>() < 1e-10);
}

TEST_CASE("The samples that measure a teacher are drawn until they hold every class, or named",
          "[methods][distillation_correction]") {
  const TrialSpec spec = test::tiny_spec("distillation_correction", Json::object());
  const TrainingData data = test::tiny_data_for(spec);
  const TrainingSet set(data, spec.recipe, 1, torch::kCPU, torch::kFloat32);
  const auto drawn = split_trusted(set, 0.75, 100, derive(1, "split"));
  std::set<int64_t> classes;
  for (const int64_t sample : drawn.measuring) classes.insert(data.clean[static_cast<size_t>(sample)]);
  CHECK(std::ssize(drawn.measuring) == std::ssize(data.trusted) / 4);
  CHECK(std::ssize(classes) == test::kTinyClasses);
  CHECK(split_trusted(set, drawn.measuring).teaching == drawn.teaching);

  const auto named = split_trusted(set, {9, 0, 3});
  CHECK(named.measuring == std::vector<int64_t>{0, 3, 9});
  CHECK(named.teaching.size() == data.trusted.size() - 3);
  CHECK_THROWS_WITH(split_trusted(set, {0, 4}), Catch::Contains("sample 4 is not trusted"));
  CHECK_THROWS_WITH(split_trusted(set, {0, 0}), Catch::Contains("sample 0 is not trusted, or named twice"));
}

TEST_CASE("L2R's products and weights are the card's", "[methods][l2r]") {
  const auto w = torch::tensor({{.1, -.2}, {.3, .4}, {-.5, .2}}, kDouble).requires_grad_(true);
  const auto noisy = torch::tensor({{1., .5}, {.2, -1.}, {-.7, .9}, {1.5, .3}}, kDouble);
  const auto clean = torch::tensor({{.9, .4}, {-.5, 1.}}, kDouble);
  const auto losses = [&](const torch::Tensor& x, const std::vector<int64_t>& y) {
    return at::cross_entropy_loss(torch::mm(x, w.t()), torch::tensor(y, torch::kInt64), {}, at::Reduction::None);
  };
  const auto on_noisy = losses(noisy, {0, 1, 2, 2});
  const auto direction = torch::autograd::grad({losses(clean, {0, 2}).mean()}, {w});
  const auto products = gradient_products(on_noisy, {w}, direction);
  check_close(products, {.4178187861, .2414511792, .3033266999, -.2807678017});
  const auto weights = l2r_weights(products);
  check_close(weights, {.4340538475, .2508331765, .315112976, 0});
  check_close(on_noisy.detach(), {1.1996759812, 1.3327573078, .7618648104, 1.9031359158});
  check_close((weights * on_noisy).sum().detach(), {1.0950972121});
  check_close(l2r_weights(torch::tensor({-1., 0.}, kDouble)), {0, 0}, 0);
}

TEST_CASE("L2R's products are the same forwards and by double backward", "[methods][l2r]") {
  struct Case {
    const char* net;
    Json options;
    NetShape shape;
    torch::ScalarType type;
    double tolerance;
  };
  const Json none = Json::object(), hidden = {{"hidden", {16}}}, dropout = {{"dropout", 0.3}};
  const NetShape rgb = {3, 8, 8, 3};
  const auto made = GENERATE_COPY(values<Case>({{"mlp", hidden, {1, 28, 28, 3}, torch::kFloat64, 1e-12},
                                                {"lenet5", none, {1, 28, 28, 3}, torch::kFloat32, 1e-4},
                                                {"cnn_small", none, rgb, torch::kFloat64, 1e-12},
                                                {"resnet32", none, rgb, torch::kFloat64, 1e-10},
                                                {"resnet32", none, rgb, torch::kFloat32, 1e-4},
                                                {"wrn_40_2", dropout, rgb, torch::kFloat64, 1e-10}}));
  CAPTURE(made.net);
  const auto net =
      make_net({made.net, made.options, "torch_default"}, made.shape, derive(1, "init"), torch::kCPU, made.type);
  const auto images = test::weyl({8, made.shape.channels, made.shape.height, made.shape.width}, 3, 2).to(made.type);
  const auto losses = [&](const torch::Tensor& x) {
    const auto logits =
        net->forward(x, {.training = true, .dropout_key = derive(1, "dropout"), .update_statistics = false});
    return at::cross_entropy_loss(logits, torch::arange(8) % 3, {}, at::Reduction::None);
  };
  const auto leaves = net->parameters().parameters();
  // In place of themselves, as L2R has them: our own layers on a CPU have no second derivative.
  const ScopedParameters by_the_library(net->parameters(), leaves);
  const auto direction = torch::autograd::grad({losses(images.flip(3)).mean()}, leaves);
  const auto expected = gradient_products(losses(images), leaves, direction);
  const auto found = derivatives_along(net->parameters(), direction, [&] { return losses(images); });
  CHECK(((found - expected).abs().max() / expected.abs().max()).item<double>() < made.tolerance);
  CHECK_FALSE(found.requires_grad());
}

constexpr double kCutOff = 2.2e-10;

TEST_CASE("RoG's estimates and rule are the card's", "[methods][rog]") {
  const auto features = torch::tensor({{0., 0.},   {.2, .1},   {-.1, .3}, {.1, -.2}, {.3, .2},   {-.2, -.1}, {0., .4},
                                       {2.1, 1.9}, {1.8, 2.3}, {.1, .1},  {2., 2.},  {2.2, 1.9}, {1.9, 2.3}, {2.1, 2.2},
                                       {1.7, 1.8}, {2.4, 2.1}, {2., 1.6}, {.1, .2},  {-.1, .1},  {2.2, 2.4}},
                                      kDouble);
  const std::vector<torch::Tensor> members = {torch::arange(0, 10), torch::arange(10, 20)};
  const std::vector<torch::Tensor> first = {torch::arange(0, 7), torch::arange(10, 17)};
  const auto pooled = tied_gaussians(features, first, Pooling::all);
  check_close(pooled.means, {.0428571429, .1, 2.0428571429, 1.9857142857});
  check_close(pooled.covariance, {.033877551, .0067346939, .0067346939, .0448979592});
  check_close(tied_gaussians(features, first, Pooling::released).covariance,
              {.0221282799, .0054081633, .0054081633, .0263265306});
  const auto kept = nearest_rows(features, members, pooled, 0.7, kCutOff);
  check_close(std::get<0>(kept[0].sort()), {0, 1, 2, 4, 5, 6, 9}, 0);
  check_close(std::get<0>(kept[1].sort()), {10, 11, 12, 13, 14, 15, 16}, 0);
  const auto robust = concentrated(features, members, kept);
  check_close(robust.means[0], {.0428571429, .1428571429});
  check_close(robust.covariance, {.033877551, .0079591837, .0079591837, .0375510204});
  const auto rule = linear_rule(robust, kCutOff);
  check_close(rule.weight, {.3907245977, 3.7215311994, 50.3865899459, 42.2006684354}, 1e-7);
  check_close(rule.bias, {-.9673435076, -94.0586848576}, 1e-7);
  const auto logits = torch::mv(rule.weight, torch::tensor({1., 1.2}, kDouble)) + rule.bias;
  check_close(torch::softmax(logits, 0), {.0439613004, .9560386996}, 1e-7);
}

TEST_CASE("RoG's precisions are cut where its code cuts them, which decides what it keeps", "[methods][rog]") {
  const auto vector = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/methods/rog_cut_off.json"));
  const auto matrix = [&](const char* name) {
    std::vector<torch::Tensor> rows;
    for (const Json& row : vector[name]) rows.push_back(torch::tensor(row.get<std::vector<double>>(), kDouble));
    return torch::stack(rows);
  };
  const auto rows_of = [](const Json& rows) { return torch::tensor(rows.get<std::vector<int64_t>>(), torch::kInt64); };
  const auto distance = [](const torch::Tensor& a, const torch::Tensor& b) {
    return ((a - b).abs().max() / b.abs().max()).item<double>();
  };
  const auto features = matrix("features");
  const auto labels = rows_of(vector["labels"]);
  std::vector<torch::Tensor> chosen, members;
  for (const Json& rows : vector["chosen"]) {
    members.push_back((labels == std::ssize(chosen)).nonzero().squeeze(1));
    chosen.push_back(rows_of(rows));
  }
  const auto first = tied_gaussians(features, chosen, Pooling::released);
  const RogOptions released = rog_options({{"keep_share", vector["share"]},
                                           {"first_covariance", "released"},
                                           {"first_cut_off", 1.1920929e-4},
                                           {"validation_per_class", 0},
                                           {"validation_keep_share", .5},
                                           {"weights_learning_rate", .02},
                                           {"weights_epochs", 20},
                                           {"weights_batch_size", 50}});
  CHECK(released.cut_off == kCutOff);
  CHECK(distance(precision(first.covariance, released.first_cut_off), matrix("precision")) <
        5e-4);  // theirs is float32
  CHECK(distance(precision(first.covariance, kCutOff), matrix("precision")) > 0.5);
  const auto kept = nearest_rows(features, members, first, released.keep_share, released.first_cut_off);
  const auto by_the_other = nearest_rows(features, members, first, released.keep_share, kCutOff);
  for (size_t c = 0; c < kept.size(); ++c) {
    CHECK(torch::equal(std::get<0>(kept[c].sort()), rows_of(vector["kept"][c])));
    CHECK_FALSE(torch::equal(std::get<0>(by_the_other[c].sort()), rows_of(vector["kept"][c])));
  }
  const auto robust = concentrated(features, members, kept);
  CHECK(distance(precision(robust.covariance, released.cut_off), matrix("robust_precision")) < 1e-3);
}

TEST_CASE("RoG's cut-offs are 2.2e-10 where the options are silent, and the first follows the other",
          "[methods][rog]") {
  Json options = {{"keep_share", .7},
                  {"first_covariance", "pooled"},
                  {"validation_per_class", 0},
                  {"validation_keep_share", .5},
                  {"weights_learning_rate", .02},
                  {"weights_epochs", 20},
                  {"weights_batch_size", 50}};
  CHECK(rog_options(options).first_cut_off == kCutOff);
  options["cut_off"] = 1e-6;
  CHECK(rog_options(options).first_cut_off == 1e-6);
  CHECK(rog_options(options).cut_off == 1e-6);
  options["first_cut_off"] = 1e-4;
  CHECK(rog_options(options).first_cut_off == 1e-4);
  CHECK(rog_options(options).cut_off == 1e-6);
}

TEST_CASE("RoG takes the validation samples nearest to the mean of their label", "[methods][rog]") {
  const TiedGaussians gaussians{.means = torch::tensor({{0., 0.}, {4., 0.}}, kDouble),
                                .covariance = torch::tensor({{4., 0.}, {0., 1.}}, kDouble)};
  // Squared Mahalanobis distances under the given label: 1/4, 1, 4, 9/4, 0.
  const auto features = torch::tensor({{1., 0.}, {0., 1.}, {0., 0.}, {1., 0.}, {4., 0.}}, kDouble);
  const auto labels = torch::tensor({0, 0, 1, 1, 1});
  check_close(likeliest_rows(features, labels, gaussians, 0.6, kCutOff), {4, 0, 1}, 0);
  check_close(likeliest_rows(features, labels, gaussians, 0.99, kCutOff), {4, 0, 1, 3}, 0);
}

TEST_CASE("RoG's weights of layers are a numpy Adam's", "[methods][rog]") {
  const std::vector<torch::Tensor> posteriors = {
      torch::tensor({{.5, .4, .1}, {.3, .2, .5}, {.05, .05, .9}, {.6, .3, .1}}, kDouble),
      torch::tensor({{.7, .2, .1}, {.6, .1, .3}, {.4, .2, .4}, {.3, .6, .1}}, kDouble)};
  const auto labels = torch::tensor({0, 1, 2, 1});
  const LayerFit fit{.validation_per_class = 2, .keep_share = .5, .rate = .02, .epochs = 20, .batch_size = 50};
  const torch::NoGradGuard no_gradient;  // as at the end of an epoch
  check_close(fit_layer_weights(posteriors, labels, fit, derive(1, "weights")), {.6777632399766828, .3222367600233172},
              1e-12);
}

}  // namespace
}  // namespace nlb

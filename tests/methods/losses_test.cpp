#include "training/losses.h"

#include <catch2/catch.hpp>

#include "methods/elr.h"
#include "methods/gce.h"
#include "methods/linear.h"
#include "methods/phuber.h"
#include "tests/methods/vectors.h"
#include "training/mean_cross_entropy.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Cross-entropy has the card's values and gradient", "[methods][ce]") {
  check_close(cross_entropy(logits_f(), labels_f()), {1.875418704, 0.521425830, 2.336297969});
  const auto slope = gradient([](const auto& z) { return cross_entropy(z, labels_f()).mean(); }, logits_f());
  check_close(slope[0], {0.229000523, 0.011401265, -0.282236410, 0.041834623});
  check_close(slope[2], {-0.301105031, 0.176416032, 0.107001732, 0.017687267});
}

TEST_CASE("Cross-entropy of huge logits is exact", "[methods][ce]") {
  const auto z = torch::tensor({{1000.0, 0.0, -1000.0}});
  const auto y = torch::tensor({1}, torch::kInt64);
  CHECK(cross_entropy(z, y).item<double>() == 1000.0);
  check_close(gradient([&](const auto& x) { return cross_entropy(x, y).sum(); }, z), {1, -1, 0}, 0);
}

TEST_CASE("The mean cross-entropy is the library's, bit for bit", "[methods][ce]") {
  const auto type = GENERATE(torch::kFloat32, torch::kFloat64);
  const auto batch = GENERATE(1, 28, 60, 128, 1000);
  const auto classes = GENERATE(2, 10, 100);
  CAPTURE(toString(type), batch, classes);
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(uint64_t{1});
  const auto z = 5 * torch::randn({batch, classes}, generator, torch::TensorOptions(type));
  const auto y = torch::randint(classes, {batch}, generator, torch::TensorOptions(torch::kInt64));
  const auto result = mean_cross_entropy(z, y);
  const auto entropies = cross_entropy(z, y);
  CHECK(result.entropies.equal(entropies));
  CHECK(result.mean.equal(entropies.mean()));
  for (const double factor : {1.0, 0.3}) {
    CHECK(gradient([&](const auto& x) { return factor * mean_cross_entropy(x, y).mean; }, z)
              .equal(gradient([&](const auto& x) { return factor * cross_entropy(x, y).mean(); }, z)));
  }
}

TEST_CASE("The mean cross-entropy has the card's values and gradient, without a second one", "[methods][ce]") {
  const auto result = mean_cross_entropy(logits_f(), labels_f());
  check_close(result.entropies, {1.875418704, 0.521425830, 2.336297969});
  const auto loss = [](const auto& z) { return mean_cross_entropy(z, labels_f()).mean; };
  check_close(gradient(loss, logits_f())[2], {-0.301105031, 0.176416032, 0.107001732, 0.017687267});
  check_gradient(loss, logits_f());
  auto z = logits_f().detach().requires_grad_(true);
  CHECK_THROWS_WITH(torch::autograd::grad({loss(z)}, {z}, {}, /*retain_graph=*/true, /*create_graph=*/true),
                    Catch::Contains("no second derivative"));
  CHECK_THROWS_WITH(mean_cross_entropy(logits_f(), torch::tensor({2, -1, 0}, torch::kInt64)),
                    Catch::Contains("label -1 of 4 classes"));
}

TEST_CASE("L_q has the card's values and gradient", "[methods][gce]") {
  const auto losses = generalised_cross_entropy(cross_entropy(logits_f(), labels_f()), 0.7);
  check_close(losses, {1.044189321, 0.436860024, 1.150181808});
  CHECK(losses.mean().item<double>() == near(0.877077051, 1e-9));
  const auto loss = [](const auto& z) { return generalised_cross_entropy(cross_entropy(z, labels_f()), 0.7).mean(); };
  check_close(gradient(loss, logits_f())[0], {0.061616593, 0.003067710, -0.075940638, 0.011256336});
  check_gradient(loss, logits_f());
}

TEST_CASE("L_q tends to cross-entropy as q falls and is 1 - p at q = 1", "[methods][gce]") {
  const auto entropy = cross_entropy(logits_f(), labels_f());
  CHECK((generalised_cross_entropy(entropy, 1e-6) - entropy).abs().max().item<double>() < 3e-6);
  CHECK((generalised_cross_entropy(entropy, 1.0) - (1 - torch::exp(-entropy))).abs().max().item<double>() < 1e-15);
}

TEST_CASE("An epsilon beside p bounds L_q's slope at p = 0", "[methods][gce]") {
  const auto entropy = cross_entropy(logits_f(), labels_f());
  const auto plain = generalised_cross_entropy(entropy, 0.7);
  const auto p = torch::exp(-entropy);
  for (const double epsilon : {1e-9, 0.5}) {
    const auto as_written = (1 - (p + epsilon).pow(0.7)) / 0.7;
    CHECK((generalised_cross_entropy(entropy, 0.7, epsilon) - as_written).abs().max().item<double>() < 1e-14);
  }
  CHECK(torch::equal(generalised_cross_entropy(entropy, 0.7, 0), plain));
  const auto loss = [](const auto& z) {
    return generalised_cross_entropy(cross_entropy(z, labels_f()), 0.7, 1e-9).mean();
  };
  check_gradient(loss, logits_f());
  // p underflows: the slope in p is epsilon^(q - 1), so in the logits it vanishes.
  const auto z = torch::tensor({{200.0F, 0.0F}});
  const auto sum = [](const auto& x) {
    return generalised_cross_entropy(cross_entropy(x, torch::tensor({1}, torch::kInt64)), 0.7, 1e-9).sum();
  };
  CHECK(sum(z).item<double>() == near((1 - std::pow(1e-9, 0.7)) / 0.7, 1e-6));
  CHECK(gradient(sum, z).abs().max().item<double>() < 1e-30);
}

TEST_CASE("The unhinged loss has the card's values and gradient", "[methods][linear]") {
  check_close(unhinged_loss(cross_entropy(logits_f(), labels_f())), {0.846709230, 0.406326533, 0.903315093});
  const auto loss = [](const auto& z) { return unhinged_loss(cross_entropy(z, labels_f())).mean(); };
  CHECK(loss(logits_f()).item<double>() == near(0.718783619, 1e-8));
  check_close(gradient(loss, logits_f())[0], {0.035103666, 0.001747709, -0.043264237, 0.006412861});
}

TEST_CASE("Partially Huberised losses have the card's values and gradients", "[methods][phuber]") {
  struct Row {
    const char* why;
    double q, tau;  ///< q = 0: cross-entropy
    std::vector<double> losses, slope;
    double mean;
  };
  const auto row = GENERATE(values<Row>({{"cross-entropy, one sample on the tangent",
                                          0,
                                          10,
                                          {1.875418704, 0.521425830, 2.335736022},
                                          {0.229000523, 0.011401265, -0.282236410, 0.041834623},
                                          1.577526852},
                                         {"cross-entropy, two samples on the tangent",
                                          0,
                                          2,
                                          {1.386565641, 0.521425830, 1.499777366},
                                          {0.070207333, 0.003495417, -0.086528473, 0.012825723},
                                          1.135922946},
                                         {"L_q, none on the tangent",
                                          0.7,
                                          10,
                                          {1.044189321, 0.436860024, 1.150181808},
                                          {0.061616593, 0.003067710, -0.075940638, 0.011256336},
                                          0.877077051},
                                         {"L_q, two samples on the tangent",
                                          0.7,
                                          1.5,
                                          {1.032238995, 0.436860024, 1.117147789},
                                          {0.052655500, 0.002621563, -0.064896355, 0.009619292},
                                          0.862082269}}));
  CAPTURE(row.why);
  const auto losses = [&](const torch::Tensor& z) {
    const auto entropy = cross_entropy(z, labels_f());
    return row.q == 0 ? phuber_cross_entropy(entropy, row.tau)
                      : phuber_generalised_cross_entropy(entropy, row.q, row.tau);
  };
  check_close(losses(logits_f()), row.losses);
  CHECK(losses(logits_f()).mean().item<double>() == near(row.mean, 1e-8));
  check_close(gradient([&](const auto& z) { return losses(z).mean(); }, logits_f())[0], row.slope);
}

TEST_CASE("Value and slope of a partially Huberised loss are continuous, and both are finite far out",
          "[methods][phuber]") {
  for (const double tau : {1.5, 2.0, 10.0}) {
    const double of_ce = std::log(tau), of_gce = std::log(tau) / 0.3;
    const auto ce = [&](const auto& entropy) { return phuber_cross_entropy(entropy, tau).sum(); };
    const auto gce = [&](const auto& entropy) { return phuber_generalised_cross_entropy(entropy, 0.7, tau).sum(); };
    const auto check = [&](const auto& loss, double threshold) {
      const auto below = torch::full({}, threshold - 1e-9, kDouble), above = torch::full({}, threshold + 1e-9, kDouble);
      CHECK((loss(above) - loss(below)).abs().template item<double>() < 3e-9);
      CHECK((gradient(loss, above) - gradient(loss, below)).abs().template item<double>() < 3e-9);
      const auto far = torch::full({}, 500.0F);
      CHECK(loss(far).isfinite().template item<bool>());
      CHECK(gradient(loss, far).template item<double>() == 0);
    };
    check(ce, of_ce);
    check(gce, of_gce);
  }
}

TEST_CASE("Truncated L_q leaves samples at or below k out", "[methods][gce]") {
  CHECK(truncation_level(0.7, 0.5) == near(0.549182562, 1e-9));
  const auto entropy = cross_entropy(logits_f(), labels_f());
  const auto weights = (entropy < -std::log(0.5)).to(torch::kFloat64);
  check_close(weights, {0, 1, 0});
  const auto loss = [&](const auto& z) {
    return truncated_gce(generalised_cross_entropy(cross_entropy(z, labels_f()), 0.7), weights, 0.7, 0.5);
  };
  CHECK(loss(logits_f()).item<double>() == near(-0.037440846, 1e-9));
  const auto slope = gradient(loss, logits_f());
  check_close(slope[1], {0.033876416, 0.037439230, 0.022708041, -0.094023687});
  CHECK(slope[0].abs().max().item<double>() == 0);
  CHECK(slope[2].abs().max().item<double>() == 0);
}

TEST_CASE("ELR has the card's loss, targets and gradient on the first and second visit", "[methods][elr]") {
  const auto whole = [](const torch::Tensor& z, const torch::Tensor& targets) {
    return (cross_entropy(z, labels_f()) + elr_regulariser(z, targets, 3)).mean();
  };
  const auto first = elr_targets(logits_f(), torch::zeros({3, 4}, kDouble), 0.7);
  check_close(first[0], {0.206100471, 0.010261138, 0.045987231, 0.037651160});
  check_close(elr_regulariser(logits_f(), first, 1), {-0.166901579, -0.131141690, -0.126236264});
  CHECK(whole(logits_f(), first).item<double>() == near(1.153434635, 1e-9));
  const auto slope = gradient([&](const auto& z) { return whole(z, first); }, logits_f());
  check_close(slope[0], {0.186476377, 0.017199253, -0.262722847, 0.059047217});
  check_gradient([&](const auto& z) { return whole(z, first); }, logits_f());

  const auto z = torch::tensor({{2.2, -1.1, 0.4, 0.2}, {0.0, 0.3, -0.2, 1.6}, {-0.6, 1.4, 0.5, -1.0}}, kDouble);
  const auto second = elr_targets(z, first, 0.7);
  check_close(second[0], {0.368566487, 0.015455549, 0.069266967, 0.056710996});
  CHECK(whole(z, second).item<double>() == near(0.856735444, 1e-9));
  const auto later = gradient([&](const auto& x) { return whole(x, second); }, z);
  check_close(later[1], {0.064150412, 0.083173203, 0.054683388, -0.202007004});
}

TEST_CASE("ELR clamps where its option says", "[methods][elr]") {
  // numpy in float64 on fixture F, clamped to [.2, .8]: six of the twelve probabilities are below.
  CHECK(elr_options({{"lambda", 3}, {"beta", 0.7}}).clamp == 1e-4);
  const double clamp = elr_options({{"lambda", 3}, {"beta", 0.7}, {"clamp", 0.2}}).clamp;
  const auto targets = elr_targets(logits_f(), torch::zeros({3, 4}, kDouble), 0.7, clamp);
  check_close(targets[0], {0.160140031, 0.046619990, 0.046619990, 0.046619990});
  check_close(elr_regulariser(logits_f(), targets, 1, clamp), {-0.148486605, -0.126400361, -0.117807630});
  const auto loss = [&](const auto& z) {
    return (cross_entropy(z, labels_f()) + elr_regulariser(z, targets, 3, clamp)).mean();
  };
  CHECK(loss(logits_f()).template item<double>() == near(1.185019572, 1e-8));
  check_gradient(loss, logits_f());
}

TEST_CASE("ELR clamps a sure prediction", "[methods][elr]") {
  const auto z = torch::tensor({{12.0, 0.0, 0.0, 0.0}}, kDouble);
  check_close(clamped_softmax(z), {0.9999, 0.0001, 0.0001, 0.0001}, 1e-12);
  const auto target = elr_targets(z, torch::zeros({1, 4}, kDouble), 0);
  CHECK(target[0][0].item<double>() == near(0.999700060, 1e-9));
  CHECK(elr_regulariser(z, target, 1).item<double>() == near(-7.824345996, 1e-8));
}

}  // namespace
}  // namespace nlb

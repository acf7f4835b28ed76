// GCE: L_q and its truncation of the card and of the authors' code, the network that prunes, and whole trainings.
#include "methods/gce.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/methods/authors_vectors.h"
#include "tests/methods/fifty_steps.h"
#include "tests/methods/trusted_steps.h"
#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/held_out.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

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

TEST_CASE("GCE: plain and truncated losses are those of the code compared with", "[methods][gce][authors]") {
  const Vector plain("gce/plain"), truncated("gce/truncated");
  const auto lq = [](const Vector& vector, const torch::Tensor& logits) {
    return generalised_cross_entropy(cross_entropy(logits, vector.classes("labels")), vector.number("q"));
  };
  check_loss(plain, [&](const torch::Tensor& logits) { return lq(plain, logits).mean(); });
  const double q = truncated.number("q"), k = truncated.number("k");
  const auto weights = (lq(truncated, truncated.in("logits")) < truncation_level(q, k)).to(torch::kFloat64);
  check_near(weights, truncated.out("weights"), 0);
  for (const auto& [with, when] : {std::pair(torch::ones_like(weights), "before"), {weights, "after"}}) {
    check_loss(
        truncated, [&](const torch::Tensor& z) { return truncated_gce(lq(truncated, z), with, q, k); },
        std::string("loss_") + when, std::string("gradient_") + when);
  }
}

TEST_CASE("GCE prunes by the network that was best on held-out noisy labels", "[methods][gce][held_out]") {
  const Json options = {{"q", 0.7}, {"truncation", 0.3}, {"pruning_start_epoch", 3}, {"pruning_interval_epochs", 1}};
  SteppedTrial trial("gce", joined(options, {{"pruning_network", "best_on_held_out"}}), "mlp", 4);
  const EvaluationSet held_out = script_held_out(trial.spec.recipe);
  show_held_out(*trial.method, &held_out);
  const auto right = [&] {
    const torch::NoGradGuard no_gradient;
    const auto scores = trial.method->predict(held_out.images(0, kHeldOut)).front().scores;
    return (scores.argmax(1) == held_out.labels()).sum().item<int64_t>();
  };
  const auto kept = [&] {
    const torch::NoGradGuard no_gradient;
    std::vector<int64_t> all(static_cast<size_t>(trial.set.size()));
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
    const Batch batch = batch_of(trial.set, all);
    const auto p = torch::softmax(trial.method->predict(batch.images()).front().scores, 1);
    return (p.gather(1, batch.labels.unsqueeze(1)).squeeze(1) > 0.3).to(torch::kFloat64);
  };
  int64_t most = -1;
  torch::Tensor by_best, by_current;
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    trial.train_epoch(epoch);
    trial.method->end_epoch(epoch);
    by_current = kept();
    if (right() <= most) continue;
    most = right();
    by_best = by_current;
  }
  REQUIRE_FALSE(torch::equal(by_best, by_current));  // else the choice would not show
  const auto before = trial.state();
  trial.method->begin_epoch(2);
  CHECK(torch::equal(trial.state().at("weights"), by_best));
  for (const std::string& name : kNames) CHECK(torch::equal(trial.state().at("net/" + name), before.at("net/" + name)));
}

TEST_CASE("Twenty steps of GCE agree with an independent implementation", "[methods][gce][training]") {
  check_twenty_steps("gce", {{"q", 0.7}});
}

TEST_CASE("Twenty steps of truncated GCE agree with an independent implementation", "[methods][gce][training]") {
  check_twenty_steps("gce",
                     {{"q", 0.7}, {"truncation", 0.3}, {"pruning_start_epoch", 2}, {"pruning_interval_epochs", 2}},
                     "gce_truncated");
}

TEST_CASE("Fifty steps of GCE on LeNet-5 agree with an independent implementation, in either arithmetic",
          "[methods][gce][training]") {
  check_fifty_steps("gce", {{"q", 0.7}, {"epsilon", 1e-9}});
}

}  // namespace
}  // namespace nlb

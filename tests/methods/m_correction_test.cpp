// M-correction: losses, temperature and lookup of the card and of the authors' code.
#include "methods/m_correction.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/methods/authors_vectors.h"
#include "tests/methods/twenty_losses.h"
#include "tests/methods/vectors.h"
#include "training/mixing.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

using namespace test;

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

TEST_CASE("The static variants do not read the dynamic one's options", "[methods][m_correction]") {
  Json options = {{"variant", "md_dyr_sh"},
                  {"mixup_alpha", 32},
                  {"bootstrap_start_epoch", 3},
                  {"regulariser", 1},
                  {"em_iterations", 10}};
  options["dynamic_mixup_epochs"] = 1;
  options["temperature_epochs"] = 2;
  options["final_temperature"] = .001;
  CHECK(options_of<MCorrectionOptions>({"m_correction", options}).dynamic->plain_epochs == 1);
  options["variant"] = "m_dyr_h";
  CHECK(!options_of<MCorrectionOptions>({"m_correction", options}).dynamic);
}

TEST_CASE("M-correction: range, beta mixture and lookup are those of the authors' code",
          "[methods][m_correction][authors]") {
  const Vector vector("m_correction/mixture");
  const auto losses = vector.in("losses");
  const auto* first = losses.const_data_ptr<double>();
  const LossRange range = loss_range_cpu(first, losses.numel());
  CHECK(range.high == near(vector.out("high").item<double>(), kExact));
  CHECK(range.low + 1e-5 == near(vector.out("low_plus").item<double>(), kExact));
  const auto scaled = scaled_losses_in_range(range, first, losses.numel());
  const BetaMixture mixture =
      fit_beta_mixture_cpu(scaled.data(), std::ssize(scaled), static_cast<int>(vector.integer("iterations")));
  for (int k = 0; k < 2; ++k) {
    CAPTURE(k);
    CHECK(mixture.alpha[k] == near(vector.out("alpha")[k].item<double>(), kFitted));
    CHECK(mixture.beta[k] == near(vector.out("beta")[k].item<double>(), kFitted));
    CHECK(mixture.weight[k] == near(vector.out("weight")[k].item<double>(), kFitted));
  }
  check_near(torch::tensor(beta_lookup(mixture), kDouble), vector.out("lookup"), kFitted);
}

/// [B] as the authors' code finds it, and the loss of a bootstrapping step with these guesses.
void check_bootstrapping(const Vector& vector, const torch::Tensor& guess, double own_share) {
  const auto labels = vector.classes("labels"), order = vector.classes("mix_order");
  const auto wrong = wrong_probabilities(
      vector.in("losses"), {.low = vector.number("low"), .high = vector.number("high")}, vector.in("lookup"));
  check_near(wrong, vector.out("wrong"));
  const auto targets = bootstrapped_targets(labels, wrong, guess), logits = vector.in("mixed_logits");
  const auto penalty = uneven_penalty(logits);
  check_near(penalty, vector.out("penalty"));
  check_near(soft_cross_entropy(logits, mix(targets, own_share, order)).mean() + vector.number("regulariser") * penalty,
             vector.out("loss"));
}

TEST_CASE("M-correction: the steps of M-DYR-H, M-DYR-S and MD-DYR-SH have the loss of the authors' code",
          "[methods][m_correction][authors]") {
  const Vector hard("m_correction/hard"), soft("m_correction/soft");
  const auto own = hard.in("own_logits");
  check_bootstrapping(hard, one_hot(own.argmax(1), own.size(1), torch::kFloat64), hard.number("mix_weight"));
  check_bootstrapping(soft, torch::softmax(soft.in("own_logits"), 1), soft.number("mix_weight"));
  for (const char* id :
       {"m_correction/soft_to_hard_0", "m_correction/soft_to_hard_20", "m_correction/soft_to_hard_88"}) {
    CAPTURE(id);
    const Vector vector(id);
    const DynamicMixup dynamic{.plain_epochs = 0,
                               .temperature_epochs = vector.integer("temperature_epochs"),
                               .final_temperature = vector.number("final_temperature")};
    const double temperature = falling_temperature(dynamic, vector.integer("place"));
    CHECK(temperature == near(vector.out("temperature").item<double>(), kExact));
    check_bootstrapping(vector, torch::softmax(vector.in("own_logits") / temperature, 1), 0.5);
    const auto order = vector.classes("mix_order");
    check_near(mix(vector.in("images"), dynamic_weights(vector.out("wrong"), order), order), vector.in("mixed_images"));
  }
}

}  // namespace
}  // namespace nlb

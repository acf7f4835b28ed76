// NLNL: values and gradients of the card, its draws, and what each phase does to the state.
#include "methods/nlnl.h"

#include <cmath>

#include "core/error.h"
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

constexpr double kLeast = 1e-5;
constexpr int64_t kHalf = kReferenceSamples / 2;

Json nlnl_json() {
  return {{"complementary_labels", 3},
          {"complement_reduction", "sum"},
          {"least_complement", kLeast},
          {"history_epochs", 2},
          {"negative_threshold", 1},
          {"positive_threshold", 0.3},
          {"selective_negative_start_epoch", 2},
          {"selective_positive_start_epoch", 4},
          {"pseudo1_start_epoch", 5},
          {"pseudo2_start_epoch", 7},
          {"pseudo_learning_rate", 0.2},
          {"pseudo_milestones", {1}},
          {"pseudo_factor", 0.1}};
}

torch::Tensor bools(const std::vector<int64_t>& values) { return torch::tensor(values, torch::kInt64) > 0; }

/// The card's complementary labels 0, 1, 1 of fixture F.
torch::Tensor counts_f() { return one_hot(torch::tensor({0, 1, 1}, torch::kInt64), 4, torch::kFloat64); }

/// The card's class counts 100, 80, 120, 60.
torch::Tensor weights_f() {
  std::vector<torch::Tensor> labels;
  const int64_t counts[] = {100, 80, 120, 60};
  for (int64_t c = 0; c < 4; ++c) labels.push_back(torch::full({counts[c]}, c, torch::kInt64));
  const auto all = torch::cat(labels);
  return inverse_frequencies(all, torch::ones_like(all, torch::kBool), 4, torch::kFloat64);
}

TEST_CASE("Negative learning has the card's values and gradient", "[methods][nlnl]") {
  const auto losses = complementary_losses(logits_f(), counts_f(), kLeast);
  check_close(losses, {1.161557099, 0.176492452, 0.753424064});
  const auto ones = torch::ones({3}, kDouble);
  const auto loss = [&](const auto& z) {
    return negative_loss(complementary_losses(z, counts_f(), kLeast), ones, bools({1, 1, 1}));
  };
  CHECK(loss(logits_f()).item<double>() == near(0.697157872, 1e-8));
  const auto slope = gradient(loss, logits_f());
  check_close(slope[0], {0.229000523, -0.025024684, -0.112152851, -0.091822988});
  check_close(slope[1], {-0.009419517, 0.053931631, -0.006314091, -0.038198024});
  check_gradient(loss, logits_f());
  // By hand: p of the complement itself, -p_k p_c / (1 - p_k) of another class c.
  const auto p = torch::softmax(logits_f(), 1)[2];
  const double of_complement = p[1].item<double>();
  auto expected = -of_complement * p / (1 - of_complement);
  expected[1] = of_complement;
  CHECK((slope[2] * 3 - expected).abs().max().item<double>() < 1e-14);
}

TEST_CASE("Classes weigh the inverse of their frequency; negative learning takes the given label's",
          "[methods][nlnl]") {
  check_close(weights_f(), {1.2, 1.5, 1, 2}, 1e-15);
  const auto weights = weights_f().index_select(0, labels_f());
  const auto loss = [&](const auto& z) {
    return negative_loss(complementary_losses(z, counts_f(), kLeast), weights, bools({1, 1, 1}));
  };
  CHECK(loss(logits_f()).item<double>() == near(0.806216960, 1e-8));
  check_gradient(loss, logits_f());
  const auto labels = torch::tensor({0, 0, 0, 1, 2}, torch::kInt64);
  check_close(inverse_frequencies(labels, bools({1, 1, 0, 1, 0}), 4, torch::kFloat64), {1, 2, 0, 0}, 0);
}

TEST_CASE("Confidence in the given label keeps the card's samples", "[methods][nlnl]") {
  const auto confident = torch::tensor({0.10, 0.80, 0.30}, kDouble), ones = torch::ones({3}, kDouble);
  const auto negative = [&](const auto& z) {
    return negative_loss(complementary_losses(z, counts_f(), kLeast), ones, confident >= 1.0 / 4);
  };
  CHECK(negative(logits_f()).item<double>() == near(0.464958258, 1e-8));
  CHECK(gradient(negative, logits_f())[0].abs().max().item<double>() == 0);
  check_gradient(negative, logits_f());
  const auto positive = [&](const auto& z) {
    return positive_loss(cross_entropy(z, labels_f()), ones * (confident >= 0.5));
  };
  CHECK(positive(logits_f()).item<double>() == near(0.521425830, 1e-8));
  check_gradient(positive, logits_f());
}

TEST_CASE("Positive learning divides by the sum of the weights", "[methods][nlnl]") {
  const auto weights = weights_f().index_select(0, labels_f());  // 1, 2, 1.2
  const auto loss = [&](const auto& z) { return positive_loss(cross_entropy(z, labels_f()), weights); };
  CHECK(loss(logits_f()).item<double>() == near((1.875418704 + 2 * 0.521425830 + 1.2 * 2.336297969) / 4.2, 1e-8));
  check_gradient(loss, logits_f());
}

TEST_CASE("A sure complement meets the bound: the card's value, no gradient", "[methods][nlnl]") {
  const auto z = torch::tensor({{30.0, 0.0, 0.0, 0.0}}, kDouble);
  const auto loss = [](const auto& x) {
    return complementary_losses(x, torch::tensor({{1.0, 0.0, 0.0, 0.0}}, kDouble), kLeast).sum();
  };
  CHECK(loss(z).item<double>() == near(11.512925465, 1e-8));
  CHECK(gradient(loss, z).abs().max().item<double>() == 0);
}

TEST_CASE("Several complements add up: the card's mean of two draws", "[methods][nlnl]") {
  const auto counts = torch::tensor({{1.0, 1.0, 0.0, 0.0}, {0.0, 1.0, 1.0, 0.0}, {0.0, 1.0, 0.0, 1.0}}, kDouble);
  const auto loss = [&](const auto& z) {
    return negative_loss(complementary_losses(z, counts, kLeast), torch::ones({3}, kDouble), bools({1, 1, 1}));
  };
  CHECK(loss(logits_f()).item<double>() / 2 == near(0.380681058, 1e-8));
  check_gradient(loss, logits_f());
}

TEST_CASE("Where nothing is kept the losses and their gradients are 0", "[methods][nlnl]") {
  const auto weights = torch::ones({3}, kDouble);
  const auto negative = [&](const auto& z) {
    return negative_loss(complementary_losses(z, counts_f(), kLeast), weights, bools({0, 0, 0}));
  };
  const auto positive = [&](const auto& z) { return positive_loss(cross_entropy(z, labels_f()), weights * 0); };
  for (const auto& loss : {std::function<torch::Tensor(const torch::Tensor&)>(negative),
                           std::function<torch::Tensor(const torch::Tensor&)>(positive)}) {
    CHECK(loss(logits_f()).item<double>() == 0);
    CHECK(gradient(loss, logits_f()).abs().max().item<double>() == 0);
  }
}

TEST_CASE("Complementary labels are any but the given one, uniform, anew in each epoch", "[methods][nlnl]") {
  const Key key = derive(7, "method:nlnl");
  const int64_t samples = 3000, draws = 6, classes = 4;
  const auto numbers = draw_complements(key, 3, samples, draws, classes);
  CHECK(torch::equal(numbers, draw_complements(key, 3, samples, draws, classes)));
  CHECK(torch::equal(numbers.narrow(1, 0, 2), draw_complements(key, 3, samples, 2, classes)));
  CHECK_FALSE(torch::equal(numbers, draw_complements(key, 4, samples, draws, classes)));
  const auto labels = torch::arange(samples, torch::kInt64) % classes;
  const auto counts = complement_counts(numbers, labels, classes, torch::kFloat64);
  CHECK((counts.sum(1) == draws).all().item<bool>());
  CHECK(counts.gather(1, labels.unsqueeze(1)).sum().item<double>() == 0);
  for (int64_t given = 0; given < classes; ++given) {
    const auto shares = counts.index({labels == given}).mean(0) / draws;
    for (int64_t c = 0; c < classes; ++c) {
      CAPTURE(given, c);
      CHECK(shares[c].item<double>() == near(c == given ? 0 : 1.0 / 3, 0.03));  // its deviation is 0.007
    }
  }
  check_close(complement_counts(torch::tensor({{0, 1, 1, 2}}, torch::kInt64), torch::tensor({1}, torch::kInt64), 4,
                                torch::kFloat64),
              {1, 0, 2, 1}, 0);
}

/// NLNL over the forty reference images, two batches an epoch.
struct Trained {
  explicit Trained(const Json& options, int64_t epochs = 9) : spec(tiny_spec("nlnl", options)) {
    spec.recipe.epochs = epochs;
    set.emplace(reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
    method = make_method({.spec = spec, .set = *set, .device = torch::kCPU, .type = torch::kFloat64});
  }
  StepLog step(int64_t epoch, int64_t number) {
    Step step{.epoch = epoch, .pass = 0, .number = number, .count = 2, .batches = {}};
    step.batches.push_back({half(number), {set->images(half(number))}, labels(number)});
    return method->step(step);
  }
  std::vector<StepLog> epoch(int64_t number) {
    method->begin_epoch(number);
    std::vector<StepLog> logs;
    for (int64_t s = 0; s < 2; ++s) logs.push_back(step(number, s));
    return logs;
  }
  static torch::Tensor half(int64_t number) {
    return torch::arange(number * kHalf, (number + 1) * kHalf, torch::kInt64);
  }
  torch::Tensor labels(int64_t number) const { return set->labels().index_select(0, half(number)); }
  torch::Tensor state(const std::string& name) { return StateCopy(*method).tensors.at(name); }
  /// Logits of the first half under the present weights.
  torch::Tensor logits() {
    const torch::NoGradGuard no_gradient;
    return method->predict(set->images(half(0)))[0].scores;
  }
  TrialSpec spec;
  std::optional<TrainingSet> set;
  std::unique_ptr<Method> method;
};

double loss_of(const StepLog& log) { return log.losses.front().second.item<double>(); }

/// Mean probability of the given label over the two slots.
torch::Tensor confidence_of(const torch::Tensor& history, const torch::Tensor& labels) {
  return ((history[0] + history[1]) / 2).gather(1, labels.unsqueeze(1)).squeeze(1);
}

TEST_CASE("NLNL learns complements, then those of confident samples, then their labels, with one network",
          "[methods][nlnl]") {
  Json options = nlnl_json();
  options["complement_reduction"] = GENERATE("sum", "mean");
  options["positive_threshold"] = 0.25;
  const double divisor = options["complement_reduction"] == "mean" ? 3 : 1;
  Trained trained(options);
  const Key key = derive(trained.spec.seeds.train, "method:nlnl");
  const auto given = trained.labels(0);
  for (int64_t epoch = 0; epoch < 5; ++epoch) {
    CAPTURE(epoch);
    const auto z = trained.logits(), history = trained.state("history");
    const auto confident = confidence_of(history, trained.set->labels()).narrow(0, 0, kHalf);
    REQUIRE(history.sizes().vec() == std::vector<int64_t>{2, kReferenceSamples, 4});
    const StepLog log = trained.epoch(epoch).front();
    // every class has ten of the forty samples: all weights are 1
    const auto kept = epoch < 2 ? torch::ones({kHalf}, torch::kBool) : confident >= 0.25;
    double sum = 0;
    for (int64_t i = 0; i < kHalf; ++i) {
      const auto p = torch::softmax(z[i], 0);
      const auto label = given[i].item<int64_t>();
      if (!kept[i].item<bool>()) continue;
      if (epoch >= 4) sum -= std::log(p[label].item<double>());
      const Words4 words = draw(key, static_cast<uint64_t>(epoch), static_cast<uint64_t>(i), 0);
      for (int64_t d = 0; epoch < 4 && d < 3; ++d) {
        const int64_t other = below(words.word[d], 3);
        sum -= std::log(1 - p[other < label ? other : other + 1].item<double>()) / divisor;
      }
    }
    CHECK(loss_of(log) == near(sum / kept.sum().item<double>(), 1e-12));
    CHECK(log.learning_rate == 0.1);
    CHECK_FALSE(log.corrected);
    CHECK(log.selected.has_value() == (epoch >= 2));
    if (log.selected) CHECK(torch::equal(*log.selected, kept));
    if (log.score) CHECK((*log.score - confident).abs().max().item<double>() < 1e-15);
    const auto after = trained.state("history");
    CHECK((after[epoch % 2].narrow(0, 0, kHalf) - torch::softmax(z, 1)).abs().max().item<double>() < 1e-12);
    CHECK(torch::equal(after[1 - epoch % 2], history[1 - epoch % 2]));
  }
  CHECK(StateCopy(*trained.method).integers.at("net/steps") == 10);  // the optimiser went on
}

TEST_CASE("NLNL's pseudo trainings start anew, on confident samples, then on the mean predictions for all",
          "[methods][nlnl]") {
  Json options = nlnl_json();
  options["positive_threshold"] = 0.25;
  Trained trained(options);
  const auto labels = trained.set->labels();
  const auto fresh_logits = [&](const std::string& name) {
    Learner fresh({.spec = trained.spec, .set = *trained.set, .device = torch::kCPU, .type = torch::kFloat64}, name, 9);
    return fresh.evaluate(trained.set->images(Trained::half(0))).detach();
  };
  for (int64_t epoch = 0; epoch < 5; ++epoch) trained.epoch(epoch);
  const auto kept = confidence_of(trained.state("history"), labels) >= 0.25;
  REQUIRE(kept.any().item<bool>());
  REQUIRE_FALSE(kept.all().item<bool>());

  const auto logs = trained.epoch(5);
  const auto z1 = fresh_logits("pseudo1");
  const auto counts = (one_hot(labels, 4, torch::kFloat64) * kept.unsqueeze(1)).sum(0);
  const auto weights = (counts.max() / counts).index_select(0, labels).where(kept, torch::zeros({}, kDouble));
  CHECK(torch::equal(trained.state("weights"), weights));
  const auto first = weights.narrow(0, 0, kHalf);
  const auto entropy = cross_entropy(z1, trained.labels(0));
  CHECK(loss_of(logs.front()) == near(((entropy * first).sum() / first.sum()).item<double>(), 1e-12));
  CHECK(torch::equal(*logs.front().selected, kept.narrow(0, 0, kHalf)));
  CHECK(logs.front().learning_rate == near(0.2, 1e-15));
  auto history = trained.state("history");
  CHECK((history[1].narrow(0, 0, kHalf) - torch::softmax(z1, 1)).abs().max().item<double>() < 1e-12);
  CHECK(history[0].abs().max().item<double>() == 0);  // what the first network predicted is forgotten
  CHECK(trained.epoch(6).front().learning_rate == near(0.02, 1e-15));

  history = trained.state("history");
  const auto targets = (history[0] + history[1]) / 2;
  CHECK((targets.sum(1) - 1).abs().max().item<double>() < 1e-12);
  const auto second = trained.epoch(7);
  const auto z2 = fresh_logits("pseudo2");
  const auto found = targets.argmax(1);
  const auto found_counts = one_hot(found, 4, torch::kFloat64).sum(0);
  const auto found_weights = (found_counts.max() / found_counts).index_select(0, found).narrow(0, 0, kHalf);
  const auto soft = -(targets.narrow(0, 0, kHalf) * torch::log_softmax(z2, 1)).sum(1);
  CHECK(loss_of(second.front()) == near((soft * found_weights).mean().item<double>(), 1e-12));
  CHECK(torch::equal(*second.front().corrected, found.narrow(0, 0, kHalf)));
  CHECK(second.front().learning_rate == near(0.2, 1e-15));
  CHECK((trained.state("targets") - targets).abs().max().item<double>() < 1e-15);
  CHECK(StateCopy(*trained.method).tensors.count("history") == 0);
  CHECK(trained.epoch(8).front().learning_rate == near(0.02, 1e-15));
}

TEST_CASE("NLNL fails where no sample is confident enough for pseudo 1", "[methods][nlnl]") {
  Json options = nlnl_json();
  options["positive_threshold"] = 1;
  Trained trained(options);
  for (int64_t epoch = 0; epoch < 5; ++epoch) trained.epoch(epoch);
  CHECK_THROWS_AS(trained.method->begin_epoch(5), TrialFailure);
}

TEST_CASE("NLNL may end without pseudo trainings", "[methods][nlnl]") {
  Json options = nlnl_json();
  options["pseudo1_start_epoch"] = options["pseudo2_start_epoch"] = 5;
  Trained trained(options, 5);
  for (int64_t epoch = 0; epoch < 5; ++epoch) trained.epoch(epoch);
  CHECK(StateCopy(*trained.method).integers.at("training") == 0);
}

}  // namespace
}  // namespace nlb

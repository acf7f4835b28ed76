// Losses that change the target or mix it: values and gradients of the cards.
#include <cmath>
#include <set>

#include "methods/bootstrap.h"
#include "methods/label_smoothing.h"
#include "methods/mixup.h"
#include "methods/registry.h"
#include "methods/sce.h"
#include "tests/methods/reference_steps.h"
#include "tests/methods/vectors.h"
#include "tests/support/tiny_trial.h"
#include "training/losses.h"
#include "training/mixing.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("SCE has the card's values and gradient", "[methods][sce]") {
  const SceOptions cifar10{.alpha = 0.1, .beta = 1, .log_of_zero = std::log(1e-4)};
  const auto entropy = cross_entropy(logits_f(), labels_f());
  check_close(reverse_cross_entropy(entropy, cifar10.log_of_zero), {7.798480205, 3.742405671, 8.319839469});
  check_close(symmetric_cross_entropy(entropy, cifar10), {7.986022075, 3.794548254, 8.553469266});
  const auto loss = [&](const auto& z) {
    return symmetric_cross_entropy(cross_entropy(z, labels_f()), cifar10).mean();
  };
  CHECK(loss(logits_f()).item<double>() == near(6.778013198, 1e-8));
  const auto slope = gradient(loss, logits_f());
  check_close(slope[0], {0.346216769, 0.017237118, -0.426701986, 0.063248099});
  check_close(slope[1], {0.271711640, 0.300287802, 0.182133759, -0.754133201});
  check_gradient(loss, logits_f());
  check_close(symmetric_cross_entropy(entropy, {.alpha = 6, .beta = 0.1, .log_of_zero = std::log(1e-4)}).mean(),
              {10.128309183});
  check_close(symmetric_cross_entropy(entropy, {.alpha = 0.1, .beta = 1, .log_of_zero = -4}),
              {3.574378790, 1.677448715, 3.846890169});
}

TEST_CASE("SCE is as the reference code writes it, with clipped one-hot targets", "[methods][sce]") {
  const auto p = torch::softmax(logits_f(), 1);
  const auto targets = one_hot(labels_f(), 4, torch::kFloat64).clamp(1e-4, 1);
  const auto as_written = -(p * torch::log(targets)).sum(1);
  const auto ours = reverse_cross_entropy(cross_entropy(logits_f(), labels_f()), std::log(1e-4));
  CHECK((ours - as_written).abs().max().item<double>() < 1e-14);
}

TEST_CASE("Soft bootstrapping has the card's values and differentiates the prediction in its target",
          "[methods][bootstrap_soft]") {
  check_close(soft_bootstrap(logits_f(), cross_entropy(logits_f(), labels_f()), 0.95),
              {1.827713909, 0.551022384, 2.273643423});
  const auto loss = [](const auto& z) { return soft_bootstrap(z, cross_entropy(z, labels_f()), 0.95).mean(); };
  CHECK(loss(logits_f()).item<double>() == near(1.550793239, 1e-8));
  const auto slope = gradient(loss, logits_f());
  check_close(slope[0], {0.211299880, 0.012230191, -0.265687021, 0.042156950});
  check_close(slope[1], {0.048331052, 0.053144415, 0.033051497, -0.134526965});
  check_gradient(loss, logits_f());
}

TEST_CASE("Hard bootstrapping has the card's values and gradient", "[methods][bootstrap_hard]") {
  check_close(hard_bootstrap(logits_f(), cross_entropy(logits_f(), labels_f()), 0.8),
              {1.575418704, 0.521425830, 1.996297969});
  const auto loss = [](const auto& z) { return hard_bootstrap(z, cross_entropy(z, labels_f()), 0.8).mean(); };
  CHECK(loss(logits_f()).item<double>() == near(1.364380834, 1e-8));
  const auto slope = gradient(loss, logits_f());
  check_close(slope, {0.162333856, 0.011401265, -0.215569743, 0.041834623, 0.048799358, 0.053931631, 0.032711188,
                      -0.135442178, -0.234438364, 0.109749365, 0.107001732, 0.017687267});
  check_gradient(loss, logits_f());
}

TEST_CASE("Hard bootstrapping takes the first of equal logits", "[methods][bootstrap_hard]") {
  const auto z = torch::tensor({{0.0, 1.0, 1.0}}, kDouble);
  const auto sum = [](const auto& x) {
    return hard_bootstrap(x, cross_entropy(x, torch::tensor({0}, torch::kInt64)), 0.5).sum();
  };
  const auto p = torch::softmax(z, 1)[0];
  check_close(gradient(sum, z), {p[0].item<double>() - 0.5, p[1].item<double>() - 0.5, p[2].item<double>()}, 1e-12);
}

TEST_CASE("With the whole label in the target, bootstrapping is cross-entropy; sure predictions stay finite",
          "[methods][bootstrap_soft][bootstrap_hard]") {
  const auto entropy = cross_entropy(logits_f(), labels_f());
  CHECK(torch::equal(soft_bootstrap(logits_f(), cross_entropy(logits_f(), labels_f()), 1), entropy));
  CHECK(torch::equal(hard_bootstrap(logits_f(), cross_entropy(logits_f(), labels_f()), 1), entropy));
  const auto sure = torch::tensor({{1000.0F, 0.0F}});
  const auto loss = [](const auto& z) {
    return soft_bootstrap(z, cross_entropy(z, torch::tensor({0}, torch::kInt64)), 0.5).sum();
  };
  CHECK(loss(sure).item<double>() == 0);
  CHECK(gradient(loss, sure).abs().max().item<double>() == 0);
}

TEST_CASE("Label smoothing has the card's values and gradients for both spreads", "[methods][label_smoothing]") {
  struct Row {
    const char* why;
    Spread spread;
    std::vector<double> losses, slope;
    double mean;
  };
  const auto row = GENERATE(values<Row>({{"over all classes",
                                          Spread::all_classes,
                                          {1.880418704, 0.633925830, 2.278797969},
                                          {0.220667189, 0.003067931, -0.257236410, 0.033501289},
                                          1.597714167},
                                         {"over the others",
                                          Spread::other_classes,
                                          {1.882085370, 0.671425830, 2.259631302},
                                          {0.217889412, 0.000290154, -0.248903077, 0.030723511},
                                          1.604380834}}));
  CAPTURE(row.why);
  const LabelSmoothingOptions options{.epsilon = 0.1, .spread = row.spread};
  check_close(smoothed_cross_entropy(logits_f(), cross_entropy(logits_f(), labels_f()), options), row.losses);
  const auto loss = [&](const auto& z) {
    return smoothed_cross_entropy(z, cross_entropy(z, labels_f()), options).mean();
  };
  CHECK(loss(logits_f()).item<double>() == near(row.mean, 1e-8));
  check_close(gradient(loss, logits_f())[0], row.slope);
  check_gradient(loss, logits_f());
}

// numpy in float64 on the cards' fixture F: softmax clipped at .2 from below (loss.py:9-20, 24-31 of
// YisenWang/symmetric_cross_entropy_for_noisy_labels), or to [.2, .8] (its boot_soft, boot_hard). p of the labels:
// .153, .594, .097, so that two are clipped and one is not.
TEST_CASE("Losses of clamped probabilities are those that the codes write, without a gradient where they clamp",
          "[methods][sce][bootstrap_soft][bootstrap_hard][label_smoothing]") {
  constexpr double kLeast = 0.2;
  const auto entropy = [](const torch::Tensor& z) { return cross_entropy(z, labels_f()); };
  const SceOptions sce{.alpha = 0.1, .beta = 1, .log_of_zero = std::log(1e-4), .least_probability = kLeast};
  check_close(symmetric_cross_entropy(entropy(logits_f()), sce), {7.959423996, 3.794548254, 8.480783260});
  check_close(soft_bootstrap(logits_f(), entropy(logits_f()), 0.95, kLeast), {1.590144816, 0.559115510, 1.596230627});
  check_close(hard_bootstrap(logits_f(), entropy(logits_f()), 0.8, kLeast), {1.362634071, 0.521425830, 1.414809924});
  const auto smoothed = [&](const torch::Tensor& z, Spread spread) {
    return smoothed_cross_entropy(z, entropy(z), {.epsilon = 0.1, .spread = spread, .least_probability = kLeast});
  };
  check_close(smoothed(logits_f(), Spread::tenth_each), {1.484437066, 0.517566384, 1.482314460});
  check_close(smoothed(logits_f(), Spread::all_classes), {1.578587432, 0.603026736, 1.573280915});
  check_gradient([&](const auto& z) { return symmetric_cross_entropy(entropy(z), sce).sum(); }, logits_f());
  check_gradient([&](const auto& z) { return soft_bootstrap(z, entropy(z), 0.95, kLeast).sum(); }, logits_f());
  check_gradient([&](const auto& z) { return hard_bootstrap(z, entropy(z), 0.8, kLeast).sum(); }, logits_f());
  check_gradient([&](const auto& z) { return smoothed(z, Spread::tenth_each).sum(); }, logits_f());
  // Cross-entropy alone: rows 0 and 2 are clamped.
  const SceOptions plain{.alpha = 1, .beta = 0, .log_of_zero = -1, .least_probability = kLeast};
  const auto slope =
      gradient([&](const auto& z) { return symmetric_cross_entropy(entropy(z), plain).sum(); }, logits_f());
  CHECK(slope[0].abs().max().item<double>() == 0);
  CHECK(slope[2].abs().max().item<double>() == 0);
  CHECK(slope[1].abs().max().item<double>() > 0.1);
}

TEST_CASE("A tenth of the mass to each class is the card's literal variant, and its targets do not sum to 1",
          "[methods][label_smoothing]") {
  const auto losses = [](const torch::Tensor& logits, const torch::Tensor& labels) {
    return smoothed_cross_entropy(logits, cross_entropy(logits, labels),
                                  {.epsilon = 0.1, .spread = Spread::tenth_each});
  };
  const auto of_f = losses(logits_f(), labels_f());
  check_close(of_f, {1.746139395, 0.529926022, 2.149757111});
  CHECK(of_f.mean().item<double>() == near(1.475274175, 1e-8));
  check_gradient([&](const auto& z) { return losses(z, labels_f()).mean(); }, logits_f());
  // Equal logits: the loss is log C times the sum of the targets, .99 for ten classes and 1.89 for a hundred.
  for (const auto& [classes, sum] : {std::pair{10, 0.99}, std::pair{100, 1.89}}) {
    const auto loss = losses(torch::zeros({1, classes}, kDouble), torch::tensor({0}, torch::kInt64));
    CHECK(loss.item<double>() == near(sum * std::log(classes), 1e-12));
  }
}

TEST_CASE("Label smoothing by 0 is cross-entropy, by 1 the mean over classes", "[methods][label_smoothing]") {
  const auto smoothed = [](double epsilon) {
    return smoothed_cross_entropy(logits_f(), cross_entropy(logits_f(), labels_f()),
                                  {.epsilon = epsilon, .spread = Spread::all_classes});
  };
  CHECK((smoothed(0) - cross_entropy(logits_f(), labels_f())).abs().max().item<double>() < 1e-15);
  CHECK((smoothed(1) + torch::log_softmax(logits_f(), 1).mean(1)).abs().max().item<double>() < 1e-15);
}

TEST_CASE("Mixed losses and images have the card's values and equal soft-target cross-entropy", "[methods][mixup]") {
  const auto z = torch::tensor({{1.2, -0.3, 0.4}, {0.1, 0.9, -1.0}}, kDouble);
  const auto first = torch::tensor({0, 1}, torch::kInt64), second = torch::tensor({2, 0}, torch::kInt64);
  check_close(cross_entropy(z, first), {0.5142950728, 0.4693143814}, 1e-10);
  check_close(cross_entropy(z, second), {1.3142950728, 1.2693143814}, 1e-10);
  const auto loss = [&](const auto& x) { return mixed_cross_entropy(x, first, second, 0.7).mean(); };
  CHECK(loss(z).item<double>() == near(0.7318047271, 1e-10));
  const auto targets = 0.7 * one_hot(first, 3, torch::kFloat64) + 0.3 * one_hot(second, 3, torch::kFloat64);
  CHECK(soft_cross_entropy(z, targets).mean().item<double>() == near(0.7318047271, 1e-10));
  check_gradient(loss, z);
  const auto images = torch::tensor({{0.2, 0.8, 0.5}, {1.0, 0.0, 0.25}}, kDouble);
  check_close(mix(images, 0.7, torch::tensor({1, 0}))[0], {0.44, 0.56, 0.425}, 1e-15);
}

TEST_CASE("Mixing is drawn anew each step: one Beta weight and a permutation of the batch's own size",
          "[methods][mixup]") {
  const Key key = derive(7, "mix");
  std::set<double> weights;
  std::set<std::vector<int64_t>> orders;
  double sum = 0;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    for (int64_t number = 0; number < 10; ++number) {
      const int64_t rows = number == 9 ? 5 : 16;
      const auto mixing = draw_row_mixing(key, epoch, number, rows, 32, torch::kCPU);
      CHECK(torch::equal(std::get<0>(mixing.order.sort()), torch::arange(rows)));
      weights.insert(mixing.weight);
      const auto* order = mixing.order.const_data_ptr<int64_t>();
      if (number < 9) orders.insert(std::vector<int64_t>(order, order + rows));
      sum += mixing.weight;
      CHECK(std::fabs(mixing.weight - 0.5) < 0.5);
    }
  }
  CHECK(weights.size() == 200);
  CHECK(orders.size() == 180);
  CHECK(sum / 200 == near(0.5, 0.02));  // the deviation of Beta(32, 32) is 0.062, that of the mean 0.0044
  const auto weight_again = [&] { return draw_row_mixing(key, 3, 4, 16, 32, torch::kCPU).weight; };
  CHECK(weight_again() == weight_again());
}

TEST_CASE("A step of mixup trains on mixed images and both labels", "[methods][mixup]") {
  const TrialSpec spec = tiny_spec("mixup", {{"alpha", 1}});
  const TrainingSet set(reference_data(8, 4), spec.recipe, 1, torch::kCPU, torch::kFloat64);
  const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU, .type = torch::kFloat64});
  const auto index = torch::arange(5, 12, torch::kInt64);
  Step step{.epoch = 2, .pass = 0, .number = 3, .count = 5, .batches = {}};
  step.batches.push_back({index, {set.images(index)}, set.labels().index_select(0, index)});

  const auto mixing = draw_row_mixing(derive(spec.seeds.train, "mix"), 2, 3, 7, 1, torch::kCPU);
  const auto& pairs = mixing.order;
  const auto images = step.batch().images(), labels = step.batch().labels;
  const torch::Tensor z = [&] {
    const torch::NoGradGuard no_gradient;
    return method->predict(mixing.weight * images + (1 - mixing.weight) * images.index_select(0, pairs))[0].scores;
  }();
  const auto targets = mixing.weight * one_hot(labels, 4, torch::kFloat64) +
                       (1 - mixing.weight) * one_hot(labels.index_select(0, pairs), 4, torch::kFloat64);
  const StepLog log = method->step(step);
  CHECK(log.losses.front().second.item<double>() == near(soft_cross_entropy(z, targets).mean().item<double>(), 1e-12));
  CHECK((log.sample_loss - cross_entropy(z, labels)).abs().max().item<double>() < 1e-12);
  CHECK(torch::equal(log.index, index));
}

}  // namespace
}  // namespace nlb

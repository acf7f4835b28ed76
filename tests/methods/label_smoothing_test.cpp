// Label smoothing: losses of the card for each spread, and whole trainings.
#include "methods/label_smoothing.h"

#include <cmath>
#include <utility>
#include <vector>

#include "tests/methods/twenty_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

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
TEST_CASE("Label smoothing of clamped probabilities is as the code writes it", "[methods][label_smoothing]") {
  constexpr double kLeast = 0.2;
  const auto entropy = [](const torch::Tensor& z) { return cross_entropy(z, labels_f()); };
  const auto smoothed = [&](const torch::Tensor& z, Spread spread) {
    return smoothed_cross_entropy(z, entropy(z), {.epsilon = 0.1, .spread = spread, .least_probability = kLeast});
  };
  check_close(smoothed(logits_f(), Spread::tenth_each), {1.484437066, 0.517566384, 1.482314460});
  check_close(smoothed(logits_f(), Spread::all_classes), {1.578587432, 0.603026736, 1.573280915});
  check_gradient([&](const auto& z) { return smoothed(z, Spread::tenth_each).sum(); }, logits_f());
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

TEST_CASE("Twenty steps of label smoothing agree with an independent implementation",
          "[methods][label_smoothing][training]") {
  check_twenty_steps("label_smoothing", {{"epsilon", 0.1}, {"spread", "all_classes"}});
}

}  // namespace
}  // namespace nlb

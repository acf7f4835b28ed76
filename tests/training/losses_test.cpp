// Cross-entropy, and its mean in one pass.
#include "training/losses.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/methods/vectors.h"
#include "training/mean_cross_entropy.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Cross-entropy has the card's values and gradient", "[training][losses]") {
  check_close(cross_entropy(logits_f(), labels_f()), {1.875418704, 0.521425830, 2.336297969});
  const auto slope = gradient([](const auto& z) { return cross_entropy(z, labels_f()).mean(); }, logits_f());
  check_close(slope[0], {0.229000523, 0.011401265, -0.282236410, 0.041834623});
  check_close(slope[2], {-0.301105031, 0.176416032, 0.107001732, 0.017687267});
}

TEST_CASE("Cross-entropy of huge logits is exact", "[training][losses]") {
  const auto z = torch::tensor({{1000.0, 0.0, -1000.0}});
  const auto y = torch::tensor({1}, torch::kInt64);
  CHECK(cross_entropy(z, y).item<double>() == 1000.0);
  check_close(gradient([&](const auto& x) { return cross_entropy(x, y).sum(); }, z), {1, -1, 0}, 0);
}

TEST_CASE("The mean cross-entropy is the library's, bit for bit", "[training][losses]") {
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

TEST_CASE("The mean cross-entropy has the card's values and gradient, without a second one", "[training][losses]") {
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

}  // namespace
}  // namespace nlb

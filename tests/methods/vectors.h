// tests/methods/vectors.h -- fixture F of the method cards, and checks of values and gradients.
#pragma once

#include <torch/torch.h>

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

namespace nlb::test {

inline const auto kDouble = torch::TensorOptions().dtype(torch::kFloat64);

/// Fixture F of the method cards.
inline torch::Tensor logits_f() {
  return torch::tensor({{2.0, -1.0, 0.5, 0.3}, {0.1, 0.2, -0.3, 1.5}, {-0.5, 1.2, 0.7, -1.1}}, kDouble);
}
inline torch::Tensor labels_f() { return torch::tensor({2, 3, 0}, torch::kInt64); }

/// Approx alone would also let a relative 1e-5 pass.
inline Approx near(double value, double margin = 1e-9) { return Approx(value).margin(margin).epsilon(0); }

inline torch::Tensor gradient(const std::function<torch::Tensor(const torch::Tensor&)>& loss, const torch::Tensor& at) {
  const auto leaf = at.detach().clone().requires_grad_(true);
  return torch::autograd::grad({loss(leaf)}, {leaf})[0];
}

inline void check_close(const torch::Tensor& values, const std::vector<double>& expected, double margin = 1e-9) {
  const auto flat = values.reshape({-1}).to(torch::kFloat64);
  REQUIRE(flat.numel() == static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(flat[static_cast<int64_t>(i)].item<double>() == near(expected[i], margin));
  }
}

/// Central differences of a scalar function, one element at a time.
inline void check_gradient(const std::function<torch::Tensor(const torch::Tensor&)>& loss, const torch::Tensor& at) {
  constexpr double kStep = 1e-6;
  const auto analytic = gradient(loss, at).reshape({-1});
  for (int64_t i = 0; i < at.numel(); ++i) {
    auto up = at.clone(), down = at.clone();
    up.view({-1})[i] += kStep;
    down.view({-1})[i] -= kStep;
    const double slope = (loss(up) - loss(down)).item<double>() / (2 * kStep);
    CAPTURE(i);
    CHECK(analytic[i].item<double>() == near(slope, 1e-8));
  }
}

}  // namespace nlb::test

// tests/methods/phuber_losses.h -- values, slopes and continuity of partially Huberised losses.
#pragma once

#include <torch/torch.h>

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "tests/methods/vectors.h"

namespace nlb::test {

using Loss = std::function<torch::Tensor(const torch::Tensor&)>;

/// Of fixture F: losses per sample, slope of the first sample's logits and mean.
struct PhuberRow {
  const char* why;
  double tau;
  std::vector<double> losses, slope;
  double mean;
};

/// `losses` of logits [B, C]: [B].
inline void check_phuber(const PhuberRow& row, const Loss& losses) {
  CAPTURE(row.why);
  check_close(losses(logits_f()), row.losses);
  CHECK(losses(logits_f()).mean().item<double>() == near(row.mean, 1e-8));
  check_close(gradient([&](const auto& z) { return losses(z).mean(); }, logits_f())[0], row.slope);
}

/// `loss` of a cross-entropy changes its form at `threshold`.
inline void check_continuous(const Loss& loss, double threshold) {
  const auto below = torch::full({}, threshold - 1e-9, kDouble), above = torch::full({}, threshold + 1e-9, kDouble);
  CHECK((loss(above) - loss(below)).abs().item<double>() < 3e-9);
  CHECK((gradient(loss, above) - gradient(loss, below)).abs().item<double>() < 3e-9);
  const auto far = torch::full({}, 500.0F);
  CHECK(loss(far).isfinite().item<bool>());
  CHECK(gradient(loss, far).item<double>() == 0);
}

}  // namespace nlb::test

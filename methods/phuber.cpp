#include "methods/phuber.h"

#include <cmath>

#include "training/losses.h"
#include "training/options.h"

namespace nlb {
namespace {

/// `base`, but its tangent of slope -tau in p from a cross-entropy of `threshold` on; both meet there at `level`.
torch::Tensor with_tangent(const torch::Tensor& base, const torch::Tensor& cross_entropy, double tau, double threshold,
                           double level) {
  const auto tangent = torch::exp(-cross_entropy) * -tau + (tau * std::exp(-threshold) + level);
  return torch::where(cross_entropy >= threshold, tangent, base);
}

}  // namespace

void read(OptionReader& from, PhuberCeOptions& to) { from.read("tau", to.tau); }

void read(OptionReader& from, PhuberGceOptions& to) {
  from.read("q", to.q);
  from.read("tau", to.tau);
}

torch::Tensor phuber_cross_entropy(const torch::Tensor& cross_entropy, double tau) {
  const double threshold = std::log(tau);
  return with_tangent(cross_entropy, cross_entropy, tau, threshold, threshold);
}

torch::Tensor phuber_generalised_cross_entropy(const torch::Tensor& cross_entropy, double q, double tau) {
  const double threshold = std::log(tau) / (1 - q);
  const double level = -std::expm1(-q * threshold) / q;
  return with_tangent(generalised_cross_entropy(cross_entropy, q), cross_entropy, tau, threshold, level);
}

PhuberCe::PhuberCe(const MethodContext& context)
    : LossMethod(context), options_(options_of<PhuberCeOptions>(context)) {}

torch::Tensor PhuberCe::losses(const torch::Tensor& /*logits*/, const torch::Tensor& entropies) const {
  return phuber_cross_entropy(entropies, options_.tau);
}

PhuberGce::PhuberGce(const MethodContext& context)
    : LossMethod(context), options_(options_of<PhuberGceOptions>(context)) {}

torch::Tensor PhuberGce::losses(const torch::Tensor& /*logits*/, const torch::Tensor& entropies) const {
  return phuber_generalised_cross_entropy(entropies, options_.q, options_.tau);
}

}  // namespace nlb

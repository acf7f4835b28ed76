#include "methods/phuber.h"

#include <cmath>

#include "methods/ce.h"
#include "methods/gce.h"

namespace nlb {
namespace {

double option(const MethodContext& context, const char* name) {
  return context.spec.method.options.at(name).get<double>();
}

/// `base`, but its tangent of slope -tau in p from a cross-entropy of `threshold` on; both meet there at `level`.
torch::Tensor with_tangent(const torch::Tensor& base, const torch::Tensor& cross_entropy, double tau, double threshold,
                           double level) {
  const auto tangent = torch::exp(-cross_entropy) * -tau + (tau * std::exp(-threshold) + level);
  return torch::where(cross_entropy >= threshold, tangent, base);
}

}  // namespace

torch::Tensor phuber_cross_entropy(const torch::Tensor& cross_entropy, double tau) {
  const double threshold = std::log(tau);
  return with_tangent(cross_entropy, cross_entropy, tau, threshold, threshold);
}

torch::Tensor phuber_generalised_cross_entropy(const torch::Tensor& cross_entropy, double q, double tau) {
  const double threshold = std::log(tau) / (1 - q);
  const double level = -std::expm1(-q * threshold) / q;
  return with_tangent(generalised_cross_entropy(cross_entropy, q), cross_entropy, tau, threshold, level);
}

PhuberCe::PhuberCe(const MethodContext& context) : OneNet(context), tau_(option(context, "tau")) {}

StepLog PhuberCe::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, phuber_cross_entropy(losses, tau_).mean());
}

PhuberGce::PhuberGce(const MethodContext& context)
    : OneNet(context), q_(option(context, "q")), tau_(option(context, "tau")) {}

StepLog PhuberGce::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, phuber_generalised_cross_entropy(losses, q_, tau_).mean());
}

}  // namespace nlb

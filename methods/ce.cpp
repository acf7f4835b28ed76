#include "methods/ce.h"

#include "core/error.h"
#include "training/least_probability.h"
#include "training/mean_cross_entropy.h"
#include "training/trusted.h"

namespace nlb {
namespace {

std::optional<std::vector<int64_t>> samples_of(const MethodContext& context) {
  if (context.spec.method.options.value("samples", std::string("all")) != "untrusted") return std::nullopt;
  auto samples = untrusted_positions(context.set);
  if (std::ssize(samples) < context.set.size()) return samples;
  throw InputError("/method/options/samples: \"untrusted\" needs a trusted set; this trial has none");
}

}  // namespace

Ce::Ce(const MethodContext& context)
    : SampleLosses(context),
      samples_(samples_of(context)),
      least_probability_(least_probability(context.spec.method.options)) {}

std::vector<Pass> Ce::begin_epoch(int64_t epoch) {
  auto passes = OneNet::begin_epoch(epoch);
  if (samples_) passes.front().streams.front().samples = *samples_;
  return passes;
}

torch::Tensor Ce::losses_of(const torch::Tensor& /*logits*/, const torch::Tensor& /*labels*/,
                            const torch::Tensor& entropies) const {
  return least_probability_ ? entropies_clamped(entropies, *least_probability_) : entropies;
}

StepLog Ce::step(const Step& step) {
  if (least_probability_) return SampleLosses::step(step);
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto [entropies, mean] = mean_cross_entropy(logits, batch.labels);
  return descend(step, logits, entropies, mean);
}

}  // namespace nlb

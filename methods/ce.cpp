#include "methods/ce.h"

#include "core/error.h"
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

Ce::Ce(const MethodContext& context) : OneNet(context), samples_(samples_of(context)) {}

std::vector<Pass> Ce::begin_epoch(int64_t epoch) {
  auto passes = OneNet::begin_epoch(epoch);
  if (samples_) passes.front().streams.front().samples = *samples_;
  return passes;
}

StepLog Ce::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto [entropies, mean] = mean_cross_entropy(logits, batch.labels);
  return descend(step, logits, entropies, mean);
}

}  // namespace nlb

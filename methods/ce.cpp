#include "methods/ce.h"

#include "training/losses.h"
#include "training/mean_cross_entropy.h"
#include "training/options.h"
#include "training/trusted.h"

namespace nlb {
namespace {

std::optional<std::vector<int64_t>> samples_of(const MethodContext& context, const CeOptions& options) {
  if (!options.untrusted_alone) return std::nullopt;
  return untrusted_positions(context.set);
}

}  // namespace

void read(OptionReader& from, CeOptions& to) {
  from.read("samples", to.untrusted_alone, {{"all", false}, {"untrusted", true}});
  from.read("least_probability", to.least_probability);
  read(from, to.scored);
  from.read("patience", to.patience);
}

Ce::Ce(const MethodContext& context) : Ce(context, options_of<CeOptions>(context)) {}

Ce::Ce(const MethodContext& context, const CeOptions& options)
    : SampleLosses(context, options.scored, options.patience),
      samples_(samples_of(context, options)),
      least_probability_(options.least_probability) {}

std::vector<Pass> Ce::begin_epoch(int64_t epoch) {
  auto passes = SampleLosses::begin_epoch(epoch);
  if (samples_ && !passes.empty()) passes.front().streams.front().samples = *samples_;
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

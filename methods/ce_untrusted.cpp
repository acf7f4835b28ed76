#include "methods/ce_untrusted.h"

#include "core/error.h"
#include "methods/ce.h"
#include "methods/mean_cross_entropy.h"
#include "methods/trusted.h"

namespace nlb {
namespace {

class CeUntrusted final : public OneNet {
 public:
  explicit CeUntrusted(const MethodContext& context) : OneNet(context), samples_(untrusted_positions(context.set)) {
    if (std::ssize(samples_) < context.set.size()) return;
    throw InputError("/method/options/samples: \"untrusted\" needs a trusted set; this trial has none");
  }

  std::vector<Pass> begin_epoch(int64_t epoch) override {
    auto passes = OneNet::begin_epoch(epoch);
    passes.front().streams.front().samples = samples_;
    return passes;
  }

  StepLog step(const Step& step) override {
    const auto logits = learner().forward(step.batch().images());
    const auto [entropies, mean] = mean_cross_entropy(logits, step.batch().labels);
    return descend(step, logits, entropies, mean);
  }

 private:
  const std::vector<int64_t> samples_;
};

}  // namespace

std::unique_ptr<Method> make_ce(const MethodContext& context) {
  const auto samples = context.spec.method.options.value("samples", std::string("all"));
  if (samples == "untrusted") return std::make_unique<CeUntrusted>(context);
  return std::make_unique<Ce>(context);
}

}  // namespace nlb

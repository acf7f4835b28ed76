// methods/co_teaching_plus.h -- Co-teaching+: Co-teaching among the samples on which the networks disagree. Yu et al.,
// ICML 2019, arXiv:1901.04215; reference code xingruiyu/coteaching_plus:main.py, loss.py.
#pragma once

#include <optional>

#include "training/small_loss.h"
#include "training/two_nets.h"

namespace nlb {

/// No defaults: the protocol gives each value with its source.
struct CoTeachingPlusOptions {
  int64_t init_epochs;  ///< plain Co-teaching while epoch + forget.first_epoch is below
  ForgetSchedule forget;
  LossScale scale;
  bool softmax_twice;                             ///< then losses and ranks are those of softmax(logits) as logits
  std::optional<int64_t> whole_batch_below_step;  ///< nobody disagrees: all train while epoch * batch is below
  TwoNetsOptions nets;
};
void read(OptionReader& from, CoTeachingPlusOptions& to);

class CoTeachingPlus final : public TwoNets {
 public:
  explicit CoTeachingPlus(const MethodContext& context);
  StepLog step(const Step& step) override;

 private:
  CoTeachingPlus(const MethodContext& context, const CoTeachingPlusOptions& options);
  const CoTeachingPlusOptions options_;
};

}  // namespace nlb

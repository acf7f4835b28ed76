// methods/co_teaching.h -- Co-teaching: two networks teach each other the samples of small loss. Han et al., NeurIPS
// 2018, arXiv:1804.06872; reference code bhanML/Co-teaching:main.py, loss.py.
#pragma once

#include <optional>

#include "training/small_loss.h"
#include "training/two_nets.h"

namespace nlb {

/// No defaults: the protocol gives each value with its source.
struct CoTeachingOptions {
  ForgetSchedule forget;
  LossScale scale;
  TwoNetsOptions nets;
};
void read(OptionReader& from, CoTeachingOptions& to);

class CoTeaching final : public TwoNets {
 public:
  explicit CoTeaching(const MethodContext& context);
  StepLog step(const Step& step) override;

 private:
  CoTeaching(const MethodContext& context, const CoTeachingOptions& options);
  const CoTeachingOptions options_;
};

}  // namespace nlb

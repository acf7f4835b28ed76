// batches/policy_tables.h -- a policy as a protocol asks for it, with its arrays on the device that changes images.
#pragma once

#include <torch/torch.h>

#include "kernels/image_policy.h"
#include "protocols/trial.h"

namespace nlb {

class PolicyTables {
 public:
  PolicyTables() = default;  ///< no policy
  PolicyTables(const PolicySpec& spec, int64_t height, int64_t width, torch::Device device);

  /// Points into this object's tensors, whose copies share them.
  const ImagePolicy& policy() const { return policy_; }

 private:
  torch::Tensor operations_, list_;  // bytes
  ImagePolicy policy_;
};

}  // namespace nlb

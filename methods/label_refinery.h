// methods/label_refinery.h -- Label Refinery: generation after generation of networks, each trained on the predictions
// of the one before. Bagherinezhad et al., arXiv:1805.02641; code hessamb/label-refinery.
#pragma once

#include "training/stages.h"

namespace nlb {

/// Generation 1 learns the given labels by cross-entropy; generation g > 1 the softmax of generation g - 1 on the same
/// view of each image.
class LabelRefinery final : public Stages {
 public:
  explicit LabelRefinery(const MethodContext& context);

 private:
  void before_stage(size_t) override {}
  // DEVIATION: the released code leaves the teacher in training mode, so that its labels depend on the batch and its
  // statistics keep moving; here it predicts in evaluation mode.
  Trained train(size_t stage, const Batch& batch) override;
};

}  // namespace nlb

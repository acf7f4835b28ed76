// training/evaluator.h -- predictions of every output of a method on test or held-out images, compared with their
// labels.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "training/method.h"

namespace nlb {

struct Evaluation {
  std::vector<std::string> outputs;  ///< outputs[0] is the one that is scored
  std::vector<int64_t> correct;      ///< per output
  std::vector<uint8_t> right;        ///< per image, 1 where the scored output is right
  std::vector<int64_t> predicted;    ///< per image, the class of the scored output
  std::vector<int32_t> confusion;    ///< [classes, classes] of the scored output, row = label
};

/// Evaluation mode, without gradient. Throws TrialFailure when a score is not finite.
Evaluation evaluate(Method& method, const EvaluationSet& set, int64_t classes);

}  // namespace nlb

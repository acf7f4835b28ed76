// tests/device/step_count.h -- what one training step starts on a GPU and moves there, counted on the device that is
// not there: exact numbers, no times.
#pragma once

#include <map>
#include <string>

#include "benchmarks/trained.h"
#include "nets/device_layers.h"
#include "tests/device/journal.h"

namespace nlb::test {

struct StepCount {
  std::map<std::string, Launched> kernels;  ///< of the step and its batch, by name
  Launched all;                             ///< the sum of them
  int64_t convolved_bytes = 0;              ///< of the outputs of convolutions forward, each once
  /// Bytes of activations read and written, in units of all convolutions' outputs.
  double passes() const { return passes_of(all); }
  double passes_of(const Launched& part) const {
    return static_cast<double>(part.activation_bytes) / static_cast<double>(convolved_bytes);
  }
};

/// The second step of a trial with `setting`: what is made once is there already. precision: a protocol's word.
StepCount count_step(const Setting& setting, Layers with, const std::string& precision = "fp32");

/// The same of a large batch without its arithmetic: every tensor of a step has a size that is fixed or goes with the
/// images, so bytes are a straight line in the batch, which `few` and `more` images fix. Throws InternalError where the
/// two start different operations.
StepCount count_step_of(const Setting& setting, Layers with, const std::string& precision = "fp32", int64_t few = 3,
                        int64_t more = 5);

}  // namespace nlb::test

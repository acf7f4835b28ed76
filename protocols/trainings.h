// protocols/trainings.h -- how many trainings a trial is made of, and where the last of them begins: a source that
// picks the best epoch looks at the network that it reports, not at one that was trained on the way.
#pragma once

#include "facts/facts.h"
#include "protocols/trial.h"

namespace nlb {

/// Trainings in sequence, each with the recipe's epochs: 1 unless the method's facts say otherwise.
int64_t trainings_of(const TrialSpec& spec, const MethodFacts& method);

/// First epoch (0-based) of the last training of a trial of so many epochs; 0 where there is one training.
int64_t last_training_begin(const TrialSpec& spec, const MethodFacts& method, int64_t epochs);

}  // namespace nlb

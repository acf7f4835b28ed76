// engine/guarded.h -- what leaves a trial as an exception becomes the one event that ends it.
#pragma once

#include <functional>

#include "engine/runner.h"

namespace nlb {

/// Prepares thread, precision and memory counters of the trial's device, then calls `train`. A TrialFailure (a stated
/// precondition that does not hold) is stored as a failed trial; all else gives the trial back: missing_data, input,
/// environment or internal.
void guarded(const RunTrial& command, const RunnerEnvironment& environment, const std::function<void()>& train);

}  // namespace nlb

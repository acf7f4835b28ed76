// tests/device/device_runs.h -- tiny trials on the CPU and on the device that is not there.
#pragma once

#include <string>

#include "tests/device/journal.h"
#include "tests/engine/all_cases.h"
#include "tests/engine/run_support.h"

namespace nlb::test {

inline const torch::Device kThere{torch::kCUDA, 0};

/// tiny_spec with powers of two where the optimiser multiplies: their products are exact, so its fused multiply-adds on
/// the device and the two roundings of its kernel on the CPU give the same bits.
TrialSpec exact_spec(const std::string& method, const Json& options);

/// As run_tiny, on `device`.
Heard run_on(torch::Device device, const RunTrial& command, TrainingData data, bool stop_at_once = false);

/// What the steps of a method asked of the device, epoch boundaries apart: the loop of engine/runner.cpp, whose batches
/// and steps alone are written down.
struct StepsJournal {
  Journal journal;
  int64_t steps = 0;
};
StepsJournal run_steps(const TrialSpec& spec, const TrainingData& data);

}  // namespace nlb::test

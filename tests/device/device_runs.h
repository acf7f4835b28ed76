// tests/device/device_runs.h -- tiny trials on the CPU and on the device that is not there.
#pragma once

#include <string>
#include <vector>

#include "tests/device/journal.h"
#include "tests/engine/all_cases.h"
#include "tests/engine/run_support.h"

namespace nlb::test {

inline const torch::Device kThere{torch::kCUDA, 0};

/// As run_tiny, on `device`; on the CPU with the layers that a GPU has (ScopedDeviceLayers).
Heard run_on(torch::Device device, const RunTrial& command, TrainingData data, bool stop_at_once = false,
             bool graphs = false);

/// Four images of `shape` (channels, height, width), trained on and tested on.
TrainingData data_of_shape(const std::vector<int64_t>& shape);

/// What the steps of a method asked of the device, epoch boundaries apart: the loop of engine/runner.cpp, whose batches
/// and steps alone are written down.
struct StepsJournal {
  Journal journal;
  int64_t steps = 0;
};
StepsJournal run_steps(const TrialSpec& spec, const TrainingData& data);

}  // namespace nlb::test

// engine/keep.h -- what `run --keep` asks for: final weights as safetensors, and a line per training sample as CSV.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/state.h"
#include "engine/train_log.h"

namespace nlb {

/// <folder>/model.safetensors: parameters, buffers and per-sample state by their names in the chain; optimisers are
/// left out.
void keep_model(const std::filesystem::path& folder, const std::vector<StateEntry>& state);

/// <folder>/samples.csv: image (position in the official order), given, predicted, loss, suspicion of each training
/// sample as the last epoch left it; samples that it did not see have empty fields.
void keep_samples(const std::filesystem::path& folder, const TrainingData& data,
                  const std::vector<SampleState>& samples);

}  // namespace nlb

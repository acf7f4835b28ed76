// engine/keep.h -- what `run --keep` asks for: final weights as safetensors, and what was seen of each training sample.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/state.h"
#include "engine/train_log.h"

namespace nlb {

/// <folder>/model.safetensors: parameters, buffers and per-sample state by their names in the chain; optimisers are
/// left out.
void keep_model(const std::filesystem::path& folder, const std::vector<StateEntry>& state);

/// <folder>/samples.json: results/samples.h.
void keep_samples(const std::filesystem::path& folder, const std::string& trial, const TrainingData& data,
                  const TrainLog& log);

/// <folder>/labels.json: `labels`, one for each training image of the data set, as a JSON list, which is a label file.
void keep_labels(const std::filesystem::path& folder, const std::vector<int64_t>& labels);

}  // namespace nlb

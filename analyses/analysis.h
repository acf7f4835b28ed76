// analyses/analysis.h -- what a trial that ended well leaves beside its record on request (`run --keep`). Each analysis
// writes one file; results/kept_files.h tells both programs which there are.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "results/samples.h"
#include "training/method.h"

namespace nlb {

/// What an analysis sees. Everything outlives the call.
struct EndedTrial {
  Method& method;
  const TrainingSet& training;
  const EvaluationSet* images;  ///< every training image, unaugmented, in the official order; null unless asked for
  std::function<KeptSamples()> samples;  ///< each training sample as the last step that saw it left it
};

struct Analysis {
  std::string id;     ///< of results/kept_files.h
  bool reads_images;  ///< asks for EndedTrial::images, which stay on the device while the trial trains
  void (*write)(const EndedTrial& trial, const std::filesystem::path& file);
};

/// One row for each of kept_files(), in its order.
const std::vector<Analysis>& analyses();
/// Throws InputError for an id that is not among them.
const Analysis& analysis_of(const std::string& id);

/// Parameters, buffers and per-sample state by their names in the state chain, as safetensors
/// (https://huggingface.co/docs/safetensors); optimisers are left out.
void write_model(const EndedTrial& trial, const std::filesystem::path& file);
/// results/samples.h.
void write_samples_file(const EndedTrial& trial, const std::filesystem::path& file);
/// The class that the scored output gives to each training image, as a JSON list, which is a label file.
void write_labels(const EndedTrial& trial, const std::filesystem::path& file);

}  // namespace nlb

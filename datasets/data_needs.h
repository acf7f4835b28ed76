// datasets/data_needs.h -- what can be seen of a trial's labels before it trains: classes that are rare or missing, and
// methods that will fail on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/training_data.h"
#include "facts/facts.h"

namespace nlb {

/// Images of each class.
struct ClassCounts {
  std::vector<std::string> names;
  std::vector<int64_t> train;  ///< by given label
  std::vector<int64_t> test;   ///< by clean label
};
ClassCounts class_counts(const Dataset& dataset);
ClassCounts class_counts(const TrainingData& data);

/// Sentences on classes without training or test images, on rare ones (below a fifth of the largest class, or below
/// ten, in training; below twenty in the test split), and on a test split that resolves little. Empty where all is
/// well.
std::vector<std::string> class_remarks(const ClassCounts& counts);

/// Why a trial that learns from images outside its trusted set means nothing though it runs: less than one whole batch
/// of them is left; "": enough are, or it learns from none. `trusted` of `images` training images are.
std::string few_untrusted(const TrialSpec& spec, const MethodFacts& method, int64_t images, int64_t trusted);

/// Why the trial will fail on `data` or mean nothing, one sentence each; empty where nothing is known against it: the
/// method's relations (facts/relations.h) by the samples that are there, and few_untrusted.
std::vector<std::string> unmet_needs(const TrialSpec& spec, const MethodFacts& method, const TrainingData& data);

}  // namespace nlb

// cli/suspects.h -- training samples of one or several trials as lines of CSV, most suspicious label first.
// docs/kept.md.
#pragma once

#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "facts/facts.h"
#include "results/suspicion.h"

namespace nlb {

/// Facts of the data set, and names where its images are files of the user's own.
struct NamedImages {
  const DatasetFacts& dataset;
  std::vector<std::string> names;
};

/// How many samples a list has, has ranked, and of the first 100 whose right label is known, how many are wrong.
struct SuspectList {
  std::string csv;
  int64_t samples = 0, ranked = 0;
  int64_t first_known = 0, first_wrong = 0;
};

/// `unchecked`: leaves out samples whose right label is known.
SuspectList suspects_of(const KeptSamples& samples, Suspicion by, const NamedImages& images, bool unchecked);

struct TrialSamples {
  std::string name;  ///< of the trial, for messages
  KeptSamples samples;
  Suspicion by;
};
/// One line an image, by its mean rank over the trials that rank it. Throws InputError where two trials gave one image
/// different labels: then they do not speak of the same suspects.
SuspectList consensus_of(const std::vector<TrialSamples>& trials, const NamedImages& images, bool unchecked);

}  // namespace nlb

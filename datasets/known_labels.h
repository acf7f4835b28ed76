// datasets/known_labels.h -- published label files by their digests, so that a file of unknown origin can be named
// without any data.
#pragma once

#include <span>
#include <string>

namespace nlb {

struct KnownLabels {
  const char* digest;   ///< label_digest over the training labels in official order
  const char* dataset;  ///< id
  const char* words;    ///< which labels these are
};

std::span<const KnownLabels> known_labels();

/// "" when none is known.
std::string known_labels_words(const std::string& digest);

}  // namespace nlb

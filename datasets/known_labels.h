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

/// Whether `digest` is that of the clean labels of `dataset`; false where they are not known here.
bool is_clean_of(const std::string& digest, const std::string& dataset);

/// The file of CIFAR-N that translates TensorFlow's order to the official one, where `digest` is that of the clean
/// labels of `dataset` in TensorFlow's order; else "".
std::string tensorflow_order_file(const std::string& digest, const std::string& dataset);

}  // namespace nlb

// datasets/noise.h -- label noise generators, LibTorch-free: integers and correctly rounded operations, or an author's
// own stream bit for bit. Definitions and vectors: docs/noise.md, each generator's facts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocols/trial.h"

namespace nlb {

/// Noisy labels of `clean_labels` (whole training population, official order) in [0, classes). A pure function of its
/// arguments. Throws InputError as check_noise does, and for a seed that the author's stream cannot take.
std::vector<int64_t> make_noisy_labels(const NoiseSpec& noise, std::span<const int64_t> clean_labels, int64_t classes,
                                       uint64_t seed);

/// Throws InputError for a generator that is not built, options that are not defined together, a rate outside [0, 1)
/// ([0, 1] for GLC's generators), or a number of classes that the generator is not defined for.
void check_noise(const NoiseSpec& noise, int64_t classes);

struct NoiseSummary {
  std::string digest;         ///< SHA-256 over the labels as one byte each (two little-endian from 256 classes on)
  double requested_rate = 0;  ///< the setting's noise_rate
  double effective_rate = 0;  ///< share of labels that differ from the clean ones
  int64_t changed = 0, count = 0;
  std::vector<int64_t> matrix;  ///< [classes, classes] counts, row = clean class, column = noisy class
  int64_t classes = 0;
};

NoiseSummary summarise_noise(std::span<const int64_t> clean_labels, std::span<const int64_t> noisy_labels,
                             int64_t classes, double requested_rate);
std::string label_digest(std::span<const int64_t> labels, int64_t classes);

}  // namespace nlb

// datasets/noise.h -- label noise generators, LibTorch-free: integers and correctly rounded operations, or an author's
// own stream bit for bit. Definitions and vectors: docs/noise.md, each generator's facts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocols/trial.h"

namespace nlb {

class ImageSource;
struct ImageSet;

/// What the noise is drawn on: training images in official order.
struct NoisePopulation {
  std::span<const int64_t> clean;  ///< [n] labels in [0, classes)
  int64_t classes = 0;
  const ImageSource* images = nullptr;  ///< the data set's training images, where the generator looks at them
  std::span<const int64_t> index = {};  ///< [n] sample i is training image index[i]; empty: image i
  int64_t image_at(int64_t position) const { return index.empty() ? position : index[static_cast<size_t>(position)]; }
};

/// What some trials read beside their data set: datasets/noise_inputs.h loads it.
struct NoiseInputs {
  std::vector<int64_t> labels;              ///< of a label file: label i belongs to training image i
  std::vector<std::vector<double>> matrix;  ///< [classes, classes] of a matrix file
  std::shared_ptr<const ImageSet> foreign;  ///< training images of another data set, which come in as noise
  std::shared_ptr<const ImageSet> trusted;  ///< those of the data set that the trusted set comes from, where another
};

/// Sample `position` of the population shows image `source` of NoiseInputs::foreign.
struct ReplacedImage {
  int64_t position = 0, source = 0;
  bool operator==(const ReplacedImage&) const = default;
};

struct NoisyLabels {
  std::vector<int64_t> labels;          ///< [n]
  std::vector<ReplacedImage> replaced;  ///< by position; empty but for open-set noise
};

/// A pure function of its arguments. Throws InputError as check_noise does, for a seed that the author's stream cannot
/// take, and for inputs that do not fit the population.
NoisyLabels draw_noise(const NoiseSpec& noise, const NoisePopulation& population, const NoiseInputs& inputs,
                       uint64_t seed);

/// Labels of a generator that needs nothing but the clean ones.
std::vector<int64_t> make_noisy_labels(const NoiseSpec& noise, std::span<const int64_t> clean_labels, int64_t classes,
                                       uint64_t seed);

/// Throws InputError for a generator that is not built, options that are not defined together, a rate outside the
/// generator's, or a number of classes that it is not defined for.
void check_noise(const NoiseSpec& noise, int64_t classes);

/// Counts are over the samples whose clean label is known.
struct NoiseSummary {
  std::string digest;  ///< label_digest; with replaced images, their positions and sources behind the labels, each as
                       ///< four little-endian bytes
  double requested_rate = 0;  ///< the setting's noise_rate
  double effective_rate = 0;  ///< share of samples whose label is wrong
  int64_t changed = 0;        ///< labels that differ from the clean ones, and replaced images
  int64_t replaced = 0;       ///< images replaced by those of another data set; they keep their labels in `matrix`
  int64_t count = 0;
  std::vector<int64_t> matrix;  ///< [classes, classes] counts, row = clean class, column = noisy class
  int64_t classes = 0;
};

NoiseSummary summarise_noise(std::span<const int64_t> clean_labels, std::span<const int64_t> noisy_labels,
                             int64_t classes, double requested_rate, std::span<const ReplacedImage> replaced = {});
/// SHA-256 over the labels as little-endian bytes: one each, two from 256 classes on, four above 65,536, eight above
/// 2^32 and where a label is outside [0, classes).
std::string label_digest(std::span<const int64_t> labels, int64_t classes);

}  // namespace nlb

// datasets/training_data.h -- what a trial trains and is judged on: which images, which given labels, which are held
// out or trusted. The only place where clean and given labels stand side by side; methods see `given` only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/noise.h"
#include "protocols/trial.h"

namespace nlb {

/// In `given`: a sample whose label the method must not read.
inline constexpr int64_t kNoLabel = -1;
/// In `clean`: the sample shows an image of another data set, for which every label is wrong.
inline constexpr int64_t kForeign = -1;

/// References to images: image i is number index[i] of the source.
struct ImageReferences {
  Images source;
  std::vector<int64_t> index;
};

/// Sample i of the training set (0 <= i < size()) has the label of image train_index[i] of Dataset::train, and shows it
/// unless it is replaced; several samples may share one (noisy copies). Trusted samples are part of it. No pixel is
/// held: what is shown are numbers in sources, joined where several data sets give images.
struct TrainingData {
  Dataset dataset;
  Images foreign = nullptr;  ///< images of another data set, which noise brings in or which are trusted; null: none
  /// [N] into dataset.train; from dataset.train.count on, trusted images of `foreign`, which stand behind the others
  std::vector<int64_t> train_index;
  std::vector<int64_t> given;  ///< [N] labels the method sees: noisy, clean for trusted samples; kNoLabel for the
                               ///< others where no noisy label is read but a trusted set is
  std::vector<int64_t> clean;  ///< [N] for scoring only; kForeign for replaced images,
                               ///< kUnknownLabel where nobody knows it
  std::vector<ReplacedImage> replaced;  ///< samples that show an image of `foreign`; empty but for open-set noise
  std::vector<int64_t> trusted;  ///< positions in [0, N) of trusted samples, increasing; empty without a trusted set
  std::vector<int64_t> held_out_index;   ///< [V] into dataset.train; empty without a held-out part
  std::vector<int64_t> held_out_labels;  ///< [V] labels used for selecting an epoch
  std::vector<int64_t> test_index;       ///< [T] into dataset.test
  std::optional<NoiseSummary>
      noise;  ///< over the population the noise was drawn on; absent where no noisy label is read
  int64_t size() const { return static_cast<int64_t>(train_index.size()); }
  ImageReferences train_images() const;     ///< [N] what the samples show
  ImageReferences held_out_images() const;  ///< [V]
  ImageReferences test_images() const;      ///< [T]
  /// Lets go of all sources: a device holds their images now, and the labels stay.
  void release_images();
};

/// Pure function of its arguments; the order of its draws: docs/noise.md. `inputs`: what load_noise_inputs gives for
/// `spec`. Throws InputError, with the place in the trial's JSON, for parts that the data set is too small for, and for
/// draws that are not built.
TrainingData make_training_data(const TrialSpec& spec, Dataset dataset, const NoiseInputs& inputs = {});

}  // namespace nlb

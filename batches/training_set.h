// batches/training_set.h -- the training set on the device: uint8 images and given labels, resident for the whole
// trial. It has no clean labels, so no method can peek at them.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/draws.h"
#include "protocols/trial.h"

namespace nlb {

struct ImageReferences;
struct TrainingData;

/// What one network step gets of one stream.
struct Batch {
  torch::Tensor index;               ///< [B] int64, positions in the training set
  std::vector<torch::Tensor> views;  ///< each [B, C, H, W] float, independently augmented; at least one
  torch::Tensor labels;              ///< [B] int64 given labels in [0, classes); kNoLabel where none may be read
  int64_t size() const { return index.size(0); }
  const torch::Tensor& images() const { return views.front(); }
};

/// How one view of an image is made.
enum class View {
  plain,   ///< only normalised
  recipe,  ///< the recipe's augmentation, then normalised
};

/// A source of batches that a pass over the data asks for.
struct Stream {
  std::string name = "train";                        ///< part of the order's and the augmentation's key
  std::optional<std::vector<int64_t>> samples = {};  ///< positions; absent: the whole training set
  int64_t batch_size = 0;
  bool keep_last = true;  ///< a short last batch is kept
  bool shuffle = true;
  std::vector<View> views = {View::recipe};  ///< one image tensor each, drawn independently
  bool cycle = false;                        ///< starts over, reshuffled, while the pass's first stream still runs
};

class TrainingSet {
 public:
  /// Copies images and given labels to the device. `train_seed` feeds orders and augmentation. type: kFloat32 or
  /// kFloat64.
  TrainingSet(const TrainingData& data, const RecipeSpec& recipe, uint64_t train_seed, torch::Device device,
              torch::ScalarType type = torch::kFloat32);

  int64_t size() const;
  int64_t classes() const;
  std::vector<int64_t> image_shape() const;     ///< channels, height, width
  const torch::Tensor& labels() const;          ///< [N] int64 on the device, as given
  const std::vector<int64_t>& trusted() const;  ///< positions of trusted samples, increasing
  torch::Device device() const;

  /// Number of batches of a stream in one pass.
  int64_t batches(const Stream& stream) const;
  /// Batch `number` of `stream` in `epoch`; beyond batches(stream) only of a cycling stream, which has then restarted
  /// r = number / batches times. With pass = epoch + r * 2^32, place p of the order is sample (of `samples`) number
  /// draw_permutation(derive(train_seed, "order/" + name), pass, n)[p], and view v of the image at position i is drawn
  /// at (pass, i, v) of derive(train_seed, "augment/" + name): a pure function, whatever was asked for before. Policy
  /// and cutout have the keys "policy" and "cutout" below that one; a policy drawn for the batch lies at (pass, number
  /// % batches).
  Batch batch(const Stream& stream, int64_t epoch, int64_t number) const;

  /// Normalised images of `positions` without augmentation, [B, C, H, W].
  torch::Tensor images(torch::Tensor positions) const;
  /// Visits the samples in order without augmentation, `batch_size` at a time: a pass for mixtures, transition
  /// matrices, features.
  void for_each(int64_t batch_size, const std::function<void(const Batch&)>& visit,
                const std::vector<int64_t>* samples = nullptr) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Held-out and test images for evaluation, resident on the device.
class EvaluationSet {
 public:
  EvaluationSet(const ImageReferences& images, const std::vector<int64_t>& labels,
                const NormalisationSpec& normalisation, torch::Device device, torch::ScalarType type = torch::kFloat32);
  int64_t size() const;
  const torch::Tensor& labels() const;                     ///< [size] int64 on the device
  torch::Tensor images(int64_t begin, int64_t end) const;  ///< [end - begin, C, H, W] normalised

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace nlb

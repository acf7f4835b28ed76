// batches/resident_images.h -- uint8 images that stay on the device for the whole trial, and the one way to float
// tensors.
#pragma once

#include <torch/torch.h>

#include <span>
#include <vector>

#include "images/image_source.h"
#include "kernels/augment.h"
#include "protocols/trial.h"

namespace nlb {

class ResidentImages {
 public:
  /// Copies images `chosen` of `images`, all of one shape, to the device, each once however often it is chosen; row r
  /// is image chosen[r]. type: kFloat32 or kFloat64.
  ResidentImages(const ImageSource& images, std::span<const int64_t> chosen, const NormalisationSpec& normalisation,
                 torch::Device device, torch::ScalarType type);

  int64_t size() const { return size_; }                                               ///< rows
  int64_t distinct() const { return pixels_.size(0); }                                 ///< images on the device
  std::vector<int64_t> image_shape() const { return pixels_.sizes().slice(1).vec(); }  ///< channels, height, width
  torch::Device device() const { return pixels_.device(); }

  /// Rows `rows` ([B] int64 on the device), augmented and normalised: [B, channels, height, width]. The arrays of
  /// how.policy lie on the device too.
  torch::Tensor render(const torch::Tensor& rows, const Augmentation& how = {}) const;

 private:
  int64_t size_ = 0;
  torch::Tensor pixels_;                // [N, channels, height, width] uint8
  torch::Tensor places_;                // [size] int64: row -> image of pixels_; undefined where row r is image r
  torch::Tensor table_;                 // [channels, 256]: the value of each pixel
  std::vector<PixelFormula> formulas_;  // the same values where this processor computes them; else empty
};

}  // namespace nlb

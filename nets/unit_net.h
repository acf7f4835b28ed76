// nets/unit_net.h -- networks of pre-activation units that differ in their unit: a convolution with norm and ReLU,
// three stages of units, of which the second and the third halve the sides, norm and ReLU behind the last, the mean
// over its map, a linear layer.
#pragma once

#include <string>
#include <vector>

#include "nets/layers.h"
#include "nets/net_request.h"

namespace nlb {

/// A Unit maps (ResidualSum, ForwardContext) to a ResidualSum.
template <typename Unit>
class UnitNet : public Net {
 public:
  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    return layer_features(images, context).back();
  }

  std::vector<torch::Tensor> layer_features(const torch::Tensor& images, const ForwardContext& context) override {
    std::vector<torch::Tensor> layers;
    ResidualSum sum = {stem_norm_.activated(stem_(in_layout(images)), context), {}};
    for (size_t i = 0; i < units_.size(); ++i) {
      if (i > last_stage_) layers.push_back(mean_over_map(sum.added()));
      sum = units_[i](sum, context);
    }
    layers.push_back(mean_over_map(last_norm_.of_sum(sum, context).active.first));
    return layers;
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 protected:
  /// Where a unit is and what it maps to what.
  struct UnitPlace {
    std::string name;  ///< of its parameters
    size_t stage = 0;
    bool begins_stage = false;
    int64_t in = 0, out = 0, stride = 1;
  };

  /// Declares all layers, in the order of the images' way. `widths`: what the units of each stage give; `make` declares
  /// and returns the unit of a UnitPlace.
  template <typename Make>
  void declare(LayerBuilder& build, const NetShape& shape, int64_t stem, const ConvOptions& stem_options,
               const std::vector<int64_t>& widths, int64_t units, const Make& make) {
    stem_ = build.conv("conv1", shape.channels, stem, stem_options);
    stem_norm_ = build.batch_norm("bn1", stem);
    int64_t in = stem;
    for (size_t stage = 0; stage < widths.size(); ++stage) {
      last_stage_ = units_.size();
      for (int64_t i = 0; i < units; ++i) {
        units_.push_back(make({.name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i),
                               .stage = stage,
                               .begins_stage = i == 0,
                               .in = in,
                               .out = widths[stage],
                               .stride = stage > 0 && i == 0 ? 2 : 1}));
        in = widths[stage];
      }
    }
    last_norm_ = build.batch_norm("bn", in);
    linear_ = build.linear("linear", in, shape.classes);
  }

 private:
  Conv2d stem_;
  BatchNorm2d stem_norm_, last_norm_;
  std::vector<Unit> units_;
  size_t last_stage_ = 0;  // its first unit
  Linear linear_;
};

}  // namespace nlb

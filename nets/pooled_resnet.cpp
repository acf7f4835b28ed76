#include "nets/pooled_resnet.h"

#include <optional>
#include <string>
#include <vector>

#include "nets/layers.h"

namespace nlb {
namespace {

constexpr int64_t kLeastSide = 8;
constexpr NormOptions kNorms = {.momentum = 0.001, .epsilon = 1e-3, .scale = false};

/// Means over stride x stride, where a window hangs over the far side over what is there of it; `maps` of zeros.
struct PooledShortcut {
  int64_t stride = 1, maps = 0;

  torch::Tensor operator()(const torch::Tensor& input) const {
    auto out = input;
    if (stride > 1) {
      out = torch::avg_pool2d(out, stride, stride, /*padding=*/0, /*ceil_mode=*/true, /*count_include_pad=*/false);
    }
    return maps == 0 ? out : torch::constant_pad_nd(out, {0, 0, 0, 0, maps / 2, maps - maps / 2});
  }
};

struct Unit {
  std::optional<BatchNorm2d> norm1;  // behind the first stage
  BatchNorm2d norm2;
  Conv2d conv1, conv2;
  Dropout dropout;
  PooledShortcut shortcut;

  ResidualSum operator()(const ResidualSum& before, const ForwardContext& context) const {
    if (!norm1) return joined(before.added(), before.added(), context);
    const auto [input, active] = norm1->of_sum(before, context);
    return joined(input, dropout(active.first, context), context);
  }

 private:
  ResidualSum joined(const torch::Tensor& input, const torch::Tensor& active, const ForwardContext& context) const {
    return {conv2(norm2.activated(conv1(active), context)), shortcut(input)};
  }
};

class PooledResNet final : public Net {
 public:
  /// `widths`: of the stages, each of `units`.
  PooledResNet(const NetRequest& request, int64_t stem, const std::vector<int64_t>& widths, int64_t units)
      : dropout_(request.options.number("dropout", Range::half_open(0, 1))) {
    LayerBuilder build(store_, request.initialisation, kNorms);
    stem_ = build.conv("conv1", request.shape.channels, stem, {.same = true});
    stem_norm_ = build.batch_norm("bn1", stem);
    int64_t in = stem;
    for (size_t stage = 0; stage < widths.size(); ++stage) {
      last_stage_ = units_.size();
      for (int64_t i = 0; i < units; ++i) {
        const auto name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
        units_.push_back(make_unit(build, name, in, widths[stage], stage > 0 && i == 0 ? 2 : 1, stage > 0));
        in = widths[stage];
      }
    }
    last_norm_ = build.batch_norm("bn", in);
    linear_ = build.linear("linear", in, request.shape.classes);
  }

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

 private:
  Unit make_unit(LayerBuilder& build, const std::string& name, int64_t in, int64_t out, int64_t stride,
                 bool activates) const {
    Unit unit;
    if (activates) {
      unit.norm1 = build.batch_norm(name + ".bn1", in);
      unit.dropout = build.dropout(dropout_);
    }
    unit.conv1 = build.conv(name + ".conv1", in, out, {.stride = stride, .same = true});
    unit.norm2 = build.batch_norm(name + ".bn2", out);
    unit.conv2 = build.conv(name + ".conv2", out, out, {.same = true});
    unit.shortcut = {.stride = stride, .maps = out - in};
    return unit;
  }

  const double dropout_;
  Conv2d stem_;
  BatchNorm2d stem_norm_, last_norm_;
  std::vector<Unit> units_;
  size_t last_stage_ = 0;  // its first unit
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> build_wrn_28_10_pooled(const NetRequest& request) {
  if (request.shape.height < kLeastSide || request.shape.width < kLeastSide) {
    refuse_shape("wrn_28_10_pooled", request.shape, "it takes 8x8 or more");
  }
  return std::make_unique<PooledResNet>(request, 16, std::vector<int64_t>{160, 320, 640}, 4);
}

}  // namespace nlb

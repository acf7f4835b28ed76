#include "nets/resnet29.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nets/layers.h"

namespace nlb {
namespace {

constexpr int64_t kLeastSide = 8, kStem = 16, kUnits = 3;

struct Stage {
  int64_t inner, out;
};
constexpr Stage kStages[] = {{16, 64}, {64, 128}, {128, 256}};

struct Unit {
  std::optional<BatchNorm2d> norm1;
  BatchNorm2d norm2, norm3;
  Conv2d conv1, conv2, conv3;
  std::optional<Conv2d> shortcut;

  ResidualSum operator()(const ResidualSum& before, const ForwardContext& context) const {
    constexpr double kNoActivation = 1;
    const auto [input, normed] = norm1 ? norm1->of_sum(before, context, kNoActivation)
                                       : BatchNorm2d::OfSum{before.main, {before.main, before.main}};
    const auto middle = conv2(norm2.activated(conv1(normed.first), context));
    return {conv3(norm3.activated(middle, context)), shortcut ? (*shortcut)(input) : input};
  }
};

class ResNet29 final : public Net {
 public:
  explicit ResNet29(const NetRequest& request) {
    LayerBuilder build(store_, request.initialisation);
    stem_ = build.conv("conv1", request.shape.channels, kStem, {});
    stem_norm_ = build.batch_norm("bn1", kStem);
    int64_t in = kStem;
    for (size_t s = 0; s < std::size(kStages); ++s) {
      last_stage_ = units_.size();
      for (int64_t i = 0; i < kUnits; ++i) {
        const auto name = "layer" + std::to_string(s + 1) + "." + std::to_string(i);
        units_.push_back(make_unit(build, name, in, kStages[s], s > 0 && i == 0 ? 2 : 1, i == 0));
        in = kStages[s].out;
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
  Unit make_unit(LayerBuilder& build, const std::string& name, int64_t in, const Stage& stage, int64_t stride,
                 bool begins_stage) const {
    Unit unit;
    if (!units_.empty()) unit.norm1 = build.batch_norm(name + ".bn1", in);
    unit.conv1 = build.conv(name + ".conv1", in, stage.inner, {.kernel = 1, .stride = stride, .padding = 0});
    unit.norm2 = build.batch_norm(name + ".bn2", stage.inner);
    unit.conv2 = build.conv(name + ".conv2", stage.inner, stage.inner, {});
    unit.norm3 = build.batch_norm(name + ".bn3", stage.inner);
    unit.conv3 = build.conv(name + ".conv3", stage.inner, stage.out, {.kernel = 1, .padding = 0});
    if (begins_stage) {
      unit.shortcut = build.conv(name + ".shortcut.0", in, stage.out, {.kernel = 1, .stride = stride, .padding = 0});
    }
    return unit;
  }

  Conv2d stem_;
  BatchNorm2d stem_norm_, last_norm_;
  std::vector<Unit> units_;
  size_t last_stage_ = 0;  // its first unit
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> build_resnet29(const NetRequest& request) {
  if (request.shape.height < kLeastSide || request.shape.width < kLeastSide) {
    refuse_shape("resnet29", request.shape, "it takes 8x8 or more");
  }
  return std::make_unique<ResNet29>(request);
}

}  // namespace nlb

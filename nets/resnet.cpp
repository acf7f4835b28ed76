#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nets/architectures.h"
#include "nets/layers.h"

namespace nlb {
namespace {

struct ConvNorm {
  Conv2d conv;
  BatchNorm2d norm;
  torch::Tensor operator()(const torch::Tensor& input, const ForwardContext& context) const {
    return norm(conv(input), context);
  }
  torch::Tensor activated(const torch::Tensor& input, const ForwardContext& context) const {
    return norm.activated(conv(input), context);
  }
  Forked activated_twice(const torch::Tensor& input, const ForwardContext& context) const {
    return norm.activated_twice(conv(input), context);
  }
};

struct Block {
  std::vector<ConvNorm> layers;
  std::optional<ConvNorm> shortcut;

  Forked operator()(const Forked& input, const ForwardContext& context) const {
    auto residual = input.first;
    for (size_t i = 0; i + 1 < layers.size(); ++i) residual = layers[i].activated(residual, context);
    residual = layers.back().conv(residual);
    return layers.back().norm.joined(residual, shortcut ? (*shortcut)(input.second, context) : input.second, context);
  }
};

/// What a block is made of, by its kind.
enum class Kind { basic, bottleneck };
constexpr int64_t kWidening = 4;  ///< of a bottleneck's last convolution

int64_t width_after(Kind kind, int64_t width) { return kind == Kind::basic ? width : kWidening * width; }

class BlockBuilder {
 public:
  BlockBuilder(LayerBuilder& build, std::string name) : build_(build), name_(std::move(name)) {}

  Block block(Kind kind, int64_t in, int64_t width, int64_t stride) {
    const int64_t out = width_after(kind, width);
    if (kind == Kind::basic) {
      add(in, width, {.stride = stride});
      add(width, out, {});
    } else {
      add(in, width, kPointwise);
      add(width, width, {.stride = stride});
      add(width, out, kPointwise);
    }
    if (stride != 1 || in != out) {
      ConvNorm shortcut;
      shortcut.conv = build_.conv(name_ + ".shortcut.0", in, out, {.kernel = 1, .stride = stride, .padding = 0});
      shortcut.norm = build_.batch_norm(name_ + ".shortcut.1", out);
      block_.shortcut = shortcut;
    }
    return block_;
  }

 private:
  static constexpr ConvOptions kPointwise = {.kernel = 1, .padding = 0};

  void add(int64_t in, int64_t out, const ConvOptions& options) {
    const auto number = std::to_string(block_.layers.size() + 1);
    ConvNorm layer;
    layer.conv = build_.conv(name_ + ".conv" + number, in, out, options);
    layer.norm = build_.batch_norm(name_ + ".bn" + number, out);
    block_.layers.push_back(layer);
  }

  LayerBuilder& build_;
  std::string name_;
  Block block_;
};

class ResNet final : public Net {
 public:
  /// `width`: of the stem and the first stage; each further stage doubles it.
  ResNet(const NetRequest& request, Kind kind, int64_t width, const std::vector<int>& depths) {
    LayerBuilder build(store_, request.initialisation);
    stem_.conv = build.conv("conv1", request.shape.channels, width, {});
    stem_.norm = build.batch_norm("bn1", width);
    int64_t in = width;
    for (size_t stage = 0; stage < depths.size(); ++stage, width *= 2) {
      last_stage_ = blocks_.size();
      for (int i = 0; i < depths[stage]; ++i) {
        const auto name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
        blocks_.push_back(BlockBuilder(build, name).block(kind, in, width, stage > 0 && i == 0 ? 2 : 1));
        in = width_after(kind, width);
      }
    }
    linear_ = build.linear("linear", in, request.shape.classes);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    auto x = stem(images, context);
    for (const Block& block : blocks_) x = block(x, context);
    return mean_over_map(x.first);
  }

  /// The units of the last stage: pokaxpoka/RoGNoisyLabel:models/resnet.py.
  std::vector<torch::Tensor> layer_features(const torch::Tensor& images, const ForwardContext& context) override {
    std::vector<torch::Tensor> layers;
    auto x = stem(images, context);
    for (size_t i = 0; i < blocks_.size(); ++i) {
      x = blocks_[i](x, context);
      if (i >= last_stage_) layers.push_back(mean_over_map(x.first));
    }
    return layers;
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 private:
  Forked stem(const torch::Tensor& images, const ForwardContext& context) const {
    return stem_.activated_twice(in_layout(images), context);
  }

  ConvNorm stem_;
  std::vector<Block> blocks_;
  size_t last_stage_ = 0;  // its first block
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> build_resnet34(const NetRequest& request) {
  return std::make_unique<ResNet>(request, Kind::basic, 64, std::vector<int>{3, 4, 6, 3});
}
std::unique_ptr<Net> build_resnet32(const NetRequest& request) {
  return std::make_unique<ResNet>(request, Kind::basic, 16, std::vector<int>{5, 5, 5});
}
std::unique_ptr<Net> build_resnet50(const NetRequest& request) {
  return std::make_unique<ResNet>(request, Kind::bottleneck, 64, std::vector<int>{3, 4, 6, 3});
}

}  // namespace nlb

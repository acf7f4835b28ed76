#include "nets/resnet.h"

#include <optional>
#include <string>
#include <vector>

#include "nets/layers.h"

namespace nlb {
namespace {

constexpr int64_t kLeastSide = 8;

struct ConvNorm {
  Conv2d conv;
  BatchNorm2d norm;
  torch::Tensor operator()(const torch::Tensor& input, const ForwardContext& context) const {
    return norm(conv(input), context);
  }
};

struct Block {
  ConvNorm first, second;
  std::optional<ConvNorm> shortcut;

  torch::Tensor operator()(const torch::Tensor& input, const ForwardContext& context) const {
    const auto residual = second(torch::relu(first(input, context)), context);
    return torch::relu(residual + (shortcut ? (*shortcut)(input, context) : input));
  }
};

Block make_block(LayerBuilder& build, const std::string& name, int64_t in, int64_t out, int64_t stride) {
  Block block;
  block.first.conv = build.conv(name + ".conv1", in, out, {.stride = stride});
  block.first.norm = build.batch_norm(name + ".bn1", out);
  block.second.conv = build.conv(name + ".conv2", out, out, {});
  block.second.norm = build.batch_norm(name + ".bn2", out);
  if (stride != 1 || in != out) {
    ConvNorm shortcut;
    shortcut.conv = build.conv(name + ".shortcut.0", in, out, {.kernel = 1, .stride = stride, .padding = 0});
    shortcut.norm = build.batch_norm(name + ".shortcut.1", out);
    block.shortcut = shortcut;
  }
  return block;
}

class ResNet final : public Net {
 public:
  /// `width`: of the stem and the first stage; each further stage doubles it.
  ResNet(const NetRequest& request, int64_t width, const std::vector<int>& depths) {
    LayerBuilder build(store_, request.initialisation);
    stem_.conv = build.conv("conv1", request.shape.channels, width, {});
    stem_.norm = build.batch_norm("bn1", width);
    int64_t in = width, out = width;
    for (size_t stage = 0; stage < depths.size(); ++stage, out *= 2) {
      last_stage_ = blocks_.size();
      for (int i = 0; i < depths[stage]; ++i) {
        const auto name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
        blocks_.push_back(make_block(build, name, in, out, stage > 0 && i == 0 ? 2 : 1));
        in = out;
      }
    }
    linear_ = build.linear("linear", in, request.shape.classes);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    auto x = stem(images, context);
    for (const Block& block : blocks_) x = block(x, context);
    return x.mean({2, 3});
  }

  /// The units of the last stage: pokaxpoka/RoGNoisyLabel:models/resnet.py.
  std::vector<torch::Tensor> layer_features(const torch::Tensor& images, const ForwardContext& context) override {
    std::vector<torch::Tensor> layers;
    auto x = stem(images, context);
    for (size_t i = 0; i < blocks_.size(); ++i) {
      x = blocks_[i](x, context);
      if (i >= last_stage_) layers.push_back(x.mean({2, 3}));
    }
    return layers;
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 private:
  torch::Tensor stem(const torch::Tensor& images, const ForwardContext& context) const {
    return torch::relu(stem_(images.contiguous(torch::MemoryFormat::ChannelsLast), context));
  }

  ConvNorm stem_;
  std::vector<Block> blocks_;
  size_t last_stage_ = 0;  // its first block
  Linear linear_;
};

std::unique_ptr<Net> build(const std::string& id, const NetRequest& request, int64_t width,
                           const std::vector<int>& depths) {
  if (request.shape.height < kLeastSide || request.shape.width < kLeastSide) {
    refuse_shape(id, request.shape, "it takes 8x8 or more");
  }
  return std::make_unique<ResNet>(request, width, depths);
}

}  // namespace

std::unique_ptr<Net> build_resnet34(const NetRequest& request) { return build("resnet34", request, 64, {3, 4, 6, 3}); }
std::unique_ptr<Net> build_resnet32(const NetRequest& request) { return build("resnet32", request, 16, {5, 5, 5}); }

}  // namespace nlb

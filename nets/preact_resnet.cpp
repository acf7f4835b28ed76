#include "nets/preact_resnet.h"

#include <optional>
#include <string>
#include <vector>

#include "nets/layers.h"

namespace nlb {
namespace {

struct Block {
  BatchNorm2d norm1, norm2;
  Conv2d conv1, conv2;
  std::optional<Conv2d> shortcut;

  torch::Tensor operator()(const torch::Tensor& input, const ForwardContext& context) const {
    const auto active = torch::relu(norm1(input, context));
    const auto residual = conv2(torch::relu(norm2(conv1(active), context)));
    return residual + (shortcut ? (*shortcut)(active) : input);
  }
};

Block make_block(LayerBuilder& build, const std::string& name, int64_t in, int64_t out, int64_t stride) {
  Block block;
  block.norm1 = build.batch_norm(name + ".bn1", in);
  block.conv1 = build.conv(name + ".conv1", in, out, {.stride = stride});
  block.norm2 = build.batch_norm(name + ".bn2", out);
  block.conv2 = build.conv(name + ".conv2", out, out, {});
  if (stride != 1 || in != out) {
    block.shortcut = build.conv(name + ".shortcut.0", in, out, {.kernel = 1, .stride = stride, .padding = 0});
  }
  return block;
}

class PreActResNet final : public Net {
 public:
  PreActResNet(const NetRequest& request, const std::vector<int>& depths) {
    LayerBuilder build(store_, request.initialisation);
    stem_ = build.conv("conv1", request.shape.channels, 64, {});
    stem_norm_ = build.batch_norm("bn1", 64);
    int64_t in = 64, out = 64;
    for (size_t stage = 0; stage < depths.size(); ++stage, out *= 2) {
      for (int i = 0; i < depths[stage]; ++i) {
        const auto name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
        blocks_.push_back(make_block(build, name, in, out, stage > 0 && i == 0 ? 2 : 1));
        in = out;
      }
    }
    linear_ = build.linear("linear", in, request.shape.classes);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    auto x = torch::relu(stem_norm_(stem_(images.contiguous(torch::MemoryFormat::ChannelsLast)), context));
    for (const Block& block : blocks_) x = block(x, context);
    return x.mean({2, 3});
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 private:
  Conv2d stem_;
  BatchNorm2d stem_norm_;
  std::vector<Block> blocks_;
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> build_preact_resnet18(const NetRequest& request) {
  if (request.shape.height < 8 || request.shape.width < 8) {
    refuse_shape("preact_resnet18", request.shape, "it takes 8x8 or more");
  }
  return std::make_unique<PreActResNet>(request, std::vector<int>{2, 2, 2, 2});
}

}  // namespace nlb

#include <string>
#include <vector>

#include "nets/architectures.h"
#include "nets/layers.h"

namespace nlb {
namespace {

constexpr int64_t kGrowth = 12, kUnits = 16, kBlocks = 3;
constexpr int64_t kBottleneck = 4 * kGrowth;
/// Units of the last block whose outputs, of 222 and 282 maps, RoG reads: pokaxpoka/RoGNoisyLabel:models/densenet.py.
constexpr size_t kTaps[] = {5, 10};

/// Batch norm, ReLU, convolution: the order everywhere in this net.
struct NormConv {
  BatchNorm2d norm;
  Conv2d conv;
  torch::Tensor operator()(const torch::Tensor& input, const ForwardContext& context) const {
    return conv(norm.activated(input, context));
  }
};

NormConv norm_conv(LayerBuilder& build, const std::string& name, const std::string& number, int64_t in, int64_t out,
                   int64_t kernel) {
  NormConv made;
  made.norm = build.batch_norm(name + ".bn" + number, in);
  made.conv = build.conv(name + ".conv" + number, in, out, {.kernel = kernel, .padding = kernel / 2});
  return made;
}

/// Adds kGrowth maps to those it is given.
struct Unit {
  NormConv narrow, grow;
  torch::Tensor operator()(const torch::Tensor& input, const ForwardContext& context) const {
    return torch::cat({input, grow(narrow(input, context), context)}, 1);
  }
};

struct DenseBlock {
  std::vector<Unit> units;
};

class DenseNet final : public Net {
 public:
  explicit DenseNet(const NetRequest& request) {
    LayerBuilder build(store_, request.initialisation);
    int64_t maps = 2 * kGrowth;
    stem_ = build.conv("conv1", request.shape.channels, maps, {});
    for (int64_t b = 0; b < kBlocks; ++b) {
      const auto number = std::to_string(b + 1);
      blocks_.emplace_back();
      for (int64_t i = 0; i < kUnits; ++i, maps += kGrowth) {
        const auto name = "block" + number + "." + std::to_string(i);
        blocks_.back().units.push_back({.narrow = norm_conv(build, name, "1", maps, kBottleneck, 1),
                                        .grow = norm_conv(build, name, "2", kBottleneck, kGrowth, 3)});
      }
      if (b + 1 == kBlocks) break;
      transitions_.push_back(norm_conv(build, "trans" + number, "1", maps, maps / 2, 1));
      maps /= 2;
    }
    norm_ = build.batch_norm("bn1", maps);
    linear_ = build.linear("fc", maps, request.shape.classes);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    auto x = last_block_input(images, context);
    for (const Unit& unit : blocks_.back().units) x = unit(x, context);
    return mean_over_map(norm_.activated(x, context));
  }

  std::vector<torch::Tensor> layer_features(const torch::Tensor& images, const ForwardContext& context) override {
    std::vector<torch::Tensor> layers;
    auto x = last_block_input(images, context);
    for (size_t i = 0; i < blocks_.back().units.size(); ++i) {
      x = blocks_.back().units[i](x, context);
      if (i == kTaps[0] || i == kTaps[1]) layers.push_back(mean_over_map(x));
    }
    layers.push_back(mean_over_map(norm_.activated(x, context)));
    return layers;
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 private:
  torch::Tensor last_block_input(const torch::Tensor& images, const ForwardContext& context) const {
    auto x = stem_(in_layout(images));
    for (size_t b = 0; b < transitions_.size(); ++b) {
      for (const Unit& unit : blocks_[b].units) x = unit(x, context);
      x = torch::avg_pool2d(transitions_[b](x, context), 2);
    }
    return x;
  }

  Conv2d stem_;
  std::vector<DenseBlock> blocks_;
  std::vector<NormConv> transitions_;
  BatchNorm2d norm_;
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> build_densenet_100(const NetRequest& request) { return std::make_unique<DenseNet>(request); }

}  // namespace nlb

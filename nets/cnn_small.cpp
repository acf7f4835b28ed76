#include <string>

#include "nets/architectures.h"
#include "nets/layers.h"

namespace nlb {
namespace {

constexpr int64_t kMaps[] = {8, 16, 32}, kHidden = 128, kReduction = 8;

class CnnSmall final : public Net {
 public:
  explicit CnnSmall(const NetRequest& request) {
    LayerBuilder build(store_, request.initialisation);
    const ConvOptions biased{.bias = true};
    conv1_ = build.conv("conv1", request.shape.channels, kMaps[0], biased);
    conv2_ = build.conv("conv2", kMaps[0], kMaps[1], biased);
    conv3_ = build.conv("conv3", kMaps[1], kMaps[2], biased);
    const int64_t positions = (request.shape.height / kReduction) * (request.shape.width / kReduction);
    fc1_ = build.linear("fc1", kMaps[2] * positions, kHidden);
    fc2_ = build.linear("fc2", kHidden, request.shape.classes);
  }

  // On one CPU thread channels-last trained 1.7 and evaluated 3 times as fast; pooling before ReLU gives the same
  // values from a quarter of the work.
  torch::Tensor features(const torch::Tensor& images, const ForwardContext&) override {
    auto x = images.contiguous(torch::MemoryFormat::ChannelsLast);
    for (const Conv2d& conv : {conv1_, conv2_, conv3_}) x = torch::relu(torch::max_pool2d(conv(x), 2));
    return torch::relu(fc1_(x.flatten(1)));
  }

  torch::Tensor classify(const torch::Tensor& features) override { return fc2_(features); }

  std::optional<FusedPlan> fused_plan(const NetShape& shape) const override {
    constexpr int64_t kLeast = 24;  // below, the last stage is narrower than a tile of pixels
    if (shape.height < kLeast || shape.width < kLeast) return std::nullopt;
    FusedPlan plan{.stages = {}, .linears = {"fc1", "fc2"}};
    ConvStage stage{
        .in = shape.channels, .height = shape.height, .width = shape.width, .pool = ConvStage::Pool::relu_of_max};
    for (const int64_t maps : kMaps) {
      stage.out = maps;
      plan.stages.push_back({"conv" + std::to_string(plan.stages.size() + 1), stage});
      stage.in = maps;
      stage.height /= 2;
      stage.width /= 2;
    }
    return plan;
  }

 private:
  Conv2d conv1_, conv2_, conv3_;
  Linear fc1_, fc2_;
};

}  // namespace

std::unique_ptr<Net> build_cnn_small(const NetRequest& request) { return std::make_unique<CnnSmall>(request); }

}  // namespace nlb

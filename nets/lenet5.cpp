#include "nets/architectures.h"
#include "nets/layers.h"

namespace nlb {
namespace {

class LeNet5 final : public Net {
 public:
  explicit LeNet5(const NetRequest& request) {
    LayerBuilder build(store_, request.initialisation);
    conv1_ = build.conv("conv1", request.shape.channels, 6, {.kernel = 5, .padding = 2, .bias = true});
    conv2_ = build.conv("conv2", 6, 16, {.kernel = 5, .padding = 0, .bias = true});
    fc1_ = build.linear("fc1", 16 * 5 * 5, 120);
    fc2_ = build.linear("fc2", 120, 84);
    fc3_ = build.linear("fc3", 84, request.shape.classes);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext&) override {
    auto x = torch::avg_pool2d(torch::relu(conv1_(images)), 2);
    x = torch::avg_pool2d(torch::relu(conv2_(x)), 2).flatten(1);
    return torch::relu(fc2_(torch::relu(fc1_(x))));
  }

  torch::Tensor classify(const torch::Tensor& features) override { return fc3_(features); }

  std::optional<FusedPlan> fused_plan(const NetShape& shape) const override {
    ConvStage first{.in = shape.channels, .out = 6, .height = 28, .width = 28, .kernel = 5, .padding = 2};
    ConvStage second{.in = 6, .out = 16, .height = 14, .width = 14, .kernel = 5, .padding = 0};
    return FusedPlan{.stages = {{"conv1", first}, {"conv2", second}}, .linears = {"fc1", "fc2", "fc3"}};
  }

 private:
  Conv2d conv1_, conv2_;
  Linear fc1_, fc2_, fc3_;
};

}  // namespace

std::unique_ptr<Net> build_lenet5(const NetRequest& request) { return std::make_unique<LeNet5>(request); }

}  // namespace nlb

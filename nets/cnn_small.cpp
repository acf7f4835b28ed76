#include "nets/cnn_small.h"

#include "nets/layers.h"

namespace nlb {
namespace {

class CnnSmall final : public Net {
 public:
  explicit CnnSmall(const NetRequest& request) {
    LayerBuilder build(store_, request.initialisation);
    conv1_ = build.conv("conv1", request.shape.channels, 32, {});
    norm1_ = build.batch_norm("bn1", 32);
    conv2_ = build.conv("conv2", 32, 64, {});
    norm2_ = build.batch_norm("bn2", 64);
    conv3_ = build.conv("conv3", 64, 128, {});
    norm3_ = build.batch_norm("bn3", 128);
    linear_ = build.linear("linear", 128, request.shape.classes);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    auto x = torch::max_pool2d(torch::relu(norm1_(conv1_(images), context)), 2);
    x = torch::max_pool2d(torch::relu(norm2_(conv2_(x), context)), 2);
    return torch::relu(norm3_(conv3_(x), context)).mean({2, 3});
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 private:
  Conv2d conv1_, conv2_, conv3_;
  BatchNorm2d norm1_, norm2_, norm3_;
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> build_cnn_small(const NetRequest& request) {
  if (request.shape.height < 4 || request.shape.width < 4) {
    refuse_shape("cnn_small", request.shape, "it takes 4x4 or more");
  }
  return std::make_unique<CnnSmall>(request);
}

}  // namespace nlb

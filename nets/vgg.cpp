#include <string>
#include <vector>

#include "nets/architectures.h"
#include "nets/layers.h"

namespace nlb {
namespace {

constexpr int64_t kMaps[] = {64, 64, 128, 128, 256, 256, 512, 512, 512, 512};

class Vgg13 final : public Net {
 public:
  explicit Vgg13(const NetRequest& request) {
    LayerBuilder build(store_, request.initialisation);
    int64_t in = request.shape.channels;
    for (size_t i = 0; i < std::size(kMaps); ++i) {
      const std::string number = std::to_string(i + 1);
      convs_.push_back(build.conv("conv" + number, in, kMaps[i], {.bias = true}));
      norms_.push_back(build.batch_norm("bn" + number, kMaps[i]));
      in = kMaps[i];
    }
    linear_ = build.linear("linear", in, request.shape.classes);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    auto x = in_layout(images);
    for (size_t i = 0; i < convs_.size(); ++i) {
      x = norms_[i].activated(convs_[i](x), context);
      if (i % 2 == 1) x = torch::max_pool2d(x, 2);
    }
    return mean_over_map(x);
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 private:
  std::vector<Conv2d> convs_;
  std::vector<BatchNorm2d> norms_;
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> build_vgg13(const NetRequest& request) { return std::make_unique<Vgg13>(request); }

}  // namespace nlb

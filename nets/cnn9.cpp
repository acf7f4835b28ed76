#include <string>
#include <vector>

#include "nets/architectures.h"
#include "nets/layers.h"

namespace nlb {
namespace {

constexpr int64_t kMaps[] = {128, 128, 128, 256, 256, 256, 512, 256, 128};
constexpr size_t kPadded = 6, kPerStage = 3;
constexpr double kSlope = 0.01;

class Cnn9 final : public Net {
 public:
  explicit Cnn9(const NetRequest& request) {
    LayerBuilder build(store_, request.initialisation);
    int64_t in = request.shape.channels;
    for (size_t i = 0; i < std::size(kMaps); ++i) {
      const std::string number = std::to_string(i + 1);
      convs_.push_back(build.conv("conv" + number, in, kMaps[i], {.padding = i < kPadded ? 1 : 0, .bias = true}));
      norms_.push_back(build.batch_norm("bn" + number, kMaps[i]));
      in = kMaps[i];
    }
    linear_ = build.linear("linear", in, request.shape.classes);
    double rate = 0;
    request.options.read("dropout", rate);
    for (Dropout& dropout : dropouts_) dropout = build.dropout(rate);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    auto x = store_.has_host_layers() ? in_layout(images) : images;
    for (size_t i = 0; i < convs_.size(); ++i) {
      x = norms_[i].activated(convs_[i](x), context, kSlope);
      if (i % kPerStage != kPerStage - 1 || i + 1 > kPadded) continue;
      x = torch::max_pool2d(x, 2);
      x = x * dropouts_[i / kPerStage](torch::ones({x.size(0), x.size(1), 1, 1}, x.options()), context);
    }
    return mean_over_map(x);
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 private:
  std::vector<Conv2d> convs_;
  std::vector<BatchNorm2d> norms_;
  Dropout dropouts_[2];
  Linear linear_;
};

}  // namespace

std::unique_ptr<Net> build_cnn9(const NetRequest& request) { return std::make_unique<Cnn9>(request); }

}  // namespace nlb

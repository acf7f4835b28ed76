#include "nets/mlp.h"

#include <string>
#include <vector>

#include "nets/layers.h"

namespace nlb {
namespace {

class Mlp final : public Net {
 public:
  Mlp(const std::vector<int64_t>& widths, const std::string& initialisation) {
    LayerBuilder build(store_, initialisation);
    for (size_t i = 0; i + 1 < widths.size(); ++i) {
      layers_.push_back(build.linear("fc" + std::to_string(i + 1), widths[i], widths[i + 1]));
    }
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext&) override {
    auto x = images.flatten(1);
    for (size_t i = 0; i + 1 < layers_.size(); ++i) x = torch::relu(layers_[i](x));
    return x;
  }

  torch::Tensor classify(const torch::Tensor& features) override { return layers_.back()(features); }

  std::optional<FusedPlan> fused_plan(const NetShape&) const override {
    FusedPlan plan;
    for (size_t i = 0; i < layers_.size(); ++i) plan.linears.push_back("fc" + std::to_string(i + 1));
    return plan;
  }

 private:
  std::vector<Linear> layers_;
};

}  // namespace

std::unique_ptr<Net> build_mlp(const NetRequest& request) {
  const NetShape& shape = request.shape;
  std::vector<int64_t> widths = {shape.channels * shape.height * shape.width};
  for (const JsonNode& width : request.options.at("hidden").items()) widths.push_back(width.integer(1, 1 << 20));
  widths.push_back(shape.classes);
  return std::make_unique<Mlp>(widths, request.initialisation);
}

}  // namespace nlb

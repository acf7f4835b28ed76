#include <string>
#include <vector>

#include "nets/architectures.h"
#include "nets/layers.h"

namespace nlb {
namespace {

struct MlpOptions {
  std::vector<int64_t> widths;  ///< pixels, hidden layers, classes
  std::optional<double> dropout;
};

class Mlp final : public Net {
 public:
  Mlp(const MlpOptions& options, const std::string& initialisation) {
    const std::vector<int64_t>& widths = options.widths;
    LayerBuilder build(store_, initialisation);
    for (size_t i = 0; i + 1 < widths.size(); ++i) {
      layers_.push_back(build.linear("fc" + std::to_string(i + 1), widths[i], widths[i + 1]));
      const bool hidden = i + 2 < widths.size();
      if (hidden && options.dropout) dropouts_.push_back(build.dropout(*options.dropout));
    }
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    auto x = images.flatten(1);
    for (size_t i = 0; i + 1 < layers_.size(); ++i) {
      x = torch::relu(layers_[i](x));
      if (!dropouts_.empty()) x = dropouts_[i](x, context);
    }
    return x;
  }

  torch::Tensor classify(const torch::Tensor& features) override { return layers_.back()(features); }

  std::optional<FusedPlan> fused_plan(const NetShape&) const override {
    if (!dropouts_.empty()) return std::nullopt;
    FusedPlan plan;
    for (size_t i = 0; i < layers_.size(); ++i) plan.linears.push_back("fc" + std::to_string(i + 1));
    return plan;
  }

 private:
  std::vector<Linear> layers_;
  std::vector<Dropout> dropouts_;  // empty, or one behind each hidden layer
};

}  // namespace

std::unique_ptr<Net> build_mlp(const NetRequest& request) {
  const NetShape& shape = request.shape;
  MlpOptions options;
  request.options.read("hidden", options.widths);
  request.options.read("dropout", options.dropout);
  options.widths.insert(options.widths.begin(), shape.channels * shape.height * shape.width);
  options.widths.push_back(shape.classes);
  return std::make_unique<Mlp>(options, request.initialisation);
}

}  // namespace nlb

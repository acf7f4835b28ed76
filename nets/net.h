// nets/net.h -- networks over one flat parameter buffer. Initialisation and dropout come from core/draws.h, never from
// the framework's generator. Nets are dtype-generic, so that comparisons with other implementations run in float64.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/draws.h"
#include "nets/fused_net.h"
#include "nets/parameter_store.h"
#include "nets/products.h"
#include "protocols/trial.h"

namespace nlb {

struct ForwardContext {
  bool training = false;  ///< batch statistics and dropout
  Key dropout_key = {};   ///< of this network
  int64_t step = 0;       ///< counts training steps of this network: dropout masks are drawn at (step, layer, element)
  torch::Tensor step_there = {};  ///< [] int64 on a GPU: counts in place of `step`, which a captured step cannot read
  bool update_statistics = true;  ///< batch-norm running averages move (training only)
};

struct NetShape {
  int64_t channels = 3, height = 32, width = 32, classes = 10;
};

class Net {
 public:
  Net() = default;
  Net(const Net&) = delete;  // layers point into the store
  Net& operator=(const Net&) = delete;
  virtual ~Net() = default;
  /// images [B, C, H, W] -> logits [B, classes].
  torch::Tensor forward(const torch::Tensor& images, const ForwardContext& context) {
    if (fused_ && !store_.is_replaced()) return fused_->forward(images);
    const ScopedProducts products(store_);
    return classify(features(images, context));
  }
  /// Input of the last linear layer, [B, features]; forward(x) is that layer applied to it.
  virtual torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) = 0;
  /// What a classifier fitted afterwards may read (RoG): outputs of the last blocks averaged over the map, each [B,
  /// features of its own], the last of them features(). Nets without blocks have that one only.
  virtual std::vector<torch::Tensor> layer_features(const torch::Tensor& images, const ForwardContext& context) {
    return {features(images, context)};
  }
  /// Logits from features().
  virtual torch::Tensor classify(const torch::Tensor& features) = 0;
  /// What the fused arithmetic needs to know for images of this shape; nets without it have none.
  virtual std::optional<FusedPlan> fused_plan(const NetShape& /*shape*/) const { return std::nullopt; }
  /// From now on forward() is computed by the fused arithmetic. The net is finalised, on the CPU.
  void use_fused(const FusedPlan& plan) { fused_ = std::make_unique<FusedNet>(store_, plan); }
  ParameterStore& parameters() { return store_; }
  const ParameterStore& parameters() const { return store_; }

 protected:
  ParameterStore store_;

 private:
  std::unique_ptr<FusedNet> fused_;
};

/// Whether make_net's network computes by our own kernels on a CPU (nets/winograd_conv.h, host_norm.h) in place of the
/// library's: in float32, in nets that are made of what they take. Not while its parameters are replaced.
bool computes_by_host_layers(const std::string& id, torch::Device device, torch::ScalarType type,
                             Arithmetic arithmetic);

/// Builds and initialises. Weights are a pure function of (spec.initialisation, init_key, parameter name). Throws
/// InputError for a net that is not built, a shape it cannot take, or an arithmetic it does not have.
std::unique_ptr<Net> make_net(const NetSpec& spec, const NetShape& shape, Key init_key, torch::Device device,
                              torch::ScalarType type = torch::kFloat32, Arithmetic arithmetic = Arithmetic::library);

}  // namespace nlb

// nets/layers.h -- the layers nets are made of. A layer holds handles into the net's ParameterStore and asks for its
// tensors at every forward, so a ScopedParameters reaches all of them. Arithmetic is torch.nn's.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <string>

#include "nets/initialisers.h"
#include "nets/net.h"
#include "nets/parameter_store.h"

namespace nlb {

struct ConvOptions {
  int64_t kernel = 3, stride = 1, padding = 1;
  bool bias = false;
  /// TensorFlow's "SAME" in place of `padding`: ceil(side / stride) outputs a side; of an odd number of zeros that this
  /// takes, the far side gets the one more (a kernel of 3 at stride 2 over an even side: none before, one behind).
  bool same = false;
};

/// [B, in, H, W] -> [B, out, H', W'].
class Conv2d {
 public:
  torch::Tensor operator()(const torch::Tensor& input) const;

 private:
  friend class LayerBuilder;
  const ParameterStore* store_ = nullptr;
  size_t weight_ = 0;
  std::optional<size_t> bias_;
  ConvOptions options_;
};

/// [B, in] -> [B, out].
class Linear {
 public:
  torch::Tensor operator()(const torch::Tensor& input) const;

 private:
  friend class LayerBuilder;
  const ParameterStore* store_ = nullptr;
  size_t weight_ = 0, bias_ = 0;
};

/// The two parts of a residual block's output; `side` may be undefined.
struct ResidualSum {
  torch::Tensor main, side;
  torch::Tensor added() const { return side.defined() ? main + side : main; }
};

/// One tensor for two readers, as the two ways through a residual block are: where our own norm made it, each has a
/// gradient of its own, which that norm adds up in its pass over them.
struct Forked {
  torch::Tensor first, second;
};

/// torch.nn.BatchNorm2d's defaults. momentum: share of the new batch, whose running variance is the unbiased one.
struct NormOptions {
  double momentum = 0.1, epsilon = 1e-5;
  bool scale = true;  ///< has a weight; else its scale is 1 and only the shift is learned
};

/// torch.nn.BatchNorm2d.
class BatchNorm2d {
 public:
  torch::Tensor operator()(const torch::Tensor& input, const ForwardContext& context) const;

  // With what stands around it, which a GPU computes in the same pass (nets/device_layers.h).
  /// Leaky ReLU of the norm; slope 0: ReLU.
  torch::Tensor activated(const torch::Tensor& input, const ForwardContext& context, double slope = 0) const;
  /// The same for two readers.
  Forked activated_twice(const torch::Tensor& input, const ForwardContext& context) const;
  /// ReLU of the norm plus `after`.
  Forked joined(const torch::Tensor& input, const torch::Tensor& after, const ForwardContext& context) const;
  /// What a residual block hands on before it is added up: main + side (main alone where side is undefined), and the
  /// activation of its norm. Slope 1: no activation.
  struct OfSum {
    torch::Tensor sum;
    Forked active;
  };
  OfSum of_sum(const ResidualSum& sum, const ForwardContext& context, double slope = 0) const;

 private:
  friend class LayerBuilder;
  /// x + before and act(norm(x + before) + after) by the kernels.
  OfSum on_device(const torch::Tensor& input, const torch::Tensor& before, const torch::Tensor& after,
                  const ForwardContext& context, double slope) const;
  ParameterStore* store_ = nullptr;
  NormOptions options_;
  std::optional<size_t> weight_;
  size_t bias_ = 0, mean_ = 0, variance_ = 0;
};

/// Images in the memory order that residual networks compute in: channels last, unless set_layers says otherwise.
torch::Tensor in_layout(const torch::Tensor& images);

/// [B, C, H, W] -> [B, C], the mean over the map; of bf16 in float32.
torch::Tensor mean_over_map(const torch::Tensor& input);

/// Inverted dropout (Srivastava et al., JMLR 2014). Element e of the input of dropout layer l at training step s is
/// kept iff word e % 4 of draw(dropout_key, s, e / 4, l) is at least `rate` as a fraction. Identity outside training
/// and at rate 0.
class Dropout {
 public:
  torch::Tensor operator()(const torch::Tensor& input, const ForwardContext& context) const;

 private:
  friend class LayerBuilder;
  const ParameterStore* store_ = nullptr;
  double rate_ = 0;
  uint32_t layer_ = 0;
};

/// Declares layers in a store. Parameters are called <layer>.weight and <layer>.bias, statistics <layer>.running_mean
/// and <layer>.running_var, as in torch.nn's state dictionaries.
class LayerBuilder {
 public:
  /// Throws InputError for an unknown initialisation.
  LayerBuilder(ParameterStore& store, const std::string& initialisation, const NormOptions& norms = {});
  Conv2d conv(const std::string& name, int64_t in, int64_t out, const ConvOptions& options);
  Linear linear(const std::string& name, int64_t in, int64_t out);
  BatchNorm2d batch_norm(const std::string& name, int64_t channels);
  Dropout dropout(double rate);  ///< rate in [0, 1)

 private:
  ParameterStore& store_;
  Initialisation initialisation_;
  NormOptions norms_;
  uint32_t dropouts_ = 0;
};

}  // namespace nlb

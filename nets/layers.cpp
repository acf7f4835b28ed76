#include "nets/layers.h"

#include "core/error.h"
#include "kernels/dropout_mask.h"

namespace nlb {

torch::Tensor Conv2d::operator()(const torch::Tensor& input) const {
  const auto bias = bias_ ? store_->parameter(*bias_) : torch::Tensor();
  return torch::conv2d(input, store_->parameter(weight_), bias, {options_.stride, options_.stride},
                       {options_.padding, options_.padding});
}

torch::Tensor Linear::operator()(const torch::Tensor& input) const {
  return torch::linear(input, store_->parameter(weight_), store_->parameter(bias_));
}

torch::Tensor BatchNorm2d::operator()(const torch::Tensor& input, const ForwardContext& context) const {
  const bool keep = !context.training || context.update_statistics;
  const auto mean = keep ? store_->buffer(mean_) : torch::Tensor();
  const auto variance = keep ? store_->buffer(variance_) : torch::Tensor();
  return torch::batch_norm(input, store_->parameter(weight_), store_->parameter(bias_), mean, variance,
                           context.training,
                           /*momentum=*/0.1, /*eps=*/1e-5, /*cudnn_enabled=*/true);
}

torch::Tensor Dropout::operator()(const torch::Tensor& input, const ForwardContext& context) const {
  if (!context.training || rate_ == 0) return input;
  // Drawn on the CPU for every device; the copy to a device is small beside the layers that use dropout.
  auto mask = torch::empty(input.sizes(), torch::kFloat32);
  dropout_mask_cpu(context.dropout_key, static_cast<uint64_t>(context.step), layer_, rate_, mask.numel(),
                   mask.data_ptr<float>());
  return input * mask.to(input.options()) * (1 / (1 - rate_));
}

LayerBuilder::LayerBuilder(ParameterStore& store, const std::string& initialisation)
    : store_(store), initialisation_(make_initialisation(initialisation)) {}

Conv2d LayerBuilder::conv(const std::string& name, int64_t in, int64_t out, const ConvOptions& options) {
  Conv2d layer;
  layer.store_ = &store_;
  layer.options_ = options;
  layer.weight_ =
      store_.add_parameter(name + ".weight", {out, in, options.kernel, options.kernel}, initialisation_.weight);
  if (options.bias) {
    layer.bias_ =
        store_.add_parameter(name + ".bias", {out}, initialisation_.bias(in * options.kernel * options.kernel));
  }
  return layer;
}

Linear LayerBuilder::linear(const std::string& name, int64_t in, int64_t out) {
  Linear layer;
  layer.store_ = &store_;
  layer.weight_ = store_.add_parameter(name + ".weight", {out, in}, initialisation_.weight);
  layer.bias_ = store_.add_parameter(name + ".bias", {out}, initialisation_.bias(in));
  return layer;
}

BatchNorm2d LayerBuilder::batch_norm(const std::string& name, int64_t channels) {
  BatchNorm2d layer;
  layer.store_ = &store_;
  layer.weight_ = store_.add_parameter(name + ".weight", {channels}, initialisation_.norm_scale());
  layer.bias_ = store_.add_parameter(name + ".bias", {channels}, constant_initialiser(0));
  layer.mean_ = store_.add_buffer(name + ".running_mean", {channels}, 0);
  layer.variance_ = store_.add_buffer(name + ".running_var", {channels}, 1);
  return layer;
}

Dropout LayerBuilder::dropout(double rate) {
  NLB_CHECK(rate >= 0 && rate < 1, "dropout rate outside [0, 1)");
  Dropout layer;
  layer.rate_ = rate;
  layer.layer_ = dropouts_++;
  return layer;
}

}  // namespace nlb

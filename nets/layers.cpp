#include "nets/layers.h"

#include "core/error.h"
#include "kernels/dropout_mask.h"
#include "nets/device_layers.h"

namespace nlb {

torch::Tensor Conv2d::operator()(const torch::Tensor& input) const {
  const auto bias = bias_ ? store_->parameter(*bias_) : torch::Tensor();
  return torch::conv2d(for_product(input), for_product(store_->parameter(weight_)), for_product(bias),
                       {options_.stride, options_.stride}, {options_.padding, options_.padding});
}

torch::Tensor Linear::operator()(const torch::Tensor& input) const {
  const auto& weight = store_->parameter(weight_);
  return torch::linear(for_product(input), for_product(weight), for_product(store_->parameter(bias_)))
      .to(weight.scalar_type());
}

std::pair<torch::Tensor, torch::Tensor> BatchNorm2d::on_device(const torch::Tensor& input, const torch::Tensor& before,
                                                               const torch::Tensor& after,
                                                               const ForwardContext& context, double slope) const {
  const bool keep = !context.training || context.update_statistics;
  return device_norm({.x = input,
                      .before = before,
                      .after = after,
                      .weight = store_->parameter(weight_),
                      .bias = store_->parameter(bias_),
                      .running_mean = keep ? store_->buffer(mean_) : torch::Tensor(),
                      .running_variance = keep ? store_->buffer(variance_) : torch::Tensor(),
                      .training = context.training,
                      .slope = slope});
}

torch::Tensor BatchNorm2d::activated(const torch::Tensor& input, const ForwardContext& context, double slope) const {
  if (uses_device_layers(input, *store_)) return on_device(input, {}, {}, context, slope).second;
  const auto value = (*this)(input, context);
  return slope == 0 ? torch::relu(value) : torch::leaky_relu(value, slope);
}

torch::Tensor BatchNorm2d::joined(const torch::Tensor& input, const torch::Tensor& after,
                                  const ForwardContext& context) const {
  if (uses_device_layers(input, *store_)) return on_device(input, {}, after, context, 0).second;
  return torch::relu((*this)(input, context) + after);
}

std::pair<torch::Tensor, torch::Tensor> BatchNorm2d::of_sum(const ResidualSum& sum, const ForwardContext& context,
                                                            double slope) const {
  if (uses_device_layers(sum.main, *store_)) return on_device(sum.main, sum.side, {}, context, slope);
  const auto added = sum.added();
  return {added, slope == 1 ? (*this)(added, context) : activated(added, context, slope)};
}

torch::Tensor BatchNorm2d::operator()(const torch::Tensor& input, const ForwardContext& context) const {
  if (input.dim() == 4 && uses_device_layers(input, *store_)) return on_device(input, {}, {}, context, 1).second;
  const bool keep = !context.training || context.update_statistics;
  const auto mean = keep ? store_->buffer(mean_) : torch::Tensor();
  const auto variance = keep ? store_->buffer(variance_) : torch::Tensor();
  return torch::batch_norm(input, store_->parameter(weight_), store_->parameter(bias_), mean, variance,
                           context.training,
                           /*momentum=*/0.1, /*eps=*/1e-5, /*cudnn_enabled=*/true);
}

torch::Tensor in_layout(const torch::Tensor& images) {
  return images.contiguous(layers() == Layers::library_first ? torch::MemoryFormat::Contiguous
                                                             : torch::MemoryFormat::ChannelsLast);
}

torch::Tensor mean_over_map(const torch::Tensor& input) {
  const auto type = input.scalar_type();
  return input.mean({2, 3}, /*keepdim=*/false, type == torch::kBFloat16 ? torch::kFloat32 : type);
}

torch::Tensor Dropout::operator()(const torch::Tensor& input, const ForwardContext& context) const {
  if (!context.training || rate_ == 0) return input;
  if (has_device_layers(input.device())) {
    return device_dropout(input, {context.dropout_key, static_cast<uint64_t>(context.step), layer_, rate_});
  }
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

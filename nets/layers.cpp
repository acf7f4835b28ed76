#include "nets/layers.h"

#include <algorithm>
#include <vector>

#include "core/error.h"
#include "kernels/dropout_mask.h"
#include "nets/device_layers.h"
#include "nets/products.h"
#include "nets/strided_conv.h"
#include "nets/winograd_conv.h"

namespace nlb {
namespace {

/// Zeros around one side under TensorFlow's "SAME".
struct Zeros {
  int64_t before, behind;
};

Zeros same_zeros(int64_t side, const ConvOptions& options) {
  const int64_t outputs = (side + options.stride - 1) / options.stride;
  const int64_t zeros = std::max<int64_t>((outputs - 1) * options.stride + options.kernel - side, 0);
  return {zeros / 2, zeros - zeros / 2};
}

/// Whether a norm goes by our kernels, which have no gradient in evaluation mode: where one is wanted there, the
/// library computes.
bool goes_by_kernels(const torch::Tensor& input, const ParameterStore& store, const ForwardContext& context) {
  return uses_device_layers(input, store) && (context.training || !torch::GradMode::is_enabled());
}

}  // namespace

torch::Tensor Conv2d::operator()(const torch::Tensor& input) const {
  auto padded = input;
  std::vector<int64_t> padding = {options_.padding, options_.padding};
  if (options_.same) {
    const Zeros rows = same_zeros(input.size(2), options_), columns = same_zeros(input.size(3), options_);
    padding = {rows.before, columns.before};  // the convolution's own, where both sides get as many
    if (rows.before != rows.behind || columns.before != columns.behind) {
      padded = torch::constant_pad_nd(input, {columns.before, columns.behind, rows.before, rows.behind});
      padding = {0, 0};
    }
  }
  const auto weight = store_->product(weight_), bias = bias_ ? store_->product(*bias_) : torch::Tensor();
  if (store_->has_host_layers() && !store_->is_replaced() && padding[0] == padding[1]) {
    if (takes_winograd(padded, weight, options_.stride, padding[0])) {
      return winograd_conv(padded, weight, bias, padding[0]);
    }
    if (!bias.defined() && takes_strided(padded, weight, options_.stride, padding[0])) {
      return strided_conv(padded, weight);
    }
  }
  return torch::conv2d(for_product(padded), weight, bias, {options_.stride, options_.stride}, padding);
}

torch::Tensor Linear::operator()(const torch::Tensor& input) const {
  return torch::linear(for_product(input), store_->product(weight_), store_->product(bias_))
      .to(store_->parameter(weight_).scalar_type());
}

BatchNorm2d::OfSum BatchNorm2d::on_device(const torch::Tensor& input, const torch::Tensor& before,
                                          const torch::Tensor& after, const ForwardContext& context,
                                          double slope) const {
  const bool keep = !context.training || context.update_statistics;
  const auto& bias = store_->parameter(bias_);
  const NormResult found = device_norm({.x = input,
                                        .before = before,
                                        .after = after,
                                        .weight = weight_ ? store_->parameter(*weight_) : torch::ones_like(bias),
                                        .bias = bias,
                                        .running_mean = keep ? store_->buffer(mean_) : torch::Tensor(),
                                        .running_variance = keep ? store_->buffer(variance_) : torch::Tensor(),
                                        .training = context.training,
                                        .slope = slope,
                                        .momentum = options_.momentum,
                                        .epsilon = options_.epsilon});
  return {.sum = found.sum, .active = {.first = found.y, .second = found.again}};
}

torch::Tensor BatchNorm2d::activated(const torch::Tensor& input, const ForwardContext& context, double slope) const {
  if (goes_by_kernels(input, *store_, context)) return on_device(input, {}, {}, context, slope).active.first;
  const auto value = (*this)(input, context);
  return slope == 0 ? torch::relu(value) : torch::leaky_relu(value, slope);
}

Forked BatchNorm2d::activated_twice(const torch::Tensor& input, const ForwardContext& context) const {
  if (goes_by_kernels(input, *store_, context)) return on_device(input, {}, {}, context, 0).active;
  const auto value = activated(input, context);
  return {value, value};
}

Forked BatchNorm2d::joined(const torch::Tensor& input, const torch::Tensor& after,
                           const ForwardContext& context) const {
  if (goes_by_kernels(input, *store_, context)) return on_device(input, {}, after, context, 0).active;
  const auto value = torch::relu((*this)(input, context) + after);
  return {value, value};
}

BatchNorm2d::OfSum BatchNorm2d::of_sum(const ResidualSum& sum, const ForwardContext& context, double slope) const {
  if (goes_by_kernels(sum.main, *store_, context)) return on_device(sum.main, sum.side, {}, context, slope);
  const auto added = sum.added();
  const auto value = slope == 1 ? (*this)(added, context) : activated(added, context, slope);
  return {.sum = added, .active = {value, value}};
}

torch::Tensor BatchNorm2d::operator()(const torch::Tensor& input, const ForwardContext& context) const {
  if (input.dim() == 4 && goes_by_kernels(input, *store_, context)) {
    return on_device(input, {}, {}, context, 1).active.first;
  }
  const bool keep = !context.training || context.update_statistics;
  const auto mean = keep ? store_->buffer(mean_) : torch::Tensor();
  const auto variance = keep ? store_->buffer(variance_) : torch::Tensor();
  const auto& bias = store_->parameter(bias_);
  // Ones where there is no scale: the library's second derivative asks for a weight.
  const auto weight = weight_ ? store_->parameter(*weight_) : torch::ones_like(bias);
  return torch::batch_norm(input, weight, bias, mean, variance, context.training, options_.momentum, options_.epsilon,
                           /*cudnn_enabled=*/true);
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
  if (has_device_layers(input.device()) || uses_device_layers(input, *store_)) {
    const DropoutDraw how = {context.dropout_key, static_cast<uint64_t>(context.step), layer_, rate_};
    if (goes_by_kernels(input, *store_, context)) return device_dropout(input, how, context.step_there);
    // A derivative is wanted that the kernel does not have: the library's product with the same mask has it.
    return input * device_dropout(torch::ones_like(input), how, context.step_there);
  }
  auto mask = torch::empty(input.sizes(), torch::kFloat32);
  dropout_mask_cpu(context.dropout_key, static_cast<uint64_t>(context.step), layer_, rate_, mask.numel(),
                   mask.data_ptr<float>());
  return input * mask.to(input.options()) * (1 / (1 - rate_));
}

LayerBuilder::LayerBuilder(ParameterStore& store, const std::string& initialisation, const NormOptions& norms)
    : store_(store), initialisation_(make_initialisation(initialisation)), norms_(norms) {}

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
  layer.options_ = norms_;
  if (norms_.scale) layer.weight_ = store_.add_parameter(name + ".weight", {channels}, initialisation_.norm_scale());
  layer.bias_ = store_.add_parameter(name + ".bias", {channels}, constant_initialiser(0));
  layer.mean_ = store_.add_buffer(name + ".running_mean", {channels}, 0);
  layer.variance_ = store_.add_buffer(name + ".running_var", {channels}, 1);
  return layer;
}

Dropout LayerBuilder::dropout(double rate) {
  NLB_CHECK(rate >= 0 && rate < 1, "dropout rate outside [0, 1)");
  Dropout layer;
  layer.store_ = &store_;
  layer.rate_ = rate;
  layer.layer_ = dropouts_++;
  return layer;
}

}  // namespace nlb

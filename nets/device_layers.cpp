#include "nets/device_layers.h"

#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <atomic>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.h"
#include "kernels/dropout_samples.h"
#include "kernels/has_kernels.h"
#include "kernels/norm.h"
#include "nets/device_call.h"
#include "nets/host_norm.h"
#include "nets/products.h"

namespace nlb {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kChannelsLast = torch::MemoryFormat::ChannelsLast;

std::atomic<bool> on_cpu = false;
std::atomic<Layers> wanted_layers = Layers::kernels;

/// As the kernels want it: channels last, on an address that packs of four may begin at.
torch::Tensor arranged(const torch::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  const auto last = tensor.contiguous(kChannelsLast);
  constexpr uintptr_t kPack = 32;
  return reinterpret_cast<uintptr_t>(last.const_data_ptr()) % kPack == 0 ? last : last.clone(kChannelsLast);
}

NormShape shape_of(const torch::Tensor& x) {
  NLB_CHECK(x.dim() == 4, "batch norm takes [B, C, H, W]");
  return {.rows = x.size(0) * x.size(2) * x.size(3), .channels = x.size(1)};
}

// On the host: float by all threads; the other types, which only tests have here, and what stands for a GPU by the
// plain loops, its kernels' twins.
template <class T>
void forward_here(const NormForward<T>& how) {
  if constexpr (std::is_same_v<T, float>) {
    if (!on_cpu) return host_norm_forward(how);
  }
  norm_forward_cpu(how);
}
template <class T>
void evaluate_here(const NormForward<T>& how) {
  if constexpr (std::is_same_v<T, float>) {
    if (!on_cpu) return host_norm_evaluate(how);
  }
  norm_evaluate_cpu(how);
}
template <class T>
void backward_here(const NormBackward<T>& how) {
  if constexpr (std::is_same_v<T, float>) {
    if (!on_cpu) return host_norm_backward(how);
  }
  norm_backward_cpu(how);
}

template <class T>
void dropout_here(const DropoutDraw& how, const DropoutShape& shape, const T* input, T* out) {
  if constexpr (std::is_same_v<T, float>) {
    if (!on_cpu && has_dropout_lanes(shape)) {
      at::parallel_for(0, shape.samples, 1,
                       [&](int64_t first, int64_t last) { dropout_samples_cpu(how, shape, first, last, input, out); });
      return;
    }
  }
  dropout_cpu(how, shape, input, out);
}

torch::Tensor workspace_of(const torch::Tensor& x) {
  return torch::empty({norm_workspace(shape_of(x))}, x.options().dtype(torch::kFloat64));
}

struct Normed {
  torch::Tensor sum, y, mean, inverse;
};

/// A call whose tensors are arranged.
Normed norm_forward(const NormCall& call) {
  Normed out;
  out.y = torch::empty_like(call.x);
  if (call.before.defined()) out.sum = torch::empty_like(call.x);
  if (call.training) out.mean = torch::empty_like(call.weight), out.inverse = torch::empty_like(call.weight);
  with_type(call.x.scalar_type(), [&]<class T>(T) {
    using Wide = Arithmetics<T>;
    auto running_mean = call.running_mean, running_variance = call.running_variance;
    const NormForward<T> how = {shape_of(call.x),
                                reading<T>(call.x),
                                reading<T>(call.before),
                                reading<T>(call.after),
                                reading<Wide>(call.weight),
                                reading<Wide>(call.bias),
                                writing<Wide>(running_mean),
                                writing<Wide>(running_variance),
                                writing<T>(out.sum),
                                writing<T>(out.y),
                                writing<Wide>(out.mean),
                                writing<Wide>(out.inverse),
                                call.momentum,
                                call.epsilon,
                                static_cast<Wide>(call.slope)};
    const bool there = on_device(call.x, [&](void* stream) {
      if (!call.training) return norm_evaluate_cuda(how, stream);
      norm_forward_cuda(how, workspace_of(call.x).template mutable_data_ptr<double>(), stream);
    });
    if (!there) call.training ? forward_here(how) : evaluate_here(how);
  });
  return out;
}

class NormFunction : public torch::autograd::Function<NormFunction> {
 public:
  /// What may be missing is optional rather than undefined: autograd asks every tensor that it is given for its device.
  static variable_list forward(AutogradContext* context, const torch::Tensor& x,
                               const std::optional<torch::Tensor>& before, const std::optional<torch::Tensor>& after,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const std::optional<torch::Tensor>& running_mean,
                               const std::optional<torch::Tensor>& running_variance, double slope, double momentum,
                               double epsilon) {
    const NormCall call = {arranged(x),
                           arranged(before.value_or(torch::Tensor())),
                           arranged(after.value_or(torch::Tensor())),
                           weight,
                           bias,
                           running_mean.value_or(torch::Tensor()),
                           running_variance.value_or(torch::Tensor()),
                           /*training=*/true,
                           slope,
                           momentum,
                           epsilon};
    context->set_materialize_grads(false);  // what reaches no sum is not zeros to add
    const Normed out = norm_forward(call);
    const bool joins = after.has_value(), sums = before.has_value();
    context->save_for_backward(
        {sums ? out.sum : call.x, joins ? out.y : torch::Tensor(), weight, bias, out.mean, out.inverse});
    context->saved_data["slope"] = slope;
    context->saved_data["joins"] = joins;
    context->saved_data["sums"] = sums;
    return {out.y, sums ? out.sum : call.x.detach(), out.y.detach()};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    NLB_CHECK(!torch::GradMode::is_enabled(), "batch norm's kernel has no second derivative");
    const auto saved = context->get_saved_variables();
    const torch::Tensor &s = saved[0], &y = saved[1], &weight = saved[2], &bias = saved[3];
    const double slope = context->saved_data["slope"].toDouble();
    const auto of_y = gradients_of_y(gradients[0], gradients[2], s);
    const auto other = arranged(gradients[1]);
    auto input = torch::empty_like(s), weight_gradient = torch::empty_like(weight),
         bias_gradient = torch::empty_like(bias);
    auto after = context->saved_data["joins"].toBool() ? torch::empty_like(s) : torch::Tensor();
    with_type(s.scalar_type(), [&]<class T>(T) {
      using Wide = Arithmetics<T>;
      const NormBackward<T> how = {shape_of(s),
                                   reading<T>(s),
                                   reading<T>(y),
                                   reading<T>(of_y.first),
                                   reading<T>(of_y.second),
                                   reading<T>(other),
                                   reading<Wide>(weight),
                                   reading<Wide>(bias),
                                   reading<Wide>(saved[4]),
                                   reading<Wide>(saved[5]),
                                   writing<T>(input),
                                   writing<T>(after),
                                   writing<Wide>(weight_gradient),
                                   writing<Wide>(bias_gradient),
                                   static_cast<Wide>(slope)};
      const bool there = on_device(s, [&](void* stream) {
        norm_backward_cuda(how, workspace_of(s).template mutable_data_ptr<double>(), stream);
      });
      if (!there) backward_here(how);
    });
    const bool sums = context->saved_data["sums"].toBool();
    return {input, sums ? input : torch::Tensor(), after, weight_gradient, bias_gradient, {}, {}, {}, {}, {}};
  }

 private:
  /// Those of the two readers of y, of which one or both may give none.
  static std::pair<torch::Tensor, torch::Tensor> gradients_of_y(const torch::Tensor& first, const torch::Tensor& second,
                                                                const torch::Tensor& like) {
    if (!first.defined()) return {arranged(second.defined() ? second : torch::zeros_like(like)), torch::Tensor()};
    return {arranged(first), arranged(second)};
  }
};

torch::Tensor drop(const torch::Tensor& input, const DropoutDraw& how) {
  const bool last = input.dim() == 4 && input.is_contiguous(kChannelsLast) && !input.is_contiguous();
  const auto source = last ? input : input.contiguous();
  auto out = torch::empty_like(source);
  const int64_t channels = input.dim() == 4 ? input.size(1) : 1, samples = input.dim() == 4 ? input.size(0) : 1;
  const int64_t planes = samples * channels;
  const DropoutShape shape = {samples, channels, planes == 0 ? 0 : input.numel() / planes, last};
  with_type(input.scalar_type(), [&]<class T>(T) {
    const bool there =
        on_device(source, [&](void* stream) { dropout_cuda(how, shape, reading<T>(source), writing<T>(out), stream); });
    if (!there) dropout_here(how, shape, reading<T>(source), writing<T>(out));
  });
  return out;
}

class DropoutFunction : public torch::autograd::Function<DropoutFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, int64_t key, int64_t step,
                               int64_t layer, double rate, const std::optional<torch::Tensor>& step_there) {
    auto& saved = context->saved_data;
    saved["how"] = std::vector<int64_t>{key, step, layer};
    saved["rate"] = rate;
    if (step_there) saved["step_there"] = *step_there;
    return drop(input, draw_of(saved));
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    NLB_CHECK(!torch::GradMode::is_enabled(), "dropout's kernel has no second derivative");
    return {drop(gradients[0], draw_of(context->saved_data)), {}, {}, {}, {}, {}};
  }

 private:
  template <class Saved>
  static DropoutDraw draw_of(const Saved& saved) {
    const auto how = saved.at("how").toIntVector();
    const auto words = static_cast<uint64_t>(how[0]);
    const auto there = saved.find("step_there");
    return {.key = {{static_cast<uint32_t>(words), static_cast<uint32_t>(words >> 32)}},
            .step = static_cast<uint64_t>(how[1]),
            .layer = static_cast<uint32_t>(how[2]),
            .rate = saved.at("rate").toDouble(),
            .step_at = there == saved.end() ? nullptr : there->second.toTensor().template const_data_ptr<int64_t>()};
  }
};

/// Gives every parameter its slice of the flat gradient back, whatever happens in between.
class AwayFromFlat {
 public:
  explicit AwayFromFlat(std::vector<torch::Tensor> leaves) : leaves_(std::move(leaves)) {
    for (torch::Tensor& leaf : leaves_) slices_.push_back(std::exchange(leaf.mutable_grad(), torch::Tensor()));
  }
  ~AwayFromFlat() {
    for (size_t i = 0; i < leaves_.size(); ++i) leaves_[i].mutable_grad() = slices_[i];
  }
  AwayFromFlat(const AwayFromFlat&) = delete;
  AwayFromFlat& operator=(const AwayFromFlat&) = delete;

  /// What autograd left for each parameter; undefined if nothing reached it.
  std::vector<torch::Tensor> gradients() const {
    std::vector<torch::Tensor> found;
    for (const torch::Tensor& leaf : leaves_) found.push_back(leaf.grad());
    return found;
  }

 private:
  std::vector<torch::Tensor> leaves_, slices_;
};

}  // namespace

void* current_stream(torch::Device device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device).native_handle();
}

void set_layers(Layers wanted) { wanted_layers = wanted; }
Layers layers() { return wanted_layers; }

bool has_device_layers(const torch::Device& device) {
  if (device.is_cuda()) return layers() == Layers::kernels && has_cuda_kernels();
  return device.is_cpu() && on_cpu;
}

bool uses_device_layers(const torch::Tensor& input, const ParameterStore& store) {
  const bool here = input.is_cpu() && store.has_host_layers();
  return (here || has_device_layers(input.device())) && !store.is_replaced();
}

ScopedDeviceLayers::ScopedDeviceLayers() { NLB_CHECK(!on_cpu.exchange(true), "device layers are on already"); }
ScopedDeviceLayers::~ScopedDeviceLayers() { on_cpu = false; }

NormResult device_norm(const NormCall& call) {
  if (!call.training) {
    NormCall ready = call;
    ready.x = arranged(call.x), ready.before = arranged(call.before), ready.after = arranged(call.after);
    const Normed out = norm_forward(ready);
    return {.sum = out.sum.defined() ? out.sum : call.x, .y = out.y, .again = out.y};
  }
  const auto given = [](const torch::Tensor& tensor) {
    return tensor.defined() ? std::optional(tensor) : std::nullopt;
  };
  const auto out = NormFunction::apply(call.x, given(call.before), given(call.after), call.weight, call.bias,
                                       given(call.running_mean), given(call.running_variance), call.slope,
                                       call.momentum, call.epsilon);
  return {.sum = out[1], .y = out[0], .again = out[2]};
}

torch::Tensor device_dropout(const torch::Tensor& input, const DropoutDraw& how, const torch::Tensor& step_there) {
  const uint64_t key = how.key.word[0] | static_cast<uint64_t>(how.key.word[1]) << 32;
  return DropoutFunction::apply(input, static_cast<int64_t>(key), static_cast<int64_t>(how.step), int64_t{how.layer},
                                how.rate, step_there.defined() ? std::optional(step_there) : std::nullopt);
}

void back_propagate(const torch::Tensor& loss, ParameterStore& store) {
  if (!has_device_layers(store.flat().device())) {
    store.zero_gradient();
    loss.backward();
    return;
  }
  const AwayFromFlat away(store.parameters());
  loss.backward();
  collect_gradients(away.gradients(), store, store.flat_gradient());
}

}  // namespace nlb

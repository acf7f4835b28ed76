#include "optim/optimiser.h"

#include <c10/core/DeviceGuard.h>

#include <cmath>
#include <utility>

#include "core/error.h"
#include "kernels/optimiser_step.h"
#include "nets/device_layers.h"

namespace nlb {
namespace {

bool has_kernel(const torch::Tensor& flat) {
  const bool here = flat.is_cpu() || has_device_layers(flat.device());
  return here && (flat.scalar_type() == torch::kFloat32 || flat.scalar_type() == torch::kFloat64);
}

/// Momentum or moments start at 0, and so does their padding.
torch::Tensor zeros_like_flat(ParameterStore& store) { return torch::zeros_like(store.flat()); }

class Sgd final : public Optimiser {
 public:
  Sgd(OptimiserSpec spec, ParameterStore& store) : spec_(std::move(spec)), store_(store) { reset(); }

  void step(double learning_rate) override {
    const torch::NoGradGuard no_grad;
    const auto& flat = store_.flat();
    if (!has_kernel(flat)) return step_aten(learning_rate);
    note_launch("optimiser", (momentum_.defined() ? 5 : 3) * static_cast<int64_t>(flat.nbytes()));
    if (flat.scalar_type() == torch::kFloat32) return step_fused<float>(learning_rate);
    step_fused<double>(learning_rate);
  }

  void visit_state(const VisitTensor& visit) override {
    if (momentum_.defined()) visit("momentum", momentum_);
  }

  void reset() override {
    if (spec_.momentum != 0) momentum_ = zeros_like_flat(store_);
    scratch_ = has_kernel(store_.flat()) ? torch::Tensor() : torch::empty_like(store_.flat());
  }

  void set_beta1(double) override { throw InputError("optimiser sgd has no beta1; a late beta1 goes with adam"); }

 private:
  template <typename T>
  void step_fused(double learning_rate) {
    const SgdConstants<T> constants = {static_cast<T>(learning_rate), static_cast<T>(spec_.weight_decay),
                                       static_cast<T>(spec_.momentum), spec_.nesterov};
    const auto* gradient = store_.flat_gradient().const_data_ptr<T>();
    auto* value = store_.flat().mutable_data_ptr<T>();
    auto* momentum = momentum_.defined() ? momentum_.mutable_data_ptr<T>() : nullptr;
    const int64_t count = store_.flat().numel();
    if (store_.flat().is_cuda()) {
      const c10::DeviceGuard guard(store_.flat().device());
      return sgd_step_cuda(constants, count, gradient, value, momentum, current_stream(store_.flat().device()));
    }
    optimiser_kernels<T>().sgd_step(constants, count, gradient, value, momentum);
  }

  void step_aten(double learning_rate) {
    auto& value = store_.flat();
    torch::add_out(scratch_, store_.flat_gradient(), value, spec_.weight_decay);
    if (momentum_.defined()) {
      momentum_.mul_(spec_.momentum).add_(scratch_);
      if (spec_.nesterov) scratch_.add_(momentum_, spec_.momentum);
    }
    value.add_(momentum_.defined() && !spec_.nesterov ? momentum_ : scratch_, -learning_rate);
  }

  const OptimiserSpec spec_;
  ParameterStore& store_;
  torch::Tensor momentum_, scratch_;  // [P]; momentum_ is undefined where the recipe has none
};

class Adam final : public Optimiser {
 public:
  Adam(OptimiserSpec spec, ParameterStore& store) : spec_(std::move(spec)), store_(store) { reset(); }

  void step(double learning_rate) override {
    const torch::NoGradGuard no_grad;
    const auto count = static_cast<double>(++*step_.data_ptr<int64_t>());
    const double step_size = learning_rate / (1 - std::pow(spec_.beta1, count));
    const double correction = std::sqrt(1 - std::pow(spec_.beta2, count));
    const auto& flat = store_.flat();
    if (!has_kernel(flat)) return step_aten(step_size, correction);
    note_launch("optimiser", 7 * static_cast<int64_t>(flat.nbytes()));
    if (flat.scalar_type() == torch::kFloat32) return step_fused<float>(step_size, correction);
    step_fused<double>(step_size, correction);
  }

  void visit_state(const VisitTensor& visit) override {
    visit("moment1", moment1_);
    visit("moment2", moment2_);
    visit("step", step_);
  }

  void reset() override {
    moment1_ = zeros_like_flat(store_);
    moment2_ = zeros_like_flat(store_);
    step_ = torch::zeros({}, torch::kInt64);
    if (has_kernel(store_.flat())) return;
    scratch_ = torch::empty_like(store_.flat());
  }

  void set_beta1(double beta1) override { spec_.beta1 = beta1; }

 private:
  template <typename T>
  void step_fused(double step_size, double correction) {
    const AdamConstants<T> constants = {static_cast<T>(step_size),       static_cast<T>(spec_.weight_decay),
                                        static_cast<T>(1 - spec_.beta1), static_cast<T>(spec_.beta2),
                                        static_cast<T>(1 - spec_.beta2), static_cast<T>(1 / correction),
                                        static_cast<T>(spec_.epsilon)};
    const auto* gradient = store_.flat_gradient().const_data_ptr<T>();
    auto *value = store_.flat().mutable_data_ptr<T>(), *moment1 = moment1_.mutable_data_ptr<T>(),
         *moment2 = moment2_.mutable_data_ptr<T>();
    const int64_t count = store_.flat().numel();
    if (store_.flat().is_cuda()) {
      const c10::DeviceGuard guard(store_.flat().device());
      return adam_step_cuda(constants, count, gradient, value, moment1, moment2,
                            current_stream(store_.flat().device()));
    }
    optimiser_kernels<T>().adam_step(constants, count, gradient, value, moment1, moment2);
  }

  void step_aten(double step_size, double correction) {
    auto& value = store_.flat();
    torch::add_out(scratch_, store_.flat_gradient(), value, spec_.weight_decay);
    moment1_.lerp_(scratch_, 1 - spec_.beta1);
    moment2_.mul_(spec_.beta2).addcmul_(scratch_, scratch_, 1 - spec_.beta2);
    torch::sqrt_out(scratch_, moment2_).div_(correction).add_(spec_.epsilon);
    value.addcdiv_(moment1_, scratch_, -step_size);
  }

  OptimiserSpec spec_;
  ParameterStore& store_;
  torch::Tensor moment1_, moment2_, scratch_;  // [P]
  torch::Tensor step_;                         // [] int64 on the CPU: updates made
};

}  // namespace

std::unique_ptr<Optimiser> make_optimiser(const OptimiserSpec& spec, ParameterStore& store) {
  if (spec.id == "sgd") return std::make_unique<Sgd>(spec, store);
  if (spec.id != "adam") throw InputError("optimiser \"" + spec.id + "\" is unknown; allowed: sgd, adam");
  // At epsilon 0 an element without any gradient so far, padding included, would become 0 / 0.
  if (!(spec.epsilon > 0)) throw InputError("optimiser adam: epsilon is not above 0; torch's default is 1e-8");
  return std::make_unique<Adam>(spec, store);
}

void clip_gradient_norm(ParameterStore& store, double max_norm) {
  const torch::NoGradGuard no_grad;
  auto& gradient = store.flat_gradient();
  gradient.mul_((max_norm / (gradient.norm() + 1e-6)).clamp_max(1.0));
}

void update_average(ParameterStore& average, ParameterStore& values, double decay) {
  const torch::NoGradGuard no_grad;
  average.flat().mul_(decay).add_(values.flat(), 1 - decay);
  average.flat_buffers().copy_(values.flat_buffers());
}

}  // namespace nlb

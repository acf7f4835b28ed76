#include "optim/optimiser.h"

#include <c10/core/DeviceGuard.h>

#include <cmath>
#include <utility>
#include <vector>

#include "core/error.h"
#include "kernels/optimiser_step.h"
#include "nets/device_layers.h"
#include "optim/partial_decay.h"

namespace nlb {
namespace {

bool has_kernel(const torch::Tensor& flat) {
  const bool here = flat.is_cpu() || has_device_layers(flat.device());
  return here && (flat.scalar_type() == torch::kFloat32 || flat.scalar_type() == torch::kFloat64);
}

/// Momentum or moments start at 0, and so does their padding.
torch::Tensor zeros_like_flat(ParameterStore& store) { return torch::zeros_like(store.flat()); }

/// Neighbours in the flat buffers, padding included, whose values decay alike.
struct Stretch {
  int64_t begin, count;
  double weight_decay;
};

using Stretches = std::vector<Stretch>;

/// decays: of each parameter, or empty: all do.
Stretches stretches(ParameterStore& store, double weight_decay, const std::vector<bool>& decays) {
  const auto& segments = store.segments();
  const int64_t size = store.flat().numel();
  NLB_CHECK(decays.empty() || decays.size() == segments.size(), "weight decay is said of every parameter or of none");
  Stretches parts = {{0, size, decays.empty() || decays.front() ? weight_decay : 0}};
  for (size_t i = 0; i < decays.size(); ++i) {
    const double decay = decays[i] ? weight_decay : 0;
    if (decay == parts.back().weight_decay) continue;
    parts.back().count = segments[i].offset - parts.back().begin;
    parts.push_back({segments[i].offset, size - segments[i].offset, decay});
  }
  return parts;
}

torch::Tensor part_of(const torch::Tensor& flat, const Stretch& part) { return flat.narrow(0, part.begin, part.count); }

/// Of an update without a kernel: gradient + decay * value into `scratch`.
void add_decay(torch::Tensor& scratch, ParameterStore& store, const Stretches& parts) {
  for (const Stretch& part : parts) {
    auto out = part_of(scratch, part);
    torch::add_out(out, part_of(store.flat_gradient(), part), part_of(store.flat(), part), part.weight_decay);
  }
}

/// The numbers of one step that the host decides, beside the flat values and of their type.
class Prepared {
 public:
  /// Behind the work that waits on the device already; nobody waits.
  void put(const torch::Tensor& flat, const std::vector<double>& numbers) {
    auto host = torch::tensor(numbers, flat.scalar_type());
    if (!numbers_.defined()) numbers_ = torch::empty_like(host, flat.device());
    if (flat.is_cuda()) host = host.pin_memory();
    numbers_.copy_(host, /*non_blocking=*/true);
  }
  template <typename T>
  const T* get() const {
    NLB_CHECK(numbers_.defined(), "a step was not prepared");
    return numbers_.const_data_ptr<T>();
  }

 private:
  torch::Tensor numbers_;
};

class Sgd final : public Optimiser {
 public:
  Sgd(OptimiserSpec spec, ParameterStore& store, Stretches parts)
      : spec_(std::move(spec)), store_(store), parts_(std::move(parts)) {
    reset();
  }

  void step(double learning_rate) override {
    const torch::NoGradGuard no_grad;
    const auto& flat = store_.flat();
    if (!has_kernel(flat)) return step_aten(learning_rate);
    step_by_kernels(learning_rate, false);
  }

  bool can_prepare() const override { return true; }

  void prepare(double learning_rate) override { prepared_.put(store_.flat(), {learning_rate}); }

  void step_prepared() override {
    NLB_CHECK(has_kernel(store_.flat()), "a prepared step needs the kernels");
    step_by_kernels(0, true);
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
  /// `prepared`: the rate is the one that prepare() put on the device.
  void step_by_kernels(double learning_rate, bool prepared) {
    for (const Stretch& part : parts_) {
      if (store_.flat().scalar_type() == torch::kFloat32) {
        step_fused<float>(learning_rate, part, prepared ? prepared_.get<float>() : nullptr);
      } else {
        step_fused<double>(learning_rate, part, prepared ? prepared_.get<double>() : nullptr);
      }
    }
  }

  template <typename T>
  void step_fused(double learning_rate, const Stretch& part, const T* prepared) {
    const SgdConstants<T> constants = {static_cast<T>(learning_rate), static_cast<T>(part.weight_decay),
                                       static_cast<T>(spec_.momentum), spec_.nesterov};
    const auto* gradient = store_.flat_gradient().const_data_ptr<T>() + part.begin;
    auto* value = store_.flat().mutable_data_ptr<T>() + part.begin;
    auto* momentum = momentum_.defined() ? momentum_.mutable_data_ptr<T>() + part.begin : nullptr;
    if (store_.flat().is_cuda()) {
      const c10::DeviceGuard guard(store_.flat().device());
      return sgd_step_cuda(constants, part.count, gradient, value, momentum, prepared,
                           current_stream(store_.flat().device()));
    }
    optimiser_kernels<T>().sgd_step(sgd_constants(constants, prepared), part.count, gradient, value, momentum);
  }

  void step_aten(double learning_rate) {
    auto& value = store_.flat();
    add_decay(scratch_, store_, parts_);
    if (momentum_.defined()) {
      momentum_.mul_(spec_.momentum).add_(scratch_);
      if (spec_.nesterov) scratch_.add_(momentum_, spec_.momentum);
    }
    value.add_(momentum_.defined() && !spec_.nesterov ? momentum_ : scratch_, -learning_rate);
  }

  const OptimiserSpec spec_;
  ParameterStore& store_;
  const Stretches parts_;
  torch::Tensor momentum_, scratch_;  // [P]; momentum_ is undefined where the recipe has none
  Prepared prepared_;
};

class Adam final : public Optimiser {
 public:
  Adam(OptimiserSpec spec, ParameterStore& store, Stretches parts)
      : spec_(std::move(spec)), store_(store), parts_(std::move(parts)) {
    reset();
  }

  void step(double learning_rate) override {
    const torch::NoGradGuard no_grad;
    const auto [step_size, correction] = count_step(learning_rate);
    const auto& flat = store_.flat();
    if (!has_kernel(flat)) return step_aten(step_size, correction);
    step_by_kernels(step_size, correction, false);
  }

  bool can_prepare() const override { return true; }

  void prepare(double learning_rate) override {
    const auto [step_size, correction] = count_step(learning_rate);
    prepared_.put(store_.flat(), {step_size, 1 / correction, 1 - spec_.beta1});
  }

  void step_prepared() override {
    NLB_CHECK(has_kernel(store_.flat()), "a prepared step needs the kernels");
    step_by_kernels(0, 1, true);
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
  struct Factors {
    double step_size, correction;
  };
  /// Of the update that is now counted.
  Factors count_step(double learning_rate) {
    const auto count = static_cast<double>(++*step_.data_ptr<int64_t>());
    return {learning_rate / (1 - std::pow(spec_.beta1, count)), std::sqrt(1 - std::pow(spec_.beta2, count))};
  }

  /// `prepared`: the factors are those that prepare() put on the device.
  void step_by_kernels(double step_size, double correction, bool prepared) {
    for (const Stretch& part : parts_) {
      if (store_.flat().scalar_type() == torch::kFloat32) {
        step_fused<float>(step_size, correction, part, prepared ? prepared_.get<float>() : nullptr);
      } else {
        step_fused<double>(step_size, correction, part, prepared ? prepared_.get<double>() : nullptr);
      }
    }
  }

  template <typename T>
  void step_fused(double step_size, double correction, const Stretch& part, const T* prepared) {
    const AdamConstants<T> constants = {static_cast<T>(step_size),       static_cast<T>(part.weight_decay),
                                        static_cast<T>(1 - spec_.beta1), static_cast<T>(spec_.beta2),
                                        static_cast<T>(1 - spec_.beta2), static_cast<T>(1 / correction),
                                        static_cast<T>(spec_.epsilon)};
    const auto* gradient = store_.flat_gradient().const_data_ptr<T>() + part.begin;
    auto *value = store_.flat().mutable_data_ptr<T>() + part.begin,
         *moment1 = moment1_.mutable_data_ptr<T>() + part.begin, *moment2 = moment2_.mutable_data_ptr<T>() + part.begin;
    if (store_.flat().is_cuda()) {
      const c10::DeviceGuard guard(store_.flat().device());
      return adam_step_cuda(constants, part.count, gradient, value, moment1, moment2, prepared,
                            current_stream(store_.flat().device()));
    }
    optimiser_kernels<T>().adam_step(adam_constants(constants, prepared), part.count, gradient, value, moment1,
                                     moment2);
  }

  void step_aten(double step_size, double correction) {
    auto& value = store_.flat();
    add_decay(scratch_, store_, parts_);
    moment1_.lerp_(scratch_, 1 - spec_.beta1);
    moment2_.mul_(spec_.beta2).addcmul_(scratch_, scratch_, 1 - spec_.beta2);
    torch::sqrt_out(scratch_, moment2_).div_(correction).add_(spec_.epsilon);
    value.addcdiv_(moment1_, scratch_, -step_size);
  }

  OptimiserSpec spec_;
  ParameterStore& store_;
  const Stretches parts_;
  torch::Tensor moment1_, moment2_, scratch_;  // [P]
  torch::Tensor step_;                         // [] int64 on the CPU: updates made
  Prepared prepared_;
};

class Adagrad final : public Optimiser {
 public:
  Adagrad(OptimiserSpec spec, ParameterStore& store, Stretches parts)
      : spec_(std::move(spec)), store_(store), parts_(std::move(parts)) {
    reset();
  }

  void step(double learning_rate) override {
    const torch::NoGradGuard no_grad;
    add_decay(scratch_, store_, parts_);
    squares_.addcmul_(scratch_, scratch_);
    torch::sqrt_out(root_, squares_).add_(spec_.epsilon);
    store_.flat().addcdiv_(scratch_, root_, -learning_rate);
  }

  void visit_state(const VisitTensor& visit) override { visit("squares", squares_); }

  void reset() override {
    squares_ = zeros_like_flat(store_);
    scratch_ = torch::empty_like(store_.flat());
    root_ = torch::empty_like(store_.flat());
  }

  void set_beta1(double) override { throw InputError("optimiser adagrad has no beta1; a late beta1 goes with adam"); }

 private:
  const OptimiserSpec spec_;
  ParameterStore& store_;
  const Stretches parts_;
  torch::Tensor squares_, scratch_, root_;  // [P]
};

}  // namespace

void Optimiser::prepare(double /*learning_rate*/) { throw InternalError("this optimiser prepares no step"); }

void Optimiser::step_prepared() { throw InternalError("this optimiser prepares no step"); }

std::unique_ptr<Optimiser> make_optimiser(const OptimiserSpec& spec, ParameterStore& store) {
  return make_optimiser(spec, store, {});
}

std::unique_ptr<Optimiser> make_optimiser(const OptimiserSpec& spec, ParameterStore& store,
                                          const std::vector<bool>& decays) {
  auto parts = stretches(store, spec.weight_decay, decays);
  if (spec.id == OptimiserId::sgd) return std::make_unique<Sgd>(spec, store, std::move(parts));
  // At epsilon 0 an element without any gradient so far, padding included, would become 0 / 0.
  if (!(spec.epsilon > 0)) {
    throw InputError("optimiser " + word_of(spec.id) + ": epsilon is not above 0; torch's default is " +
                     (spec.id == OptimiserId::adam ? "1e-8" : "1e-10"));
  }
  if (spec.id == OptimiserId::adagrad) return std::make_unique<Adagrad>(spec, store, std::move(parts));
  return std::make_unique<Adam>(spec, store, std::move(parts));
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

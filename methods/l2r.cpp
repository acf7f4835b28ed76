#include "methods/l2r.h"

#include <torch/csrc/autograd/forward_grad.h>

#include <mutex>

#include "nets/decay.h"
#include "training/losses.h"
#include "training/options.h"
#include "training/trusted.h"

namespace nlb {
namespace {

/// Within its life the framework's operators carry derivatives beside values (forward-mode differentiation). LibTorch
/// has one level for the whole process, so that a second trial of the same process waits for the first one's.
class DerivativeLevel {
 public:
  DerivativeLevel() : alone_(only_one()), id_(torch::autograd::ForwardADLevel::get_next_idx()) {}
  ~DerivativeLevel() { torch::autograd::ForwardADLevel::release_idx(id_); }
  DerivativeLevel(const DerivativeLevel&) = delete;
  DerivativeLevel& operator=(const DerivativeLevel&) = delete;
  torch::Tensor with(const torch::Tensor& value, const torch::Tensor& derivative) const {
    return torch::_make_dual(value.detach(), derivative, static_cast<int64_t>(id_));
  }
  torch::Tensor derivative_of(const torch::Tensor& value) const {
    return std::get<1>(torch::_unpack_dual(value, static_cast<int64_t>(id_)));
  }

 private:
  static std::mutex& only_one() {
    static std::mutex mutex;
    return mutex;
  }
  const std::lock_guard<std::mutex> alone_;
  uint64_t id_;
};

}  // namespace

torch::Tensor gradient_products(const torch::Tensor& losses, const std::vector<torch::Tensor>& parameters,
                                const std::vector<torch::Tensor>& direction) {
  const auto epsilon = torch::zeros_like(losses.detach()).requires_grad_(true);
  const auto gradients = torch::autograd::grad({(epsilon * losses).sum()}, parameters, {}, /*retain_graph=*/true,
                                               /*create_graph=*/true);
  auto product = torch::zeros({}, losses.options());
  for (size_t j = 0; j < gradients.size(); ++j) product = product + (gradients[j] * direction[j]).sum();
  return torch::autograd::grad({product}, {epsilon})[0];
}

torch::Tensor derivatives_along(ParameterStore& store, const std::vector<torch::Tensor>& direction,
                                const std::function<torch::Tensor()>& losses) {
  const torch::NoGradGuard no_pass_backward;
  const DerivativeLevel level;
  const auto values = store.parameters();
  std::vector<torch::Tensor> moving;
  for (size_t j = 0; j < values.size(); ++j) moving.push_back(level.with(values[j], direction[j]));
  const ScopedParameters scope(store, moving);
  return level.derivative_of(losses()).clone();
}

torch::Tensor l2r_weights(const torch::Tensor& products) {
  const auto positive = products.clamp_min(0);
  const auto sum = positive.sum();
  return positive / (sum + (sum == 0).to(sum.scalar_type()));
}

void read(OptionReader& from, L2rOptions& to) {
  from.read("trusted_batch_size", to.trusted_batch_size);
  from.read("decay_in_meta_gradient", to.decay_in_meta_gradient);
  from.read("augment_trusted", to.augment_trusted);
  from.read("dropout_masks", to.independent_masks, {{"shared", false}, {"independent", true}});
}

L2r::L2r(const MethodContext& context)
    : OneNet(context),
      recipe_(context.spec.recipe),
      noisy_(untrusted_positions(context.set)),
      options_(options_of<L2rOptions>(context)),
      decays_(decayed_parameters(context.spec.net.id, learner().net().parameters())) {
  if (!options_.independent_masks) return;
  const Key dropout = context.train_key("dropout");
  noisy_masks_ = derive(dropout, "noisy");
  trusted_masks_ = derive(dropout, "trusted");
}

std::vector<Pass> L2r::begin_epoch(int64_t /*epoch*/) {
  Pass pass = recipe_pass(recipe_);
  pass.streams.front().samples = noisy_;
  Stream trusted;
  trusted.name = "trusted";
  trusted.samples = set().trusted();
  trusted.batch_size = options_.trusted_batch_size;
  trusted.views = {options_.augment_trusted ? View::recipe : View::plain};
  trusted.cycle = true;
  pass.streams.push_back(std::move(trusted));
  return {pass};
}

torch::Tensor L2r::losses(const Step& step, const Batch& batch, const std::optional<Key>& masks) {
  if (!masks) return cross_entropy(learner().forward(batch.images(), /*update_statistics=*/false), batch.labels);
  const ForwardContext context = {.training = true,
                                  .dropout_key = *masks,
                                  .step = step.epoch * step.count + step.number,
                                  .update_statistics = false};
  return cross_entropy(learner().net().forward(batch.images(), context), batch.labels);
}

torch::Tensor L2r::weigh(const Step& step) {
  const Batch &noisy = step.batches[0], &trusted = step.batches[1];
  ParameterStore& store = learner().net().parameters();
  const auto parameters = store.parameters();
  // In place of themselves: the fused arithmetic, which cannot be asked for one gradient, gives way to the library's.
  const ScopedParameters by_the_library(store, parameters);
  auto direction = torch::autograd::grad({losses(step, trusted, trusted_masks_).mean()}, parameters);
  if (options_.decay_in_meta_gradient) {
    for (size_t j = 0; j < direction.size(); ++j) {
      if (decays_[j]) direction[j] = direction[j] + recipe_.optimiser.weight_decay * parameters[j].detach();
    }
  }
  return l2r_weights(derivatives_along(store, direction, [&] { return losses(step, noisy, noisy_masks_); }));
}

StepLog L2r::step(const Step& step) {
  const Batch& noisy = step.batch();
  const auto weights = weigh(step);
  const auto logits = learner().forward(noisy.images());
  const auto entropies = cross_entropy(logits, noisy.labels);
  StepLog log = descend(step, logits, entropies, (weights * entropies).sum());
  log.selected = weights > 0;
  log.score = weights;
  return log;
}

}  // namespace nlb

// methods/l2r.h -- L2R: samples weighed by how a step on them would change the loss on trusted ones. Ren et al., ICML
// 2018, arXiv:1803.09050; code uber-research/learning-to-reweight-examples:models/reweight_model.py.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "training/one_net.h"

namespace nlb {

/// u_i = <gradient of losses_i, direction>: [B], by its definition: the derivative of <G(e), direction> in e at 0, G(e)
/// = gradient of sum_i e_i losses_i, by a second pass backward; batch statistics in the graph of `losses` [B] count as
/// the released code has it. parameters: leaves of that graph; direction: one tensor like each of them, without
/// gradient. The reference for the next, which is what training uses.
torch::Tensor gradient_products(const torch::Tensor& losses, const std::vector<torch::Tensor>& parameters,
                                const std::vector<torch::Tensor>& direction);

/// The same products as derivatives of the losses along `direction`, by one forward pass that carries derivatives:
/// exact, and up to four times as fast. losses(): [B], computed from the parameters of `store`; nothing is kept for a
/// pass backward.
torch::Tensor derivatives_along(ParameterStore& store, const std::vector<torch::Tensor>& direction,
                                const std::function<torch::Tensor()>& losses);

/// max(u, 0) / sum max(u, 0); all 0 where no u is positive. [B] like u.
torch::Tensor l2r_weights(const torch::Tensor& products);

struct L2rOptions {
  int64_t trusted_batch_size;   ///< samples
  bool decay_in_meta_gradient;  ///< weight decay is part of both costs of the virtual step
  bool augment_trusted;
  bool independent_masks;  ///< dropout's draws of the passes that make the weights and of the step differ
};
void read(OptionReader& from, L2rOptions& to);

class L2r final : public OneNet {
 public:
  explicit L2r(const MethodContext& context);
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;

 private:
  torch::Tensor weigh(const Step& step);
  /// Cross-entropies [B] in training mode, running statistics as they are; `masks`: dropout's key where the pass has
  /// draws of its own, else those of the training step.
  torch::Tensor losses(const Step& step, const Batch& batch, const std::optional<Key>& masks);
  const RecipeSpec recipe_;
  const std::vector<int64_t> noisy_;  // positions that are not trusted
  const L2rOptions options_;
  const std::vector<bool> decays_;  // of each parameter
  std::optional<Key> noisy_masks_, trusted_masks_;
};

}  // namespace nlb

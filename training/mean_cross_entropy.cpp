#include "training/mean_cross_entropy.h"

#include <torch/csrc/autograd/functions/utils.h>

#include <string>
#include <utility>

#include "core/error.h"
#include "training/losses.h"

namespace nlb {
namespace {

/// out[i] = -log_probabilities[i, labels[i]].
template <typename T>
void choose_negated(const torch::Tensor& log_probabilities, const torch::Tensor& labels, T* out) {
  const int64_t classes = log_probabilities.size(1);
  const T* const rows = log_probabilities.const_data_ptr<T>();
  const auto* const label = labels.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < labels.size(0); ++i) {
    NLB_CHECK(label[i] >= 0 && label[i] < classes,
              "label " + std::to_string(label[i]) + " of " + std::to_string(classes) + " classes");
    out[i] = -rows[i * classes + label[i]];
  }
}

/// Gradient of the mean by the chosen logarithms: -slope / B at the label, else 0.
template <typename T>
void fill_slopes(const torch::Tensor& slope, const torch::Tensor& labels, int64_t classes, T* out) {
  const T each = -(*slope.const_data_ptr<T>() / static_cast<T>(labels.size(0)));
  const auto* const label = labels.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < labels.size(0); ++i) out[i * classes + label[i]] = each;
}

/// Calls with a value of the element type: float32 or float64.
template <typename Call>
void with_type(torch::ScalarType type, const Call& call) {
  if (type == torch::kFloat32) return call(float{});
  call(double{});
}

class MeanCrossEntropyBackward final : public torch::autograd::Node {
 public:
  MeanCrossEntropyBackward(const torch::Tensor& logits, torch::Tensor log_probabilities, torch::Tensor labels)
      : torch::autograd::Node(torch::autograd::collect_next_edges(logits)),
        log_probabilities_(std::move(log_probabilities)),
        labels_(std::move(labels)) {}

  torch::autograd::variable_list apply(torch::autograd::variable_list&& gradients) override {
    NLB_CHECK(log_probabilities_.defined(), "the mean cross-entropy goes backward once");
    NLB_CHECK(!torch::GradMode::is_enabled(), "the mean cross-entropy has no second derivative here");
    const torch::Tensor& slope = gradients.front();
    if (!slope.defined()) return {torch::Tensor()};
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    auto slopes = torch::zeros_like(log_probabilities_);
    const auto type = slopes.scalar_type();
    with_type(type, [&](auto t) {
      fill_slopes(slope, labels_, slopes.size(1), slopes.template mutable_data_ptr<decltype(t)>());
    });
    return {at::_log_softmax_backward_data(slopes, log_probabilities_, 1, type)};
  }
  void release_variables() override { log_probabilities_.reset(); }

 private:
  torch::Tensor log_probabilities_, labels_;
};

MeanCrossEntropy on_cpu(const torch::Tensor& logits, const torch::Tensor& labels) {
  MeanCrossEntropy result;
  torch::Tensor log_probabilities;
  {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    log_probabilities = at::_log_softmax(logits, 1, /*half_to_float=*/false);
    result.entropies = torch::empty({logits.size(0)}, logits.options());
    with_type(logits.scalar_type(), [&](auto t) {
      choose_negated(log_probabilities, labels, result.entropies.template mutable_data_ptr<decltype(t)>());
    });
    result.mean = at::mean(result.entropies);
  }
  if (!torch::GradMode::is_enabled() || !logits.requires_grad()) return result;
  torch::autograd::set_history(
      result.mean,
      std::shared_ptr<MeanCrossEntropyBackward>(
          new MeanCrossEntropyBackward(logits, std::move(log_probabilities), labels), torch::autograd::deleteNode));
  return result;
}

}  // namespace

MeanCrossEntropy mean_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels) {
  const auto type = logits.scalar_type();
  if (logits.is_cpu() && logits.is_contiguous() && labels.is_contiguous() &&
      (type == torch::kFloat32 || type == torch::kFloat64)) {
    return on_cpu(logits, labels);
  }
  const auto entropies = cross_entropy(logits, labels);
  return {.entropies = entropies.detach(), .mean = entropies.mean()};
}

}  // namespace nlb

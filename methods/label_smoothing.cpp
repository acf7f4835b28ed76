#include "methods/label_smoothing.h"

#include <cmath>

#include "training/losses.h"
#include "training/options.h"

namespace nlb {

void read(OptionReader& from, LabelSmoothingOptions& to) {
  from.read("epsilon", to.epsilon);
  from.read("spread", to.spread,
            {{"all_classes", Spread::all_classes},
             {"other_classes", Spread::other_classes},
             {"tenth_each", Spread::tenth_each}});
  from.read("least_probability", to.least_probability);
}

torch::Tensor smoothed_cross_entropy(const torch::Tensor& logits, const torch::Tensor& entropies,
                                     const LabelSmoothingOptions& options) {
  const auto& least = options.least_probability;
  const auto of_label = least ? entropies_from_below(entropies, *least) : entropies;
  auto logs = torch::log_softmax(logits, 1);
  if (least) logs = logs.clamp_min(std::log(*least));
  if (options.spread == Spread::tenth_each) {
    return (1 - 1.1 * options.epsilon) * of_label - 0.1 * options.epsilon * logs.sum(1);
  }
  const auto classes = static_cast<double>(logits.size(1));
  const double uniform =
      options.spread == Spread::all_classes ? options.epsilon : options.epsilon * classes / (classes - 1);
  return (1 - uniform) * of_label - uniform * logs.mean(1);
}

LabelSmoothing::LabelSmoothing(const MethodContext& context)
    : LossMethod(context), options_(options_of<LabelSmoothingOptions>(context)) {}

torch::Tensor LabelSmoothing::losses(const torch::Tensor& logits, const torch::Tensor& entropies) const {
  return smoothed_cross_entropy(logits, entropies, options_);
}

}  // namespace nlb

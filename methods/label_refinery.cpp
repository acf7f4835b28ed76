#include "methods/label_refinery.h"

#include "training/losses.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

struct LabelRefineryOptions {
  int64_t generations;
};

void read(OptionReader& from, LabelRefineryOptions& to) { from.read("generations", to.generations); }

std::vector<Training> trainings_of(const MethodContext& context) {
  std::vector<Training> trainings;
  const auto options = options_of<LabelRefineryOptions>(context);
  for (int64_t g = 1; g <= options.generations; ++g) {
    trainings.push_back({.name = "net" + std::to_string(g), .epochs = context.spec.recipe.epochs, .samples = {}});
  }
  return trainings;
}

}  // namespace

LabelRefinery::LabelRefinery(const MethodContext& context)
    : Stages(context, trainings_of(context), /*keeps_previous=*/true) {}

Stages::Trained LabelRefinery::train(size_t stage, const Batch& batch) {
  if (stage == 0) return train_on_labels(batch);
  torch::Tensor refined;
  {
    const torch::NoGradGuard no_gradient;
    refined = torch::softmax(previous().evaluate(batch.images()), 1);
  }
  const auto logits = learner().forward(batch.images());
  return {.index = batch.index,
          .logits = logits,
          .entropies = cross_entropy(logits.detach(), batch.labels),
          .loss = soft_cross_entropy(logits, refined).mean(),
          .corrected = refined.argmax(1)};
}

}  // namespace nlb

#include "batches/resident_images.h"
#include "batches/training_set.h"
#include "core/error.h"
#include "datasets/training_data.h"

namespace nlb {

struct EvaluationSet::State {
  ResidentImages images;
  torch::Tensor labels;
};

EvaluationSet::EvaluationSet(const ImageReferences& images, const std::vector<int64_t>& labels,
                             const NormalisationSpec& normalisation, torch::Device device, torch::ScalarType type) {
  NLB_CHECK(images.index.size() == labels.size(), "one label per image");
  NLB_CHECK(images.source != nullptr, "an evaluation set has images");
  state_ = std::make_shared<const State>(State{{*images.source, images.index, normalisation, device, type},
                                               torch::tensor(labels, torch::kLong).to(device)});
}

int64_t EvaluationSet::size() const { return state_->images.size(); }

const torch::Tensor& EvaluationSet::labels() const { return state_->labels; }

torch::Tensor EvaluationSet::images(int64_t begin, int64_t end) const {
  NLB_CHECK(0 <= begin && begin <= end && end <= size(), "images beyond the set's end");
  return state_->images.render(torch::arange(begin, end, state_->labels.options()));
}

}  // namespace nlb

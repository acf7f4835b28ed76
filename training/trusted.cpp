#include "training/trusted.h"

#include "batches/host_mirror.h"

namespace nlb {
namespace {

torch::Tensor on_device(const TrainingSet& set, const std::vector<int64_t>& positions) {
  return torch::tensor(positions, torch::kInt64).to(set.device());
}

}  // namespace

std::vector<int64_t> untrusted_positions(const TrainingSet& set) {
  std::vector<int64_t> rest;
  auto next = set.trusted().begin();
  for (int64_t position = 0; position < set.size(); ++position) {
    if (next != set.trusted().end() && *next == position) {
      ++next;
    } else {
      rest.push_back(position);
    }
  }
  return rest;
}

torch::Tensor trusted_mask(const TrainingSet& set) {
  const auto host =
      torch::zeros({set.size()}, torch::kBool).index_fill_(0, torch::tensor(set.trusted(), torch::kInt64), 1);
  const auto mask = upload(host, set.device());
  if (!mask.is_cpu()) set_host_mirror(mask, host);
  return mask;
}

torch::Tensor labels_of(const TrainingSet& set, const std::vector<int64_t>& positions) {
  return set.labels().index_select(0, on_device(set, positions));
}

}  // namespace nlb

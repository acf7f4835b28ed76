#include "training/apart.h"

#include "batches/host_mirror.h"

namespace nlb {

UntrustedFirst untrusted_first(const Batch& batch, const torch::Tensor& trusted) {
  // Sorted on the host, which knows the batch: a look at the device would wait for it at every step.
  const auto here = on_host(trusted).index_select(0, on_host(batch.index)).to(torch::kInt64);
  const auto order = upload(here.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false), batch.index.device());
  return {.order = order, .untrusted = batch.size() - here.sum().item<int64_t>()};
}

bool has_batch_statistics(Learner& learner) { return learner.net().parameters().flat_buffers().numel() > 0; }

torch::Tensor forward_apart(Learner& learner, const Batch& batch, const UntrustedFirst& parts) {
  std::vector<torch::Tensor> logits;
  const int64_t others = parts.untrusted;
  for (const auto& part : {parts.order.narrow(0, 0, others), parts.order.narrow(0, others, batch.size() - others)}) {
    if (part.numel() > 0) logits.push_back(learner.forward(batch.images().index_select(0, part)));
  }
  return torch::cat(logits);
}

}  // namespace nlb

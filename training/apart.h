// training/apart.h -- a batch whose trusted and other samples go through the network one after the other, so that each
// part has batch statistics of its own: the others first, as in mmazeika/glc:CIFAR.
#pragma once

#include "training/learner.h"

namespace nlb {

/// Order of a batch with its untrusted samples first, each part in the batch's order.
struct UntrustedFirst {
  torch::Tensor order;  ///< [B] int64 on the device, into the batch
  int64_t untrusted;    ///< how many of them are not trusted
};
/// `trusted`: trusted_mask of the set.
UntrustedFirst untrusted_first(const Batch& batch, const torch::Tensor& trusted);

/// Whether parts of a batch see each other in this network's forward pass: it has batch statistics. Where it has none,
/// one pass gives the logits of two.
bool has_batch_statistics(Learner& learner);

/// Logits [B, C] in that order, of two passes in training mode; of one where a part is empty.
torch::Tensor forward_apart(Learner& learner, const Batch& batch, const UntrustedFirst& parts);

}  // namespace nlb

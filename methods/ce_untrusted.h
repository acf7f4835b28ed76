// methods/ce_untrusted.h -- cross-entropy on a part of the training set: option "samples" of ce.
#pragma once

#include <memory>

#include "methods/method.h"

namespace nlb {

/// ce. Option "samples": "untrusted" trains on the samples outside the trusted set alone, as the scripts of
/// mmazeika/glc do that print a baseline on CIFAR (CIFAR/train_ours.py, train_phase1); "all" or absent: on the whole
/// training set. Throws InputError for "untrusted" without a trusted set.
std::unique_ptr<Method> make_ce(const MethodContext& context);

}  // namespace nlb

// optim/partial_decay.h -- weight decay on a part of a network's parameters.
#pragma once

#include <memory>
#include <vector>

#include "optim/optimiser.h"

namespace nlb {

/// make_optimiser where the spec's weight decay acts on parameter i of the store only if decays[i]: torch.optim with a
/// group of weight_decay 0 for the others.
std::unique_ptr<Optimiser> make_optimiser(const OptimiserSpec& spec, ParameterStore& store,
                                          const std::vector<bool>& decays);

}  // namespace nlb

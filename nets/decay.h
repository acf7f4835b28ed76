// nets/decay.h -- which parameters of a network its source puts under weight decay.
#pragma once

#include <string>
#include <vector>

#include "nets/parameter_store.h"

namespace nlb {

/// Of parameter i of a `net` that make_net built: whether a recipe's weight decay acts on it. All, as torch.optim has
/// it over a module's parameters; weights of convolutions and linear layers alone where the network's source attaches
/// the decay to those: wrn_28_10_pooled.
std::vector<bool> decayed_parameters(const std::string& net, const ParameterStore& store);

}  // namespace nlb

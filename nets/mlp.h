// nets/mlp.h -- fully connected layers with ReLU between. Option hidden: widths of the hidden layers; mmazeika/glc's
// MNIST net is [128, 128]. Takes images of any shape, flattened.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

std::unique_ptr<Net> build_mlp(const NetRequest& request);

}  // namespace nlb

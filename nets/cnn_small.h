// nets/cnn_small.h -- a network of our own for runs of minutes on a CPU: three times 3x3 convolution (32, 64, 128 maps,
// no bias), batch norm, ReLU and 2x2 max-pooling (the last pooling over the whole map, by average), then a linear
// layer.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

std::unique_ptr<Net> build_cnn_small(const NetRequest& request);

}  // namespace nlb

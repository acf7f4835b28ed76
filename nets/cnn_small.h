// nets/cnn_small.h -- a network of our own for runs of seconds to minutes on a CPU: three times 3x3 convolution (8, 16,
// 32 maps), 2x2 max-pooling and ReLU, then linear to 128, ReLU, linear. No batch norm: it learns the easy part first
// and then memorises, which is what the quickstart shows (docs/quickstart.md).
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

std::unique_ptr<Net> build_cnn_small(const NetRequest& request);

}  // namespace nlb

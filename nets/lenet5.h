// nets/lenet5.h -- LeNet-5 with ReLU and average pooling, as dmizr/phuber and Co-teaching+ use it on MNIST: conv 6@5
// (padding 2), pool 2, conv 16@5, pool 2, 400-120-84-classes. Takes 28x28 images.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

std::unique_ptr<Net> build_lenet5(const NetRequest& request);

}  // namespace nlb

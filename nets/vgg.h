// nets/vgg.h -- the plain network of 13 layers (Simonyan and Zisserman, ICLR 2015, column B) as it is used on small
// images.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// Five pairs of 3x3 convolutions (64, 128, 256, 512, 512 maps) with bias, batch norm and ReLU, 2x2 max-pooling after
/// each pair, mean over what is left of the map (one place of 32x32 images), one linear layer:
/// kuangliu/pytorch-cifar:models/vgg.py. RoG names VGG-13 as a source of semantic noise; its released code has no such
/// file, so the form is our choice.
std::unique_ptr<Net> build_vgg13(const NetRequest& request);

}  // namespace nlb

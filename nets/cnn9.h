// nets/cnn9.h -- the nine-layer network of Co-teaching: Han et al., NeurIPS 2018, arXiv:1804.06872, table 2; reference
// code bhanML/Co-teaching:model.py.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// Three times three 3x3 convolutions (128, 128, 128; 256, 256, 256; 512, 256, 128, the last three without padding),
/// each with batch norm and leaky ReLU; after the first two threes 2x2 max-pooling and dropout of whole maps; then the
/// mean over places, and a linear layer. Option "dropout": share of maps dropped, in training only. (The authors' call
/// F.dropout2d(h, p) names no mode, so their version of PyTorch decided whether maps were dropped, and when.)
std::unique_ptr<Net> build_cnn9(const NetRequest& request);

}  // namespace nlb

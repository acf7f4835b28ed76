// nets/pooled_resnet.h -- the wide residual network of uber-research/learning-to-reweight-examples@0b616c9 (L2R), line
// by line: models/cnn/resnet_module.py, cifar/configs/cifar-wide-resnet-28-10.prototxt. Beside nets/preact_resnet.h's:
//
// - stem: convolution, norm, ReLU; units of the first stage have neither norm nor ReLU nor dropout before their first
//   convolution (no_activation is set at a stage's first unit and keeps its value)
// - shortcuts without weights: means over 2x2, zeros for the new maps, half before and half behind; they start at what
//   enters a unit, not at its norm
// - dropout, per element, between the first ReLU of a unit and its first convolution
// - TensorFlow's "SAME" padding: at stride 2 one row and column of zeros behind, none before
// - batch norm without a scale, epsilon 1e-3, .001 of each batch in the running statistics (tf.contrib.layers')
// - weight decay on the weights of convolutions and the linear layer alone (nets/decay.h)
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

/// Stem 16, units 4-4-4 of widths 160, 320, 640, strides 1, 2, 2; norm, ReLU and mean over the last map. Option
/// `dropout`.
std::unique_ptr<Net> build_wrn_28_10_pooled(const NetRequest& request);

}  // namespace nlb

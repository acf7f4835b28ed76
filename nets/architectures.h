// nets/architectures.h -- the networks that protocols name, one builder each: what it is made of, whose code or paper
// has it in this form, and how many features it ends in. nets/make_net.cpp maps ids to builders; nets/<id>.json has
// parameters and multiply-adds. Where a source's file differs from the usual form, the builder's .cpp says how.
#pragma once

#include <memory>

#include "nets/net_request.h"

namespace nlb {

// Small networks without batch norm.

/// Fully connected layers with ReLU between, on images of any shape, flattened. Option `hidden`: widths of the hidden
/// layers; mmazeika/glc's MNIST net is [128, 128]. Option `dropout`: share of each hidden layer's units dropped.
std::unique_ptr<Net> build_mlp(const NetRequest& request);

/// LeNet-5 with ReLU and average pooling, as dmizr/phuber and Co-teaching+ use it on MNIST: conv 6@5 (padding 2), pool
/// 2, conv 16@5, pool 2, 400-120-84-classes. Takes 28x28 images.
std::unique_ptr<Net> build_lenet5(const NetRequest& request);

/// A network of our own for runs of seconds to minutes on a CPU: three times 3x3 convolution (8, 16, 32 maps), 2x2
/// max-pooling and ReLU, then linear to 128, ReLU, linear. Without batch norm it learns the easy part first and then
/// memorises, which is what the quickstart shows (docs/quickstart.md).
std::unique_ptr<Net> build_cnn_small(const NetRequest& request);

// Plain convolutional networks with batch norm.

/// The nine-layer network of Co-teaching (Han et al., NeurIPS 2018, arXiv:1804.06872, table 2; bhanML/Co-teaching:
/// model.py). Three times three 3x3 convolutions (128, 128, 128; 256, 256, 256; 512, 256, 128, the last three without
/// padding), each with batch norm and leaky ReLU; after the first two threes 2x2 max-pooling and dropout of whole maps;
/// then the mean over places, and a linear layer. Option `dropout`: share of maps dropped, in training only. (The
/// authors' call F.dropout2d(h, p) names no mode, so their version of PyTorch decided whether maps were dropped.)
std::unique_ptr<Net> build_cnn9(const NetRequest& request);

/// Simonyan and Zisserman, ICLR 2015, column B, as used on small images: five pairs of 3x3 convolutions (64, 128, 256,
/// 512, 512 maps) with bias, batch norm and ReLU, 2x2 max-pooling after each pair, mean over what is left of the map
/// (one place of 32x32 images), one linear layer: kuangliu/pytorch-cifar:models/vgg.py. RoG names VGG-13 as a source of
/// semantic noise; its released code has no such file, so the form is our choice.
std::unique_ptr<Net> build_vgg13(const NetRequest& request);

/// DenseNet-BC (Huang et al., CVPR 2017), depth 100, growth 12, in the form of pokaxpoka/RoGNoisyLabel:
/// models/densenet.py: stem 24; three dense blocks of 16 units (1x1 convolution to 48 maps, 3x3 to 12, norm and ReLU
/// before each); between them norm, ReLU, 1x1 convolution to half of the maps, mean over 2x2; at last norm, ReLU, mean
/// over the map (8x8 from 32x32 images), 342 features. No dropout.
std::unique_ptr<Net> build_densenet_100(const NetRequest& request);

// Residual networks (He et al., CVPR 2016) for small images: 3x3 stem without pooling, 1x1 convolution and batch norm
// where a shortcut changes shape, mean over the last map.

/// Basic blocks 5-5-5 of widths 16, 32, 64, strides 1, 2, 2, stem 16: the re-runs of INCV's authors,
/// chenpf1025/noisy_label_understanding_utilizing:my_model.py. Their convolutions have biases, which the batch norms
/// behind them take away again; these have none.
std::unique_ptr<Net> build_resnet32(const NetRequest& request);

/// Basic blocks 3-4-6-3 of widths 64, 128, 256, 512, strides 1, 2, 2, 2, stem 64:
/// shengliu66/ELR:ELR/model/ResNet_Zoo.py.
std::unique_ptr<Net> build_resnet34(const NetRequest& request);

/// Units of 1x1, 3x3 and 1x1 convolutions, 3-4-6-3 of widths 64, 128, 256, 512, each ending four times as wide, strides
/// 1, 2, 2, 2 on the 3x3 convolution, stem 64: dmizr/phuber names the form (3x3 stem, no pooling),
/// kuangliu/pytorch-cifar:models/resnet.py has it.
std::unique_ptr<Net> build_resnet50(const NetRequest& request);

// Pre-activation residual networks (He et al., ECCV 2016) for small images. They share the block and differ around it:
//
// | net             | source                                  | after stem | before pooling | 1x1 shortcut    |
// |-----------------|-----------------------------------------|------------|----------------|-----------------|
// | preact_resnet18 | LiJunnan1992/DivideMix:PreResNet.py     | norm, ReLU | nothing        | where needed    |
// | preact_resnet32 | DaikiTanaka-UT/JointOptimization:net.py | nothing    | norm, ReLU     | first of stages |
// | wrn_*           | mmazeika/glc:CIFAR/wideresnet.py        | nothing    | norm, ReLU     | where needed    |
//
// PreAct ResNet-18 has 11,171,274 parameters in this form (the same file is in shengliu66/ELR:ELR_plus/model); with
// the paper's ending, or without the stem's norm (kuangliu/pytorch-cifar), it has 11,172,170 or 11,171,146.

/// Blocks 2-2-2-2 of widths 64, 128, 256, 512, strides 1, 2, 2, 2; mean over the last map (4x4 from 32x32 images).
std::unique_ptr<Net> build_preact_resnet18(const NetRequest& request);

/// Blocks 5-5-5 of widths 32, 64, 128, strides 1, 2, 2, stem 32: of Joint Optimization, whose batch norm has eps 2e-5
/// (1e-5 here, as everywhere).
std::unique_ptr<Net> build_preact_resnet32(const NetRequest& request);

/// Wide residual network (Zagoruyko and Komodakis, BMVC 2016): depth 40, 2 times as wide. Stem 16, blocks 6-6-6 of
/// widths 32, 64, 128, strides 1, 2, 2. Option `dropout` acts between the two convolutions of a block, per element.
std::unique_ptr<Net> build_wrn_40_2(const NetRequest& request);

/// The same with blocks 4-4-4 of widths 160, 320, 640.
std::unique_ptr<Net> build_wrn_28_10(const NetRequest& request);

/// The wide residual network of uber-research/learning-to-reweight-examples@0b616c9 (L2R): stem 16, units 4-4-4 of
/// widths 160, 320, 640, strides 1, 2, 2; norm, ReLU and mean over the last map; shortcuts without weights
/// (nets/pooled_resnet.cpp lists what differs). Option `dropout`.
std::unique_ptr<Net> build_wrn_28_10_pooled(const NetRequest& request);

/// The small network of IEG (Zhang et al., CVPR 2020): residual units of three convolutions, google-research/
/// google-research:ieg/models/cifar10_resnet.py with depth 29. Stem 16 with norm and ReLU; three stages of three units,
/// inner widths 16, 64, 128, outputs 64, 128, 256, strides 1, 2, 2 on the first unit's first 1x1 convolution and on the
/// 1x1 shortcut that each stage begins with; norm, ReLU, mean over the last map. As released, the 1x1 convolution that
/// begins a unit reads the norm's output without a ReLU (the variable that names the activation keeps the value it gets
/// in the very first unit, which has no norm there either).
std::unique_ptr<Net> build_resnet29(const NetRequest& request);

}  // namespace nlb

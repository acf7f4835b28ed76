// nets/initialisers.h -- how a network's parameters start, by name. Element i of a parameter is drawn at (0, i, 0) of
// the parameter's own key, in double on the CPU, so it depends on nothing else in the network and is the same on every
// device. The one exception replays an author's stream, see after_noise_stream below.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nets/parameter_store.h"

namespace nlb {

/// fan_in: inputs of one output unit (in * kernel area); fan_out: out * kernel area. Shape [out, in] or [out, in, kh,
/// kw].
///
/// | id                           | weights                                              | biases     |
/// |------------------------------|------------------------------------------------------|------------|
/// | torch_default                | U(-b, b), b = 1 / sqrt(fan_in): torch.nn             | as weights |
/// | he_normal_fan_in             | N(0, 2 / fan_in): He et al., ICCV 2015               | 0          |
/// | he_normal_fan_out            | N(0, 2 / fan_out): He et al., ICCV 2015              | 0          |
/// | glorot_uniform               | U(-b, b), b = sqrt(6 / (fan_in + fan_out)): AISTATS 2010 | 0      |
/// | fan_in_normal                | N(0, 1 / fan_in): mmazeika/glc, MNIST                | 0          |
/// | he_fan_out_convolutions_torch_linear | N(0, 2 / fan_out), linear layers as torch_default | 0                |
/// | he_fan_out_convolutions_torch_stem_and_linear | as the one above, first weight as torch_default | torch    |
/// | he_fan_in_convolutions_fan_in_linear | N(0, 2 / fan_in), linear layers as fan_in_normal | 0                 |
/// | torch_default_before_1.2     | as torch_default                                     | as weights |
/// | truncated_he_fan_out_unit_scaling_linear | N(0, 2 / fan_out) given |x| <= 2 deviations; linear layers U(-b, b), b
/// = sqrt(3 / fan_in) | 0 | | truncated_he_fan_out_unit_scaling_linear_tensorflow_seed_0 | the same:
/// uber-research/learning-to-reweight-examples as called | 0 | | truncated_unit_normal_at_0.2 | N(0, 1) given |x| <=
/// .2: dmizr/phuber as called      | torch      | | truncated_normal_0.1_at_0.2  | N(0, .1^2) given |x| <= .2:
/// dmizr/phuber as commented | torch     | | truncated_unit_normal_at_0.2_after_noise_stream | N(0, 1) given |x| <= .2:
/// dmizr/phuber in call order | torch |
///
/// he_fan_out_convolutions_torch_linear: mmazeika/glc on CIFAR, pokaxpoka/RoGNoisyLabel's DenseNet.
/// he_fan_out_convolutions_torch_stem_and_linear: dmizr/phuber:phuber/network.py@56e5f71 on CIFAR: torchvision's
/// constructor draws all convolutions from He's fan-out form, then the stem is replaced by a fresh torch.nn one.
/// he_fan_in_convolutions_fan_in_linear: DaikiTanaka-UT/JointOptimization (Chainer's HeNormal and default).
///
/// truncated_he_fan_out_unit_scaling_linear:
/// uber-research/learning-to-reweight-examples:models/cnn/resnet_module.py@0b616c9
/// (_conv, _fully_connected): tf.truncated_normal_initializer, tf.uniform_unit_scaling_initializer. tensorflow_seed_0:
/// as its programs draw them (nets/tensorflow_draws.h). Every variable gets seed 0 (models/base/nnlib.py), and
/// tf.set_random_seed is called before the graph is made, so the graph has none (cifar/cifar_train.py:560-568): all
/// convolutions of one shape start with the same weights, in each run.
///
/// after_noise_stream: numpy's RandomState(0) after 60,000 doubles, which are the label noise of MNIST at any rate
/// above 0 (dmizr/phuber seeds numpy's global generator, draws the noise, builds the net): one double per element,
/// weight after weight in order of declaration, put through the inverse distribution function as scipy's truncnorm.rvs
/// does. So weights are the same in every trial; biases still come from the init key.
///
/// Scale and shift of batch norm start at 1 and 0, but under torch_default_before_1.2 the scale is drawn from U(0, 1),
/// as torch.nn.modules.batchnorm did up to PyTorch 1.1 (reset_parameters: uniform_; 1.2: ones_).
struct Initialisation {
  /// Of one weight. What replays a stream goes on with it at every call: one Initialisation serves one network.
  Initialiser weight;
  /// Of the bias of a layer with this fan_in.
  Initialiser bias(int64_t fan_in) const;
  bool zero_bias = false;
  /// Of the scale of a batch norm.
  Initialiser norm_scale() const;
  bool uniform_norm_scale = false;
};

/// Throws InputError for an unknown id.
Initialisation make_initialisation(const std::string& id);

/// Every element starts at `value`.
Initialiser constant_initialiser(double value);

}  // namespace nlb

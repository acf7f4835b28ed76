// nets/pooled_resnet.cpp -- the wide residual network of L2R line by line: models/cnn/resnet_module.py,
// cifar/configs/cifar-wide-resnet-28-10.prototxt of uber-research/learning-to-reweight-examples@0b616c9. Beside
// nets/preact_resnet.cpp's:
//
// - stem: convolution, norm, ReLU; units of the first stage have neither norm nor ReLU nor dropout before their first
//   convolution (no_activation is set at a stage's first unit and keeps its value)
// - shortcuts without weights: means over 2x2, zeros for the new maps, half before and half behind; they start at what
//   enters a unit, not at its norm
// - dropout, per element, between the first ReLU of a unit and its first convolution
// - TensorFlow's "SAME" padding: at stride 2 one row and column of zeros behind, none before
// - batch norm without a scale, epsilon 1e-3, .001 of each batch in the running statistics (tf.contrib.layers')
// - weight decay on the weights of convolutions and the linear layer alone (nets/decay.h)
#include <optional>
#include <string>
#include <vector>

#include "nets/architectures.h"
#include "nets/unit_net.h"

namespace nlb {
namespace {

constexpr NormOptions kNorms = {.momentum = 0.001, .epsilon = 1e-3, .scale = false};

/// Means over stride x stride, where a window hangs over the far side over what is there of it; `maps` of zeros.
struct PooledShortcut {
  int64_t stride = 1, maps = 0;

  torch::Tensor operator()(const torch::Tensor& input) const {
    auto out = input;
    if (stride > 1) {
      out = torch::avg_pool2d(out, stride, stride, /*padding=*/0, /*ceil_mode=*/true, /*count_include_pad=*/false);
    }
    return maps == 0 ? out : torch::constant_pad_nd(out, {0, 0, 0, 0, maps / 2, maps - maps / 2});
  }
};

struct Unit {
  std::optional<BatchNorm2d> norm1;  // behind the first stage
  BatchNorm2d norm2;
  Conv2d conv1, conv2;
  Dropout dropout;
  PooledShortcut shortcut;

  ResidualSum operator()(const ResidualSum& before, const ForwardContext& context) const {
    if (!norm1) return joined(before.added(), before.added(), context);
    const auto [input, active] = norm1->of_sum(before, context);
    return joined(input, dropout(active.first, context), context);
  }

 private:
  ResidualSum joined(const torch::Tensor& input, const torch::Tensor& active, const ForwardContext& context) const {
    return {conv2(norm2.activated(conv1(active), context)), shortcut(input)};
  }
};

class PooledResNet final : public UnitNet<Unit> {
 public:
  /// `widths`: of the stages, each of `units`.
  PooledResNet(const NetRequest& request, int64_t stem, const std::vector<int64_t>& widths, int64_t units) {
    double dropout = 0;
    request.options.read("dropout", dropout);
    LayerBuilder build(store_, request.initialisation, kNorms);
    declare(build, request.shape, stem, {.same = true}, widths, units,
            [&](const UnitPlace& place) { return make_unit(build, place, dropout); });
  }

 private:
  static Unit make_unit(LayerBuilder& build, const UnitPlace& place, double dropout) {
    const auto& name = place.name;
    Unit unit;
    if (place.stage > 0) {
      unit.norm1 = build.batch_norm(name + ".bn1", place.in);
      unit.dropout = build.dropout(dropout);
    }
    unit.conv1 = build.conv(name + ".conv1", place.in, place.out, {.stride = place.stride, .same = true});
    unit.norm2 = build.batch_norm(name + ".bn2", place.out);
    unit.conv2 = build.conv(name + ".conv2", place.out, place.out, {.same = true});
    unit.shortcut = {.stride = place.stride, .maps = place.out - place.in};
    return unit;
  }
};

}  // namespace

std::unique_ptr<Net> build_wrn_28_10_pooled(const NetRequest& request) {
  return std::make_unique<PooledResNet>(request, 16, std::vector<int64_t>{160, 320, 640}, 4);
}

}  // namespace nlb

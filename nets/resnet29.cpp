#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nets/architectures.h"
#include "nets/unit_net.h"

namespace nlb {
namespace {

constexpr int64_t kInner[] = {16, 64, 128};  // of the units of each stage

struct Unit {
  std::optional<BatchNorm2d> norm1;
  BatchNorm2d norm2, norm3;
  Conv2d conv1, conv2, conv3;
  std::optional<Conv2d> shortcut;

  ResidualSum operator()(const ResidualSum& before, const ForwardContext& context) const {
    constexpr double kNoActivation = 1;
    const auto [input, normed] = norm1 ? norm1->of_sum(before, context, kNoActivation)
                                       : BatchNorm2d::OfSum{before.main, {before.main, before.main}};
    const auto middle = conv2(norm2.activated(conv1(normed.first), context));
    return {conv3(norm3.activated(middle, context)), shortcut ? (*shortcut)(input) : input};
  }
};

class ResNet29 final : public UnitNet<Unit> {
 public:
  explicit ResNet29(const NetRequest& request) {
    LayerBuilder build(store_, request.initialisation);
    declare(build, request.shape, /*stem=*/16, {}, {64, 128, 256}, /*units=*/3,
            [&](const UnitPlace& place) { return make_unit(build, place); });
  }

 private:
  static Unit make_unit(LayerBuilder& build, const UnitPlace& place) {
    const auto& name = place.name;
    const int64_t inner = kInner[place.stage];
    Unit unit;
    if (place.stage > 0 || !place.begins_stage) unit.norm1 = build.batch_norm(name + ".bn1", place.in);
    unit.conv1 = build.conv(name + ".conv1", place.in, inner, {.kernel = 1, .stride = place.stride, .padding = 0});
    unit.norm2 = build.batch_norm(name + ".bn2", inner);
    unit.conv2 = build.conv(name + ".conv2", inner, inner, {});
    unit.norm3 = build.batch_norm(name + ".bn3", inner);
    unit.conv3 = build.conv(name + ".conv3", inner, place.out, {.kernel = 1, .padding = 0});
    if (place.begins_stage) {
      unit.shortcut =
          build.conv(name + ".shortcut.0", place.in, place.out, {.kernel = 1, .stride = place.stride, .padding = 0});
    }
    return unit;
  }
};

}  // namespace

std::unique_ptr<Net> build_resnet29(const NetRequest& request) { return std::make_unique<ResNet29>(request); }

}  // namespace nlb

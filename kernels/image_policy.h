// kernels/image_policy.h -- augmentation policies: which operations of kernels/image_ops.h an image goes through,
// drawn. AutoAugment (Cubuk et al., CVPR 2019, CIFAR-10's list as released) draws one of 95 pairs; RandAugment (Cubuk
// et al., 2020) draws operations and their levels apart.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/image_ops.h"

namespace nlb {

inline constexpr int32_t kPolicyLevels =
    10;  ///< 0 to 9, in the units of google-research/google-research:ieg/dataset_utils

/// `operation` at `level` in [0, kPolicyLevels) for images of this size: rotate int(3 l) degrees, shear .03 l,
/// translate l pixels, posterize to 4 - int(.4 l) bits, solarize from 256 - int(25.6 l), enhance by .18 l + .1, cutout
/// of side 2 l. `negative` turns the sign of the first three.
ImageOperation make_operation(Operation operation, int32_t level, bool negative, int32_t height, int32_t width);

struct PolicyStep {
  Operation operation = Operation::identity;
  float probability = 0;  ///< that it is applied, else it is left out
  int32_t level = -1;     ///< -1: drawn
};

/// A policy. Its arrays lie in the memory of the device that applies it.
struct ImagePolicy {
  const ImageOperation* operations = nullptr;  ///< [kOperations][kPolicyLevels][2]: the second with negative sign
  const PolicyStep* list = nullptr;            ///< [entries][steps]
  int32_t entries = 0, steps = 0;
  int32_t rounds = 0;  ///< entries drawn for an image, applied one after the other; 0: there is no policy
  int32_t lowest_level = 0, highest_level = 0;  ///< of drawn levels
  bool shared = false;                          ///< entries and levels are drawn once for a batch
};

/// AutoAugment's CIFAR-10 list as released with google-research/fixmatch, third_party/auto_augment/policies.py: 95
/// entries of two steps. Repetitions are meant: they weigh.
std::span<const PolicyStep> autoaugment_cifar10();
inline constexpr int32_t kAutoAugmentEntries = 95, kAutoAugmentSteps = 2;

/// RandAugment's 14 operations as in google-research/google-research:ieg/dataset_utils/randaugment.py, each a step of
/// its own with this probability and a drawn level.
std::vector<PolicyStep> randaugment_steps(double probability);

/// ImagePolicy::operations for images of this size.
std::vector<ImageOperation> all_operations(int32_t height, int32_t width);

/// Where a policy's draws lie.
struct PolicyDraws {
  Key key = {};
  uint64_t epoch = 0, batch = 0;
  uint32_t view = 0;
};

struct DrawnOperation {
  const ImageOperation* operation = nullptr;  ///< null: none
  Centre centre;
};

/// Operation `number` < rounds * steps of the image in row `row`. Entry and level of round r are drawn at (epoch, row
/// or batch, 2 r) of view v, application, sign and centre at (epoch, row, 2 number + 1); a view has 256 places.
NLB_HD inline DrawnOperation draw_operation(const ImagePolicy& policy, const PolicyDraws& draws, int64_t row,
                                            int32_t number, int32_t height, int32_t width) {
  const uint32_t place = draws.view << 8, round = static_cast<uint32_t>(number / policy.steps);
  const uint64_t image = static_cast<uint64_t>(row);
  const Words4 choice = draw(draws.key, draws.epoch, policy.shared ? draws.batch : image, place + 2 * round);
  const Words4 own = draw(draws.key, draws.epoch, image, place + 2 * static_cast<uint32_t>(number) + 1);
  const auto entry = static_cast<int32_t>(below(choice.word[0], static_cast<uint32_t>(policy.entries)));
  const PolicyStep step = policy.list[entry * policy.steps + number % policy.steps];
  if (unit_float(own.word[0]) >= step.probability) return {};
  const auto levels = static_cast<uint32_t>(policy.highest_level - policy.lowest_level + 1);
  const int32_t level =
      step.level >= 0 ? step.level : policy.lowest_level + static_cast<int32_t>(below(choice.word[1], levels));
  const int32_t kind = static_cast<int32_t>(step.operation), sign = static_cast<int32_t>(below(own.word[1], 2));
  return {policy.operations + (kind * kPolicyLevels + level) * 2 + sign,
          {static_cast<int32_t>(below(own.word[2], static_cast<uint32_t>(height))),
           static_cast<int32_t>(below(own.word[3], static_cast<uint32_t>(width)))}};
}

}  // namespace nlb

#include <cmath>
#include <type_traits>

#include "kernels/dropout_lanes.h"
#include "kernels/dropout_mask.h"
#include "kernels/dropout_samples.h"

namespace nlb {
namespace {

/// An element is kept where its word's 24 bits are at least rate * 2^24, a product that is exact.
DropoutDraws draws_of(Key key, uint64_t step, uint32_t layer, double rate) {
  return {{key.word[0], key.word[1]}, step, layer, static_cast<uint32_t>(std::ceil(rate * 0x1p24))};
}

constexpr int64_t kMostGroups = int64_t{1} << 32;

}  // namespace

void dropout_mask_cpu(Key key, uint64_t step, uint32_t layer, double rate, int64_t count, float* mask) {
  const int64_t groups = count / 4 < kMostGroups ? count / 4 / kDropoutLanes * kDropoutLanes : 0;
  dropout_lane_kernels().mask(draws_of(key, step, layer, rate), 0, groups, mask);
  for (int64_t group = groups; 4 * group < count; ++group) {
    dropout_mask_group(key, step, layer, rate, group, count, mask);
  }
}

bool has_dropout_lanes(const DropoutShape& shape) {
  return shape.channels_last && shape.places % 4 == 0 && shape.channels % kDropoutLanes == 0 &&
         shape.count() / 4 < kMostGroups;
}

void dropout_samples_cpu(const DropoutDraw& how, const DropoutShape& shape, int64_t first, int64_t last,
                         const float* input, float* out) {
  const DropoutDraws draws = draws_of(how.key, how.step, how.layer, how.rate);
  const auto scale = static_cast<float>(1 / (1 - how.rate));
  for (int64_t sample = first; sample < last; ++sample) {
    const int64_t at = sample * shape.places * shape.channels;
    dropout_lane_kernels().sample(draws, at / 4, shape.places, shape.channels, scale, input + at, out + at);
  }
}

template <class T>
void dropout_cpu(const DropoutDraw& how, const DropoutShape& shape, const T* input, T* out) {
  if constexpr (std::is_same_v<T, float>) {
    if (has_dropout_lanes(shape)) return dropout_samples_cpu(how, shape, 0, shape.samples, input, out);
  }
  for (int64_t turn = 0; 4 * turn < shape.count(); ++turn) dropout_group(how, shape, shape.group(turn), input, out);
}

template void dropout_cpu(const DropoutDraw&, const DropoutShape&, const float*, float*);
template void dropout_cpu(const DropoutDraw&, const DropoutShape&, const double*, double*);
template void dropout_cpu(const DropoutDraw&, const DropoutShape&, const Bfloat16*, Bfloat16*);

}  // namespace nlb

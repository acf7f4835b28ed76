// kernels/dropout_mask.h -- which elements a dropout layer keeps: a pure function of (key, step, layer, element).
#pragma once

#include <cstdint>

#include "core/draws.h"
#include "kernels/bfloat16.h"

namespace nlb {

/// Writes up to four elements of the mask, from element 4 * group on: 1 kept, 0 dropped with probability `rate`.
template <typename T>
NLB_HD inline void dropout_mask_group(Key key, uint64_t step, uint32_t layer, double rate, int64_t group, int64_t count,
                                      T* mask) {
  const Words4 words = draw(key, step, static_cast<uint64_t>(group), layer);
  for (int64_t lane = 0; lane < 4 && 4 * group + lane < count; ++lane) {
    mask[4 * group + lane] = static_cast<double>(unit_float(words.word[lane])) >= rate ? T(1) : T(0);
  }
}

/// mask [count], all of it.
void dropout_mask_cpu(Key key, uint64_t step, uint32_t layer, double rate, int64_t count, float* mask);

/// A layer's input: elements are counted as [samples, channels, places] lies in memory; with channels_last the memory
/// is [samples, places, channels].
struct DropoutShape {
  int64_t samples, channels, places;
  bool channels_last;

  NLB_HD int64_t count() const { return samples * channels * places; }
  NLB_HD int64_t address(int64_t element) const {
    if (!channels_last) return element;
    const int64_t place = element % places, rest = element / places;
    return (rest / channels * places + place) * channels + rest % channels;
  }
  /// The order in which neighbours take groups of four elements: with channels last, those of one place of all channels
  /// first where four elements lie in one plane, so that neighbours touch neighbouring memory.
  NLB_HD int64_t group(int64_t turn) const {
    if (!channels_last || places % 4 != 0) return turn;
    const int64_t each = places / 4, channel = turn % channels, rest = turn / channels;
    return (rest / each * channels + channel) * each + rest % each;
  }
};

struct DropoutDraw {
  Key key;
  uint64_t step;
  uint32_t layer;
  double rate;
  const int64_t* step_at = nullptr;  ///< where the step lies on the device, in place of `step`; or null
};

/// out = input * mask * scale for the four elements of a group, input and out of one shape; scale = 1 / (1 - rate). Its
/// own backward: out = gradient * mask * scale.
template <class T>
NLB_HD inline void dropout_group(const DropoutDraw& how, const DropoutShape& shape, int64_t group, const T* input,
                                 T* out) {
  using Wide = Arithmetics<T>;
  const uint64_t step = how.step_at != nullptr ? static_cast<uint64_t>(*how.step_at) : how.step;
  const Words4 words = draw(how.key, step, static_cast<uint64_t>(group), how.layer);
  const auto scale = static_cast<Wide>(1 / (1 - how.rate));
  for (int64_t lane = 0; lane < 4 && 4 * group + lane < shape.count(); ++lane) {
    const Wide kept = static_cast<double>(unit_float(words.word[lane])) >= how.rate ? Wide(1) : Wide(0);
    const int64_t address = shape.address(4 * group + lane);
    out[address] = narrow<T>(widen(input[address]) * kept * scale);
  }
}

/// All groups. T: float, double, Bfloat16. Host memory.
template <class T>
void dropout_cpu(const DropoutDraw& how, const DropoutShape& shape, const T* input, T* out);
/// On the current CUDA device: device memory, `stream` a cudaStream_t. Returns when launched; throws InternalError when
/// the launch is refused.
template <class T>
void dropout_cuda(const DropoutDraw& how, const DropoutShape& shape, const T* input, T* out, void* stream);

}  // namespace nlb

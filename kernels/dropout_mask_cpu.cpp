#include "kernels/dropout_mask.h"

namespace nlb {

void dropout_mask_cpu(Key key, uint64_t step, uint32_t layer, double rate, int64_t count, float* mask) {
  for (int64_t group = 0; 4 * group < count; ++group) dropout_mask_group(key, step, layer, rate, group, count, mask);
}

}  // namespace nlb

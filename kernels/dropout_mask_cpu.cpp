#include "kernels/dropout_mask.h"

namespace nlb {

void dropout_mask_cpu(Key key, uint64_t step, uint32_t layer, double rate, int64_t count, float* mask) {
  for (int64_t group = 0; 4 * group < count; ++group) dropout_mask_group(key, step, layer, rate, group, count, mask);
}

template <class T>
void dropout_cpu(const DropoutDraw& how, const DropoutShape& shape, const T* input, T* out) {
  for (int64_t turn = 0; 4 * turn < shape.count(); ++turn) dropout_group(how, shape, shape.group(turn), input, out);
}

template void dropout_cpu(const DropoutDraw&, const DropoutShape&, const float*, float*);
template void dropout_cpu(const DropoutDraw&, const DropoutShape&, const double*, double*);
template void dropout_cpu(const DropoutDraw&, const DropoutShape&, const Bfloat16*, Bfloat16*);

}  // namespace nlb

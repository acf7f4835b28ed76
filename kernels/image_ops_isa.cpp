// Compiled once per instruction set, NLB_ISA naming it: see kernels/isa.h.
#include "kernels/image_ops.h"

namespace nlb::NLB_ISA {
namespace {

/// A team of one. Its place in this namespace makes every body instantiated for it this set's own.
struct Alone {
  template <class Work>
  [[gnu::always_inline]] void each(int32_t count, Work work) const {
    for (int32_t i = 0; i < count; ++i) work(i);
  }
  template <class Work>
  [[gnu::always_inline]] void lines(int32_t height, int32_t width, Work work) const {
    for (int32_t y = 0; y < height; ++y) {
      for (int32_t x = 0; x < width; ++x) work(y, x);
    }
  }
  template <class Term>
  [[gnu::always_inline]] uint32_t total(int32_t count, Term term, uint32_t* /*cell*/) const {
    uint32_t sum = 0;
    for (int32_t i = 0; i < count; ++i) sum += term(i);
    return sum;
  }
  [[gnu::always_inline]] void add(uint32_t* cell, uint32_t value) const { *cell += value; }
};

void operate_alone(const ImageOperation& operation, Centre centre, Canvas& canvas) {
  operate(Alone{}, operation, centre, canvas);
}

}  // namespace

extern const OperationKernels kImageOperations;
constinit const OperationKernels kImageOperations = {.operate = operate_alone};

}  // namespace nlb::NLB_ISA

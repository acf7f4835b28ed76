#include <algorithm>

#include "kernels/bfloat16.h"
#include "kernels/collect.h"

namespace nlb {

template <class From, class To>
void collect_cpu(const Pieces<From>& pieces, To* flat) {
  for (int p = 0; p < pieces.number; ++p) {
    const auto& [from, begin, count] = pieces.piece[p];
    if (from != nullptr) {
      std::transform(from, from + count, flat + begin, [](From value) { return widen(value); });
    } else {
      std::fill_n(flat + begin, count, To{0});
    }
  }
}

template void collect_cpu(const Pieces<float>&, float*);
template void collect_cpu(const Pieces<double>&, double*);
template void collect_cpu(const Pieces<Bfloat16>&, float*);

}  // namespace nlb

#include <algorithm>

#include "kernels/collect.h"

namespace nlb {

template <class T>
void collect_cpu(const Pieces<T>& pieces, T* flat) {
  for (int p = 0; p < pieces.number; ++p) {
    const auto& [from, begin, count] = pieces.piece[p];
    if (from != nullptr) {
      std::copy_n(from, count, flat + begin);
    } else {
      std::fill_n(flat + begin, count, T{0});
    }
  }
}

template void collect_cpu(const Pieces<float>&, float*);
template void collect_cpu(const Pieces<double>&, double*);

}  // namespace nlb

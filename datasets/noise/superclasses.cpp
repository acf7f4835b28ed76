#include "datasets/noise/superclasses.h"

#include <cstddef>

namespace nlb {

// Derived from UCSC-REAL/cifar-10-100n:fine2coarse.py; the labels of train.bin agree (noise_vectors_test.cpp).
const std::array<uint8_t, 100> kCifar100Superclass{
    4,  1,  14, 8,  0,  6,  7,  7, 18, 3,  3,  14, 9, 18, 7,  11, 3,  9, 7,  11, 6,  11, 5,  10, 7,
    6,  13, 15, 3,  15, 0,  11, 1, 10, 12, 14, 16, 9, 11, 5,  5,  19, 8, 8,  15, 13, 14, 17, 18, 10,
    16, 4,  17, 4,  2,  0,  17, 4, 18, 17, 10, 3,  2, 12, 12, 16, 12, 1, 9,  19, 2,  10, 0,  1,  16,
    12, 9,  13, 15, 13, 16, 19, 2, 4,  6,  19, 5,  5, 8,  19, 18, 1,  2, 15, 6,  0,  17, 8,  14, 13};

std::vector<std::vector<int64_t>> cifar100_superclass_members() {
  constexpr size_t kSuperclasses = 20;
  std::vector<std::vector<int64_t>> members(kSuperclasses);
  for (size_t fine = 0; fine < kCifar100Superclass.size(); ++fine) {
    members[kCifar100Superclass[fine]].push_back(static_cast<int64_t>(fine));
  }
  return members;
}

}  // namespace nlb

// datasets/noise/superclasses.h -- which fine classes of CIFAR-100 make a coarse one.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace nlb {

/// Coarse class 0..19 of each of CIFAR-100's fine classes; five fine ones make a coarse one.
extern const std::array<uint8_t, 100> kCifar100Superclass;

/// The five fine ids of each coarse class, increasing.
std::vector<std::vector<int64_t>> cifar100_superclass_members();

}  // namespace nlb

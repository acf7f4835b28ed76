// core/shown_problems.h -- how much of what is wrong is listed.
#pragma once

#include <cstdint>

namespace nlb {

/// Problems of one kind that are listed one by one; further ones are counted.
inline constexpr int64_t kShownOfAKind = 20;

}  // namespace nlb

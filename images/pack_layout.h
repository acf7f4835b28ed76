// images/pack_layout.h -- the numbers of a pack's layout (images/packed_images.h), for its reader and its writer.
#pragma once

#include <cstdint>
#include <string_view>

namespace nlb {

inline constexpr std::string_view kPackMagic = "NLBIMG1\n";
inline constexpr int64_t kPackHeader = 64;
inline constexpr int64_t kPackShape = 12;  ///< bytes of one entry of the table of shapes

}  // namespace nlb

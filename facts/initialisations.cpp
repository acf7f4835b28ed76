#include "facts/initialisations.h"

#include <algorithm>
#include <array>

namespace nlb {

bool follows_noise_stream(std::string_view initialisation) {
  constexpr std::array<std::string_view, 1> kAll = {"truncated_unit_normal_at_0.2_after_noise_stream"};
  return std::find(kAll.begin(), kAll.end(), initialisation) != kAll.end();
}

}  // namespace nlb

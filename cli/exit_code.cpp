#include "cli/exit_code.h"

#include <algorithm>
#include <array>

namespace nlb {

ExitCode worse(ExitCode a, ExitCode b) {
  static constexpr std::array order = {ExitCode::bad_input, ExitCode::cannot_go_on, ExitCode::interrupted,
                                       ExitCode::differs,   ExitCode::nothing,      ExitCode::incomplete,
                                       ExitCode::done};
  return *std::min(std::find(order.begin(), order.end(), a), std::find(order.begin(), order.end(), b));
}

}  // namespace nlb

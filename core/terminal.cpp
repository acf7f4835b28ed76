#include "core/terminal.h"

#include <unistd.h>

#include <cstdlib>

namespace nlb {

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

bool use_colour(int descriptor) {
  const char* refused = std::getenv("NO_COLOR");
  return is_terminal(descriptor) && (refused == nullptr || *refused == '\0');
}

}  // namespace nlb

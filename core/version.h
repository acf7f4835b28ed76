// core/version.h -- what this program was built from and how; compiler and flags are part of the determinism class.
#pragma once

#include <string>

namespace nlb {

std::string version();      ///< of the project: "0.1.0"
std::string git_commit();   ///< 40 hexadecimal digits at build time, or "unknown" outside a checkout
bool git_dirty();           ///< a tracked file differed from that commit at build time
std::string compiler_id();  ///< "g++ 12.2.0"
std::string build_flags();  ///< those that can change code: "-O2 -g -DNDEBUG -ffp-contract=off"

}  // namespace nlb

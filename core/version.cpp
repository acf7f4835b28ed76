#include "core/version.h"

#include "nlb_version_values.h"

namespace nlb {

std::string version() { return NLB_VERSION; }
std::string git_commit() { return NLB_GIT_COMMIT; }
bool git_dirty() { return NLB_GIT_DIRTY; }
std::string compiler_id() { return NLB_COMPILER; }
std::string build_flags() { return NLB_BUILD_FLAGS; }

}  // namespace nlb

// core/parallel.h -- independent pieces of work on all cores. Results go by index, so their order never depends on who
// was first.
#pragma once

#include <cstddef>
#include <functional>

namespace nlb {

/// Calls body(0), ..., body(count - 1), each once, on as many threads as there are cores to use; returns when all are
/// done. Of several exceptions the one of the smallest index is thrown.
void for_each_index(size_t count, const std::function<void(size_t)>& body);

}  // namespace nlb

#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace nlb {

void for_each_index(size_t count, const std::function<void(size_t)>& body) {
  std::vector<std::exception_ptr> thrown(count);
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      try {
        body(i);
      } catch (...) {
        thrown[i] = std::current_exception();
      }
    }
  };
  const size_t threads = std::min<size_t>(count, std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::jthread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  others.clear();  // joins them
  const auto first = std::find_if(thrown.begin(), thrown.end(), [](const auto& one) { return one != nullptr; });
  if (first != thrown.end()) std::rethrow_exception(*first);
}

}  // namespace nlb

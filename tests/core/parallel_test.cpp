#include "core/parallel.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

TEST_CASE("every index is worked on once, whatever the number of pieces", "[core][parallel]") {
  const size_t count = GENERATE(size_t{0}, size_t{1}, size_t{2}, size_t{1000});
  std::vector<int> calls(count, 0);
  std::atomic<size_t> sum = 0;
  nlb::for_each_index(count, [&](size_t i) {
    ++calls[i];
    sum += i;
  });
  CHECK(calls == std::vector<int>(count, 1));
  CHECK(sum == count * (count > 0 ? count - 1 : 0) / 2);
}

TEST_CASE("of several exceptions the first by index is thrown, after all pieces", "[core][parallel]") {
  std::atomic<int> done = 0;
  const auto work = [&](size_t i) {
    ++done;
    if (i == 70 || i == 30) throw std::runtime_error("piece " + std::to_string(i));
  };
  CHECK_THROWS_WITH(nlb::for_each_index(100, work), "piece 30");
  CHECK(done == 100);
}

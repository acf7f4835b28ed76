// The shim itself: what it must refuse, and what the sanitizers must see through it.
#include "kernels/launch.h"
#include "tests/kernels/device_array.h"

namespace nlb {
namespace {

using test::DeviceArray;

struct Cells {
  int value[64];
};

void sum_of_warp(int* out) {
  int value = static_cast<int>(threadIdx.x);
  for (int offset = kWarp / 2; offset > 0; offset /= 2) value += __shfl_down_sync(kFullWarp, value, offset);
  if (threadIdx.x % kWarp == 0) atomicAdd(out + blockIdx.x, value);
}

void neighbour(int* out, bool with_barrier) {
  auto& cells = block_shared<Cells>().value;
  const unsigned thread = threadIdx.x;
  cells[thread] = static_cast<int>(thread);
  if (with_barrier) __syncthreads();
  out[thread] = cells[(thread + 1) % 64];
}

/// Half of a warp waits for all of it.
void divided() {
  if (threadIdx.x < 16) __syncwarp();
}

void one_place_of_all(int* out) { *out = static_cast<int>(blockIdx.x); }

void behind_the_end(int* out, int64_t place) { out[place] = 1; }

TEST_CASE("the shim's warps, barriers and grids do what CUDA's do", "[shim]") {
  const DeviceArray<int> sums(std::vector<int>(3)), shifted(64);
  launch("sums", sum_of_warp, 3, 64, nullptr, sums.get());
  CHECK(sums.read() == std::vector<int>{2016, 2016, 2016});  // 0 + ... + 63
  launch("neighbours", neighbour, 1, 64, nullptr, shifted.get(), true);
  const auto found = shifted.read();
  for (size_t i = 0; i < found.size(); ++i) CHECK(found[i] == static_cast<int>((i + 1) % 64));
}

TEST_CASE("the shim refuses what a device refuses, and a barrier that not all reach", "[shim]") {
  const DeviceArray<int> out(64);
  CHECK_THROWS_WITH(launch("no blocks", sum_of_warp, 0, 64, nullptr, out.get()),
                    Catch::Contains("no blocks: invalid configuration argument"));
  CHECK_THROWS_WITH(launch("large", sum_of_warp, 1, 1025, nullptr, out.get()),
                    Catch::Contains("invalid configuration"));
  CHECK_THROWS_WITH(launch("divided", divided, 1, 64, nullptr), Catch::Contains("barrier that not all threads reach"));
}

// Each must be reported by its sanitizer: CTest expects these to fail (tests/kernels/CMakeLists.txt).
TEST_CASE("a race in shared memory", "[.race]") {
  const DeviceArray<int> out(64);
  launch("race", neighbour, 1, 64, nullptr, out.get(), false);
}
TEST_CASE("a race of two blocks", "[.race_of_blocks]") {
  const DeviceArray<int> out(1);
  launch("race", one_place_of_all, 2, 1, nullptr, out.get());
}
TEST_CASE("a write behind the end", "[.overflow]") {
  const DeviceArray<int> out(8);
  launch("overflow", behind_the_end, 1, 1, nullptr, out.get(), int64_t{8 + 64});
}

}  // namespace
}  // namespace nlb

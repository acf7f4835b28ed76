#include "kernels/launch.h"
#include "kernels/state_digest.h"

namespace nlb {
namespace {

constexpr int kThreads = 256;

/// The last part that begins at or before `tile`: parts without tiles are passed over.
__device__ int64_t part_of(const DigestPart* parts, int64_t count, int64_t tile) {
  int64_t low = 0, high = count - 1;
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (parts[middle].first_tile <= tile) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

__device__ unsigned long long warp_sum(unsigned long long sum) {
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_down_sync(kFullWarp, sum, offset);
  return sum;
}

struct DigestMemory {
  uint32_t keys[kDigestKeys];
  unsigned long long totals[kDigestLanes];
};

// One block per tile at a time. Integer sums commute, so atomics cannot move a bit.
__global__ void digest_kernel(const DigestPart* parts, int64_t count, int64_t tiles, unsigned long long* lanes) {
  auto& [keys, totals] = block_shared<DigestMemory>();
  const int thread = static_cast<int>(threadIdx.x);
  for (uint32_t i = threadIdx.x; i < kDigestKeys; i += kThreads) keys[i] = digest_key(i);
  for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const int64_t place = part_of(parts, count, tile);
    const DigestPart part = parts[place];
    const int64_t own_tile = tile - part.first_tile, first = own_tile * kDigestTileWords;
    const int64_t left = digest_words(part.size) - first, words = left < kDigestTileWords ? left : kDigestTileWords;
    if (thread < kDigestLanes) totals[thread] = 0;
    __syncthreads();
    DigestSums sums;
    for (int64_t j = thread; j < words; j += kThreads) {
      digest_word(digest_load(static_cast<const uint8_t*>(part.bytes), part.size, first + j), j, keys, sums);
    }
    for (int lane = 0; lane < kDigestLanes; ++lane) {
      const unsigned long long sum = warp_sum(sums.lane[lane]);
      if (thread % 32 == 0) atomicAdd(&totals[lane], sum);
    }
    __syncthreads();
    // The thread that reads a total is the one that clears it for the next tile.
    if (thread < kDigestLanes) {
      atomicAdd(&lanes[place * kDigestLanes + thread], digest_tile(totals[thread], own_tile, thread));
    }
  }
}

}  // namespace

void state_digest_cuda(const DigestPart* parts, int64_t count, int64_t tiles, DigestSums* lanes, void* stream) {
  constexpr int64_t kMostBlocks = 4096;  // some for every multiprocessor; each computes the keys once
  if (tiles == 0) return;                // a launch without blocks is an error
  const auto blocks = static_cast<unsigned>(tiles < kMostBlocks ? tiles : kMostBlocks);
  static_assert(sizeof(DigestSums) == kDigestLanes * sizeof(unsigned long long));
  launch("state digest kernel", digest_kernel, blocks, kThreads, stream, parts, count, tiles,
         reinterpret_cast<unsigned long long*>(lanes));
}

}  // namespace nlb

#include "kernels/bfloat16.h"
#include "kernels/collect.h"
#include "kernels/launch.h"

namespace nlb {
namespace {

constexpr int kThreads = 256, kEach = 16;  // elements of a thread: a weight of 512x512x3x3 takes 576 blocks

// Blocks (x, p): part x of piece p; the largest piece says how many parts there are, those of smaller ones leave.
template <class From, class To>
__global__ void collect_kernel(Pieces<From> pieces, To* flat) {
  const auto& piece = pieces.piece[blockIdx.y];
  const int64_t first = int64_t{blockIdx.x} * kThreads * kEach;
  for (int64_t i = first + threadIdx.x; i < first + kThreads * kEach && i < piece.count; i += kThreads) {
    flat[piece.begin + i] = piece.from != nullptr ? widen(piece.from[i]) : To{0};
  }
}

}  // namespace

template <class From, class To>
void collect_cuda(const Pieces<From>& pieces, To* flat, void* stream) {
  int64_t largest = 0;
  for (int p = 0; p < pieces.number; ++p) largest = largest < pieces.piece[p].count ? pieces.piece[p].count : largest;
  if (largest == 0) return;  // a launch without blocks is an error
  static_assert(sizeof(Pieces<From>) < 4000, "a kernel's parameters are 4 KB");
  constexpr int64_t kPart = int64_t{kThreads} * kEach;
  launch("collect kernel", collect_kernel<From, To>,
         dim3(static_cast<unsigned>((largest + kPart - 1) / kPart), static_cast<unsigned>(pieces.number)), kThreads,
         stream, pieces, flat);
}

template void collect_cuda(const Pieces<float>&, float*, void*);
template void collect_cuda(const Pieces<double>&, double*, void*);
template void collect_cuda(const Pieces<Bfloat16>&, float*, void*);

}  // namespace nlb

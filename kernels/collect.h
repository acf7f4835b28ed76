// kernels/collect.h -- many tensors into one flat buffer by one launch: the gradients of a step, which autograd leaves
// where each was computed.
#pragma once

#include <cstdint>

namespace nlb {

/// As many as fit into a kernel's parameters.
inline constexpr int kMostPieces = 128;

/// Piece p: elements [begin, begin + count) of the buffer. A null `from` leaves zeros there.
template <class T>
struct Pieces {
  struct Piece {
    const T* from;
    int64_t begin, count;
  };
  int number = 0;
  Piece piece[kMostPieces];
};

/// To and From: float, double, or float from Bfloat16. Host memory.
template <class From, class To>
void collect_cpu(const Pieces<From>& pieces, To* flat);
/// On the current CUDA device: device memory, `stream` a cudaStream_t. Returns when launched; throws InternalError when
/// the launch is refused.
template <class From, class To>
void collect_cuda(const Pieces<From>& pieces, To* flat, void* stream);

}  // namespace nlb

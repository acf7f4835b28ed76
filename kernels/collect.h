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

/// Host memory.
template <class T>
void collect_cpu(const Pieces<T>& pieces, T* flat);
/// On the current CUDA device: device memory, `stream` a cudaStream_t. Returns when launched; throws InternalError when
/// the launch is refused.
template <class T>
void collect_cuda(const Pieces<T>& pieces, T* flat, void* stream);

}  // namespace nlb

// engine/chain.h -- the state chain: at each evaluation a digest of the whole training state enters a SHA-256 chain.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/sha256.h"
#include "training/state.h"

namespace nlb {

/// Goes up when anything said in this file or in kernels/state_digest.h does. It is part of the first head and, as
/// "chain", of the determinism class, so chains of two versions are never compared, nor one continued as the other.
inline constexpr int kChainVersion = 2;

/// Digest of the state, the same value on CPU and GPU. Of a tensor: SHA-256 over
///   "<name>\n<dtype>\n<d0>x<d1>...\n" and its lanes L0 ... L4 (kernels/state_digest.h), 8 bytes little-endian each.
/// Of the state: SHA-256 over the tensor digests in the byte order of names. Integers and numbers count as 0-dim int64
/// and float64 tensors. Tensors on a CUDA device are summed there, in one launch.
Digest state_digest(Method& method);
Digest state_digest(std::vector<StateEntry> state);

/// `epoch`: epochs finished. next = SHA-256(head || epoch as 8 bytes little-endian || digest); the first head is
/// SHA-256("nlbench chain 2\n" || trial id).
class Chain {
 public:
  explicit Chain(const std::string& trial_id);
  static Chain from_hex(const std::string& head);
  void extend(int64_t epoch, const Digest& digest);
  std::string head() const;  ///< hex

 private:
  Digest head_{};
};

/// Digest of counts: SHA-256 over the decimal numbers joined by ','.
Digest count_digest(const std::vector<int64_t>& counts);

}  // namespace nlb

#include "engine/chain.h"

#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/text.h"
#include "kernels/state_digest.h"

namespace nlb {
namespace {

std::string_view text_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::string_view text_of(const DigestSums& lanes) {
  return {reinterpret_cast<const char*>(lanes.lane), sizeof(lanes.lane)};
}

int64_t size_of(const StateEntry& entry) { return static_cast<int64_t>(entry.value.nbytes()); }

std::string tensor_header(const StateEntry& entry) {
  std::string header = entry.name + "\n" + type_name(entry.value.scalar_type()) + "\n";
  const char* separator = "";
  for (const int64_t size : entry.value.sizes()) {
    header += separator + std::to_string(size);
    separator = "x";
  }
  return header += "\n";
}

/// Tiles of one tensor that one thread adds up.
struct Piece {
  size_t tensor;
  int64_t begin, end;
  DigestSums lanes;
};

std::vector<Piece> pieces_of(const std::vector<StateEntry>& state) {
  constexpr int64_t kTiles = 64;  // half a megabyte
  std::vector<Piece> pieces;
  for (size_t i = 0; i < state.size(); ++i) {
    if (!state[i].value.is_cpu()) continue;
    const int64_t tiles = digest_tiles(size_of(state[i]));
    for (int64_t begin = 0; begin < tiles; begin += kTiles) {
      pieces.push_back({.tensor = i, .begin = begin, .end = std::min(begin + kTiles, tiles), .lanes = {}});
    }
  }
  return pieces;
}

/// On the trial's threads where the state is large: sums of integers, so the order of work cannot matter.
void add_on_host(const std::vector<StateEntry>& state, std::vector<DigestSums>& lanes) {
  constexpr int64_t kGrain = 64;
  std::vector<Piece> pieces = pieces_of(state);
  at::parallel_for(0, static_cast<int64_t>(pieces.size()), kGrain, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      const torch::Tensor& value = state[pieces[i].tensor].value;
      state_digest_cpu(value.const_data_ptr(), static_cast<int64_t>(value.nbytes()), pieces[i].begin, pieces[i].end,
                       pieces[i].lanes);
    }
  });
  for (const Piece& piece : pieces) {
    for (int lane = 0; lane < kDigestLanes; ++lane) lanes[piece.tensor].lane[lane] += piece.lanes.lane[lane];
  }
}

void add_on_device(const std::vector<StateEntry>& state, std::vector<DigestSums>& lanes) {
  std::vector<DigestPart> parts(state.size());  // those of the host stay empty
  torch::Device device = torch::kCPU;
  int64_t tiles = 0;
  for (size_t i = 0; i < state.size(); ++i) {
    parts[i] = {.bytes = nullptr, .size = 0, .first_tile = tiles};
    const torch::Tensor& value = state[i].value;
    if (value.is_cpu()) continue;
    NLB_CHECK(device.is_cpu() || device == value.device(), "a trial's state lies on one device");
    device = value.device();
    parts[i].bytes = value.const_data_ptr();
    parts[i].size = size_of(state[i]);
    tiles += digest_tiles(parts[i].size);
  }
  if (tiles == 0) return;
  const c10::DeviceGuard guard(device);
  const auto count = static_cast<int64_t>(parts.size());
  const auto bytes = static_cast<int64_t>(parts.size() * sizeof(DigestPart));
  // One table of addresses and one launch for the whole state: a launch per tensor would cost more than the sums.
  const auto there = torch::from_blob(parts.data(), {bytes}, torch::kUInt8).to(device);
  auto sums = torch::zeros({count, kDigestLanes}, torch::TensorOptions(device).dtype(torch::kInt64));
  state_digest_cuda(static_cast<const DigestPart*>(there.const_data_ptr()), count, tiles,
                    static_cast<DigestSums*>(sums.mutable_data_ptr()),
                    c10::impl::VirtualGuardImpl(device.type()).getStream(device).native_handle());
  const auto here = sums.cpu();
  const auto* found = static_cast<const DigestSums*>(here.const_data_ptr());
  for (size_t i = 0; i < state.size(); ++i) {
    for (int lane = 0; lane < kDigestLanes; ++lane) lanes[i].lane[lane] += found[i].lane[lane];
  }
}

/// The tensor as it can be summed: contiguous, on the host or where a kernel reaches it.
torch::Tensor reachable(const torch::Tensor& value) {
  return value.is_cuda() ? value.contiguous() : value.cpu().contiguous();
}

}  // namespace

Digest state_digest(std::vector<StateEntry> state) {
  // By name: the order in which a method visits its state is not part of the chain.
  std::sort(state.begin(), state.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (StateEntry& entry : state) entry.value = reachable(entry.value);
  std::vector<DigestSums> lanes(state.size());
  add_on_host(state, lanes);
  add_on_device(state, lanes);
  Sha256 root;
  for (size_t i = 0; i < state.size(); ++i) {
    root.add(text_of(Sha256().add(tensor_header(state[i])).add(text_of(lanes[i])).finish()));
  }
  return root.finish();
}

Digest state_digest(Method& method) { return state_digest(read_state(method)); }

Chain::Chain(const std::string& trial_id)
    : head_(sha256("nlbench chain " + std::to_string(kChainVersion) + "\n" + trial_id)) {}

Chain Chain::from_hex(const std::string& head) {
  Chain chain("");
  chain.head_ = digest_from_hex(head);
  return chain;
}

void Chain::extend(int64_t epoch, const Digest& digest) {
  std::string number(8, '\0');
  // Eight bytes, lowest first: of fixed length, so that head, epoch and digest cannot be read in two ways.
  for (size_t i = 0; i < 8; ++i) number[i] = static_cast<char>(static_cast<uint64_t>(epoch) >> (8 * i));
  head_ = Sha256().add(text_of(head_)).add(number).add(text_of(digest)).finish();
}

std::string Chain::head() const { return hex(head_); }

Digest count_digest(const std::vector<int64_t>& counts) {
  std::vector<std::string> words;
  words.reserve(counts.size());
  for (const int64_t count : counts) words.push_back(std::to_string(count));
  return sha256(join(words, ","));
}

}  // namespace nlb

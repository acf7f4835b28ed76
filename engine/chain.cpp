#include "engine/chain.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/text.h"

namespace nlb {
namespace {

std::string text_of(const Digest& digest) { return {digest.begin(), digest.end()}; }

struct Leaf {
  const std::byte* bytes;
  size_t size;
};

std::string tensor_header(const StateEntry& entry) {
  std::vector<std::string> sizes;
  for (const int64_t size : entry.value.sizes()) sizes.push_back(std::to_string(size));
  return entry.name + "\n" + type_name(entry.value.scalar_type()) + "\n" + join(sizes, "x") + "\n";
}

/// Digests of all pieces of all tensors, on the trial's threads: a tree, so that the order of work cannot matter.
std::vector<Digest> digest_leaves(const std::vector<Leaf>& leaves) {
  constexpr int64_t kGrain = 16;
  std::vector<Digest> digests(leaves.size());
  at::parallel_for(0, static_cast<int64_t>(leaves.size()), kGrain, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      digests[i] = sha256(std::span(leaves[i].bytes, leaves[i].size));
    }
  });
  return digests;
}

}  // namespace

Digest state_digest(const std::vector<StateEntry>& state) {
  std::vector<StateEntry> sorted = state;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<Leaf> leaves;
  std::vector<size_t> ends;
  for (StateEntry& entry : sorted) {
    entry.value = entry.value.cpu().contiguous();
    const auto* bytes = static_cast<const std::byte*>(entry.value.const_data_ptr());
    const size_t size = entry.value.nbytes();
    for (size_t at = 0; at < size; at += kDigestPiece)
      leaves.push_back({bytes + at, std::min(kDigestPiece, size - at)});
    ends.push_back(leaves.size());
  }
  const std::vector<Digest> pieces = digest_leaves(leaves);
  Sha256 root;
  size_t next = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    Sha256 tensor;
    tensor.add(tensor_header(sorted[i]));
    for (; next < ends[i]; ++next) tensor.add(text_of(pieces[next]));
    root.add(text_of(tensor.finish()));
  }
  return root.finish();
}

Digest state_digest(Method& method) { return state_digest(read_state(method)); }

Chain::Chain(const std::string& trial_id) : head_(sha256(trial_id)) {}

Chain Chain::from_hex(const std::string& head) {
  Chain chain("");
  chain.head_ = digest_from_hex(head);
  return chain;
}

void Chain::extend(int64_t epoch, const Digest& digest) {
  std::string number(8, '\0');
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

// tests/support/damage.h -- deterministic damage to bytes, for fuzz tests: round `round` of a key is the same on every
// machine.
#pragma once

#include <algorithm>
#include <string>

#include "core/draws.h"

namespace nlb::test {

/// One change, or as often one to four: bytes set, cut, doubled, put in, or words of numbers and structure written
/// over; every fourth near the front, where headers are.
inline std::string damaged(std::string bytes, Key key, uint64_t round) {
  constexpr uint32_t kFront = 24;
  static constexpr const char* kPieces[] = {
      "\xff\xff\xff\xff", "\x7f\xff\xff\xff", "((((", "99999999999", "-1", "[[[", "}", "R", "b"};
  const Words4 count = draw(key, round, 0, 0);
  const uint64_t changes = count.word[1] % 2 == 0 ? 1 : 1 + below(count.word[0], 4);
  for (uint64_t i = 1; i <= changes && !bytes.empty(); ++i) {
    const Words4 words = draw(key, round, i, 0);
    const auto size = static_cast<uint32_t>(bytes.size());
    const size_t at = below(words.word[1], words.word[3] % 4 == 0 ? std::min(size, kFront) : size);
    switch (words.word[0] % 5) {
      case 0:
        bytes[at] = static_cast<char>(words.word[2]);
        break;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, below(words.word[2], 64)));
        break;
      case 3: {
        const std::string piece = kPieces[words.word[2] % std::size(kPieces)];
        bytes.replace(at, std::min(piece.size(), bytes.size() - at), piece);
        break;
      }
      default:
        bytes.insert(at, 1, static_cast<char>(words.word[2]));
        break;
    }
  }
  return bytes;
}

}  // namespace nlb::test

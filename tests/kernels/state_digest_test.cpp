// Expected sums: tests/engine/chain_reference.py, the definition in plain Python.
#include "kernels/state_digest.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>
#include <vector>

namespace {

using Lanes = std::array<uint64_t, nlb::kDigestLanes>;
using Bytes = std::vector<uint8_t>;

Lanes lanes_of(const void* bytes, size_t size) {
  nlb::DigestSums sums;
  const auto length = static_cast<int64_t>(size);
  nlb::state_digest_cpu(bytes, length, 0, nlb::digest_tiles(length), sums);
  return std::to_array(sums.lane);
}
template <class T>
Lanes lanes_of(const std::vector<T>& values) {
  return lanes_of(values.data(), values.size() * sizeof(T));
}

Bytes some_bytes(size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>((i * 37 + i / 256 * 11 + 5) % 256);
  return bytes;
}

std::vector<float> some_floats(size_t size) {
  std::vector<float> values(size);
  for (size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i + 1) / 7;
  return values;
}

/// Digests that must differ: from each other as a whole, and in every lane of the keyed ones.
class Different {
 public:
  void add(const Lanes& lanes) {
    ++count_;
    for (size_t lane = 0; lane < lanes.size(); ++lane) seen_[lane].insert(lanes[lane]);
  }
  void check() const {
    for (size_t lane = 1; lane < seen_.size(); ++lane) CHECK(seen_[lane].size() == count_);
  }

 private:
  size_t count_ = 0;
  std::array<std::set<uint64_t>, nlb::kDigestLanes> seen_;
};

}  // namespace

TEST_CASE("the digest's lanes are the sums that its definition says", "[kernels][digest]") {
  CHECK(lanes_of(some_bytes(0)) == Lanes{});
  CHECK(lanes_of(some_bytes(3)) ==
        Lanes{0xdae4c3d60319c918, 0xafd75f3bd1350369, 0xedd29c2dbcb2def5, 0xf0dce5eab095ab97, 0xf3814fc2ded14617});
  CHECK(lanes_of(some_bytes(20000)) ==
        Lanes{0x2e7ee64d484cadb4, 0x52e54d65d6f172e6, 0x1f2e761b5a89657b, 0xa6346133529dfd1e, 0xa0754d624d6d6c5a});
}

TEST_CASE("vector instructions, alignment and grouping change no lane of a digest", "[kernels][digest]") {
  const auto size = GENERATE(as<size_t>{}, 0, 1, 7, 8, 31, 32, 33, 63, 64, 65, 1000, 8191, 8192, 8193, 20000, 40961);
  const auto bytes = some_bytes(size);
  const auto length = static_cast<int64_t>(size), tiles = nlb::digest_tiles(length);
  const Lanes expected = lanes_of(bytes);
  CAPTURE(size);
  nlb::DigestSums plain;
  nlb::state_digest_plain(bytes.data(), length, 0, tiles, plain);
  CHECK(std::to_array(plain.lane) == expected);
  nlb::DigestSums backwards;
  for (int64_t tile = tiles - 1; tile >= 0; --tile) {
    nlb::state_digest_cpu(bytes.data(), length, tile, tile + 1, backwards);
  }
  CHECK(std::to_array(backwards.lane) == expected);
  for (size_t shift = 1; shift < 9; ++shift) {
    Bytes moved(size + shift);
    std::copy(bytes.begin(), bytes.end(), moved.begin() + static_cast<std::ptrdiff_t>(shift));
    CHECK(lanes_of(moved.data() + shift, size) == expected);
  }
}

TEST_CASE("words in any order of summation give a tile's sums", "[kernels][digest]") {
  const auto bytes = some_bytes(5000);
  const auto size = static_cast<int64_t>(bytes.size());
  std::vector<uint32_t> keys;
  for (uint32_t i = 0; i < nlb::kDigestKeys; ++i) keys.push_back(nlb::digest_key(i));
  // As threads of a GPU take them: thread t words t, t + 32, ...
  nlb::DigestSums sums;
  for (int64_t thread = 31; thread >= 0; --thread) {
    for (int64_t j = thread; j < nlb::digest_words(size); j += 32) {
      nlb::digest_word(nlb::digest_load(bytes.data(), size, j), j, keys.data(), sums);
    }
  }
  Lanes lanes;
  for (int lane = 0; lane < nlb::kDigestLanes; ++lane) {
    lanes[static_cast<size_t>(lane)] = nlb::digest_tile(sums.lane[lane], 0, lane);
  }
  CHECK(lanes == lanes_of(bytes));
}

TEST_CASE("every flipped bit changes every lane of the digest", "[kernels][digest]") {
  auto bytes = some_bytes(20003);
  Different digests;
  digests.add(lanes_of(bytes));
  for (size_t bit = 0; bit < 8 * bytes.size(); bit += bit < 600 || bit + 600 > 8 * bytes.size() ? 1 : 61) {
    const auto mask = static_cast<uint8_t>(1 << (bit % 8));
    bytes[bit / 8] ^= mask;
    digests.add(lanes_of(bytes));
    bytes[bit / 8] ^= mask;
  }
  digests.check();
}

TEST_CASE("the digest sees signs, of zeros too", "[kernels][digest]") {
  SECTION("any two signs of 200") {
    auto values = some_floats(200);
    Different digests;
    for (size_t i = 0; i < values.size(); ++i) {
      for (size_t j = 0; j <= i; ++j) {  // j == i: only one
        values[i] = -values[i];
        if (j != i) values[j] = -values[j];
        digests.add(lanes_of(values));
        values[i] = std::abs(values[i]);
        values[j] = std::abs(values[j]);
      }
    }
    digests.check();
  }
  SECTION("all signs of twelve zeros") {
    Different digests;
    for (uint32_t signs = 0; signs < 4096; ++signs) {
      std::vector<float> values;
      for (uint32_t i = 0; i < 12; ++i) values.push_back((signs >> i & 1) != 0 ? -0.0f : 0.0f);
      digests.add(lanes_of(values));
    }
    digests.check();
  }
}

TEST_CASE("the digest sees what moved", "[kernels][digest]") {
  SECTION("any two swapped elements") {
    auto values = some_floats(200);
    Different digests;
    digests.add(lanes_of(values));
    for (size_t i = 0; i < values.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        std::swap(values[i], values[j]);
        digests.add(lanes_of(values));
        std::swap(values[i], values[j]);
      }
    }
    digests.check();
  }
  SECTION("rotations") {
    auto values = some_floats(3000);
    Different digests;
    for (size_t i = 0; i < values.size(); ++i) {
      digests.add(lanes_of(values));
      std::rotate(values.begin(), values.begin() + 1, values.end());
    }
    digests.check();
  }
  SECTION("permuted rows, each of them a whole tile, and of a block of the padding") {
    const auto row = GENERATE(as<size_t>{}, 2048, 16);
    const auto values = some_floats(6 * row);
    std::array<size_t, 6> order = {0, 1, 2, 3, 4, 5};
    Different digests;
    do {
      std::vector<float> permuted;
      for (const size_t from : order) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(from * row);
        permuted.insert(permuted.end(), begin, begin + static_cast<std::ptrdiff_t>(row));
      }
      digests.add(lanes_of(permuted));
    } while (std::next_permutation(order.begin(), order.end()));
    digests.check();
  }
  SECTION("one element among zeros") {
    std::vector<float> values(5000);
    Different digests;
    for (float& value : values) {
      value = 1;
      digests.add(lanes_of(values));
      value = 0;
    }
    digests.check();
  }
}

TEST_CASE("zeros of different lengths have different digests, up to the padding", "[kernels][digest]") {
  Different digests;
  for (size_t size = 0; size < 40000; size += 64) digests.add(lanes_of(Bytes(size)));
  digests.check();
  CHECK(lanes_of(Bytes(1)) == lanes_of(Bytes(64)));  // shape and type stand beside the lanes in the chain
}

TEST_CASE("small steps of training do not collide", "[kernels][digest]") {
  // Random walks of all elements by units in the last place: neighbours of one state in training.
  const nlb::Key key = nlb::derive(1, "test/digest");
  Different digests;
  for (uint32_t walk = 0; walk < 2000; ++walk) {
    auto values = some_floats(600);
    for (size_t i = 0; i < values.size(); ++i) {
      const uint32_t step = nlb::draw(key, walk, i, 0).word[0] % 3;
      uint32_t bits;
      std::memcpy(&bits, &values[i], sizeof(bits));
      bits += step - 1;
      std::memcpy(&values[i], &bits, sizeof(bits));
    }
    digests.add(lanes_of(values));
  }
  digests.check();
}

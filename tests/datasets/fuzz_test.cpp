#include <catch2/catch.hpp>

#include "core/draws.h"
#include "core/error.h"
#include "datasets/gzip.h"
#include "datasets/image_formats.h"
#include "tests/support/fixtures.h"

namespace nlb {
namespace {

constexpr uint64_t kRounds = 4000;

/// Round `round` of damage: bytes changed, cut, doubled or put in, all near the header as often as anywhere.
std::string damaged(std::string bytes, uint64_t round) {
  const Key key = derive(1, "fuzz");
  const Words4 count = draw(key, round, 0, 0);
  for (uint64_t i = 1; i <= 1 + below(count.word[0], 4) && !bytes.empty(); ++i) {
    const Words4 words = draw(key, round, i, 0);
    const auto size = static_cast<uint32_t>(bytes.size());
    const size_t at = below(words.word[1], words.word[3] % 2 == 0 ? std::min<uint32_t>(size, 24) : size);
    switch (words.word[0] % 4) {
      case 0:
        bytes[at] = static_cast<char>(words.word[2]);
        break;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, below(words.word[2], 64)));
        break;
      default:
        bytes.insert(at, 1, static_cast<char>(words.word[2]));
        break;
    }
  }
  return bytes;
}

TEST_CASE("Damaged idx and CIFAR bytes are read or refused, never worse", "[datasets][fuzz]") {
  const std::string images = test::idx_images(0, 12, 5, 4), labels = test::idx_labels(0, 12);
  const std::string records = test::cifar_records(0, 2), coarse_records = test::cifar_records(0, 2, /*coarse=*/true);
  int refused = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    try {
      const ImageSet set = read_idx(round % 2 == 0 ? damaged(images, round) : images, "images",
                                    round % 2 == 0 ? labels : damaged(labels, round), "labels", 10);
      REQUIRE(set.pixels.size() == static_cast<size_t>(set.count * set.image_bytes()));
      REQUIRE(set.labels.size() == static_cast<size_t>(set.count));
    } catch (const InputError&) {
      ++refused;
    }
    ImageSet set{.count = 0, .channels = 3, .height = 32, .width = 32, .pixels = {}, .labels = {}};
    try {
      append_cifar_records(damaged(round % 2 == 0 ? records : coarse_records, round), "records", 10, 1 + round % 2,
                           set);
      REQUIRE(set.pixels.size() == static_cast<size_t>(set.count * 3072));
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(refused > static_cast<int>(kRounds));
}

TEST_CASE("Damaged gzip bytes give at most the limit or are refused", "[datasets][fuzz]") {
  const std::string content = test::idx_images(0, 40, 9, 9), packed = gzip(content);
  int refused = 0, different = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    try {
      const std::string read = gunzip(damaged(packed, round), content.size());
      REQUIRE(read.size() <= content.size() + 1);
      different += read != content;
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(refused > static_cast<int>(kRounds) / 2);
  CHECK(different < static_cast<int>(kRounds) / 2);
}

TEST_CASE("A small gzip file of very much content stops at the limit", "[datasets][gzip]") {
  CHECK(gunzip(gzip(std::string(20'000'000, '\0')), 1000).size() == 1001);
  CHECK(gunzip(gzip(""), 1000).empty());
  CHECK_THROWS_AS(gunzip("", 1000), InputError);
}

}  // namespace
}  // namespace nlb

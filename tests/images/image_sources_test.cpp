#include <catch2/catch.hpp>

#include "core/error.h"
#include "core/sha256.h"
#include "images/joined_images.h"
#include "images/memory_images.h"

using namespace nlb;

namespace {

using Bytes = std::vector<uint8_t>;

constexpr ImageShape kRow = {.channels = 1, .height = 1, .width = 2};

/// What read shows for `indices`, one image after another; fails where a place comes twice or out of order.
Bytes shown(const ImageSource& images, const std::vector<int64_t>& indices) {
  Bytes all;
  size_t expected = 0;
  images.read(indices, [&](size_t place, const ImageView& image) {
    CHECK(place == expected++);
    all.insert(all.end(), image.pixels.begin(), image.pixels.end());
  });
  CHECK(expected == indices.size());
  return all;
}

Images in_memory(const Bytes& pixels) { return std::make_shared<const MemoryImages>(kRow, pixels); }

}  // namespace

TEST_CASE("images in memory are shown in the order they are asked for", "[images]") {
  const MemoryImages images(kRow, Bytes{1, 2, 3, 4, 5, 6});
  CHECK(images.count() == 3);
  CHECK(images.shape() == kRow);
  CHECK(shown(images, {2, 0, 0}) == Bytes{5, 6, 1, 2, 1, 2});
  CHECK(image_at(images, 1) == Bytes{3, 4});
  CHECK(shown(images, {}).empty());
  Bytes copied(4);
  copy_images(images, std::vector<int64_t>{1, 2}, copied.data());
  CHECK(copied == Bytes{3, 4, 5, 6});
  CHECK_THROWS_AS(image_at(images, 3), InternalError);
  CHECK_THROWS_AS(image_at(images, -1), InternalError);
  CHECK_THROWS_AS(MemoryImages(kRow, Bytes(5)), InternalError);
}

TEST_CASE("records are found among a file's other bytes", "[images]") {
  struct Row {
    const char* why;
    std::string bytes;
    ImageRecords records;
    Bytes expected;
  };
  const auto row = GENERATE(values<Row>({
      {"CIFAR: a label before each", "L12L34", {1, 3}, {'1', '2', '3', '4'}},
      {"CIFAR-100: two", "cf12cf34", {2, 4}, {'1', '2', '3', '4'}},
      {"idx: a header before all", "head1234", {4, 2}, {'1', '2', '3', '4'}},
      {"the last is cut off, so it is none", "L12L3", {1, 3}, {'1', '2'}},
      {"a header alone", "head", {4, 2}, {}},
  }));
  CAPTURE(row.why);
  const MemoryImages images(kRow, std::make_shared<const std::string>(row.bytes), row.records);
  REQUIRE(images.count() == std::ssize(row.expected) / 2);
  Bytes all(row.expected.size());
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < images.count(); ++i) numbers.push_back(i);
  copy_images(images, numbers, all.data());
  CHECK(all == row.expected);
}

TEST_CASE("joined sources have one numbering", "[images]") {
  const auto first = in_memory({1, 2, 3, 4}), none = in_memory({}), second = in_memory({5, 6, 7, 8, 9, 10});
  const JoinedImages images({first, none, second});
  CHECK(images.count() == 5);
  CHECK(images.begin(2) == 2);
  CHECK(images.shape() == kRow);
  CHECK(shown(images, {4, 1, 0, 2, 3, 0}) == Bytes{9, 10, 3, 4, 1, 2, 5, 6, 7, 8, 1, 2});
  CHECK_THROWS_AS(image_at(images, 5), InternalError);
  SECTION("also of joined ones") {
    const JoinedImages twice({std::make_shared<const JoinedImages>(std::vector<Images>{second, first}), first});
    CHECK(shown(twice, {3, 6, 0, 4}) == Bytes{1, 2, 3, 4, 5, 6, 3, 4});
  }
  SECTION("of shapes that differ: no common one, each as it is") {
    const auto tall = std::make_shared<const MemoryImages>(ImageShape{1, 2, 1}, Bytes{11, 12});
    const JoinedImages mixed({first, tall});
    CHECK(!mixed.shape());
    CHECK(shown(mixed, {2, 0}) == Bytes{11, 12, 1, 2});
    Bytes out(4);
    CHECK_THROWS_AS(copy_images(mixed, std::vector<int64_t>{0}, out.data()), InternalError);
  }
  SECTION("one part is itself") {
    CHECK(joined({first}) == first);
    CHECK(joined({first, second})->count() == 5);
  }
}

TEST_CASE("a digest tells images, shapes and orders apart", "[images]") {
  const auto a = in_memory({1, 2, 3, 4});
  // By hand: SHA-256 of the text "images 1x1x2\n" and the four pixels.
  CHECK(a->digest() == hex(sha256(std::string("images 1x1x2\n\x01\x02\x03\x04"))));
  CHECK(a->digest() == in_memory({1, 2, 3, 4})->digest());
  const std::vector<std::string> others = {in_memory({1, 2, 3, 5})->digest(),
                                           in_memory({3, 4, 1, 2})->digest(),
                                           in_memory({1, 2})->digest(),
                                           MemoryImages(ImageShape{1, 2, 1}, Bytes{1, 2, 3, 4}).digest(),
                                           JoinedImages({in_memory({1, 2}), in_memory({3, 4})}).digest(),
                                           JoinedImages({in_memory({3, 4}), in_memory({1, 2})}).digest()};
  for (size_t i = 0; i < others.size(); ++i) {
    CHECK(others[i] != a->digest());
    for (size_t j = 0; j < i; ++j) CHECK(others[i] != others[j]);
  }
  CHECK(MemoryImages(kRow, std::make_shared<const std::string>("L12"), {1, 3}, "known").digest() == "known");
}

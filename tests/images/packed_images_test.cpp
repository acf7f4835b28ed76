#include "images/packed_images.h"

#include <catch2/catch.hpp>

#include "core/durable.h"
#include "core/error.h"
#include "tests/support/damage.h"
#include "tests/support/fixtures.h"

using namespace nlb;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<uint8_t>;

struct Image {
  ImageShape shape;
  Bytes pixels;
  bool operator==(const Image&) const = default;
};

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

// tests/images/packs.py
const std::string kOneShape = from_hex(
    "4e4c42494d47310a020000000000000001000000010000000200000000000000"
    "248aeb27d7d97aa41f79d354535b3b4f60b1422f210b958257b9e0e271235fcc010203ff");
const std::string kVaried = from_hex(
    "4e4c42494d47310a020000000000000000000000000000000000000000000000"
    "d0555e7f4413e5920d1669afaef5473b6221225cdd4293ee15352d89b1fc43d3"
    "0102070809010000000100000002000000030000000100000001000000");
const std::vector<Image> kOneShapeImages = {{{1, 1, 2}, {1, 2}}, {{1, 1, 2}, {3, 255}}};
const std::vector<Image> kVariedImages = {{{1, 1, 2}, {1, 2}}, {{3, 1, 1}, {7, 8, 9}}};

std::vector<Image> read_all(const ImageSource& images, const std::vector<int64_t>& indices) {
  std::vector<Image> all;
  images.read(indices, [&](size_t place, const ImageView& image) {
    CHECK(place == all.size());
    all.push_back({image.shape, {image.pixels.begin(), image.pixels.end()}});
  });
  return all;
}

std::vector<int64_t> counting(int64_t count) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < count; ++i) all.push_back(i);
  return all;
}

std::string write_pack(const fs::path& path, const std::vector<Image>& images) {
  PackWriter writer(path);
  for (const Image& image : images) writer.add({.shape = image.shape, .pixels = image.pixels});
  CHECK(!fs::exists(path));
  return writer.finish();
}

}  // namespace

TEST_CASE("a pack is the bytes of its layout, and read as such", "[images][pack]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "some.pack";
  struct Row {
    const char* why;
    const std::string& bytes;
    const std::vector<Image>& images;
  };
  for (const Row& row : {Row{"one shape", kOneShape, kOneShapeImages}, Row{"varied", kVaried, kVariedImages}}) {
    CAPTURE(row.why);
    fs::remove(path);
    const auto digest = write_pack(path, row.images);
    CHECK(read_file(path) == row.bytes);
    CHECK(!fs::exists(path.string() + ".part"));
    const PackedImages pack(path);
    CHECK(pack.count() == 2);
    CHECK(pack.shape().has_value() == (row.bytes == kOneShape));
    CHECK(pack.digest() == digest);
    CHECK(read_all(pack, {0, 1}) == row.images);
    CHECK(read_all(pack, {1, 1, 0}) == std::vector{row.images[1], row.images[1], row.images[0]});
    CHECK_THROWS_AS(image_at(pack, 2), InternalError);
    CHECK_NOTHROW(PackedImages::verify(path));
  }
}

TEST_CASE("a pack of more than one read gives each image once", "[images][pack]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "large.pack";
  const bool varied = GENERATE(false, true);
  std::vector<Image> images;
  for (int64_t i = 0; i < 9; ++i) {
    const ImageShape shape = {3, 300, varied ? 200 + 50 * (i % 3) : 300};
    Bytes pixels;
    for (int64_t p = 0; p < shape.bytes(); ++p) pixels.push_back(static_cast<uint8_t>(i * 41 + p % 253));
    images.push_back({shape, std::move(pixels)});
  }
  images.push_back({{3, 700, 700}, Bytes(1'470'000, 9)});  // alone more than one read
  if (!varied) images.pop_back();
  write_pack(path, images);
  const PackedImages pack(path);
  CHECK(read_all(pack, counting(std::ssize(images))) == images);
  CHECK(read_all(pack, {5, 6, 7, 2, 3, 8}) ==
        std::vector{images[5], images[6], images[7], images[2], images[3], images[8]});
}

TEST_CASE("an empty pack and one that was not finished", "[images][pack]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "empty.pack";
  write_pack(path, {});
  CHECK(PackedImages(path).count() == 0);
  CHECK_NOTHROW(PackedImages::verify(path));
  const auto other = folder.path() / "other.pack";
  { PackWriter(other).add({.shape = {1, 1, 2}, .pixels = kOneShapeImages[0].pixels}); }
  CHECK(!fs::exists(other));
  CHECK(!fs::exists(other.string() + ".part"));
  CHECK_THROWS_AS(PackWriter(folder.path() / "no folder" / "x.pack"), EnvironmentError);
  CHECK_THROWS_AS(PackedImages(other), EnvironmentError);
}

TEST_CASE("a damaged pack is refused when it is opened or verified", "[images][pack]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "bad.pack";
  const auto opened = [&](const std::string& bytes) {
    test::write_bytes(path, bytes);
    return PackedImages(path).count();
  };
  CHECK_THROWS_WITH(opened("short"), Contains("bad.pack: 5 bytes are less than the header"));
  CHECK_THROWS_WITH(opened("X" + kOneShape.substr(1)), Contains("is not a pack of images"));
  CHECK_THROWS_WITH(opened(kOneShape.substr(0, 67)), Contains("promises other than the 3 bytes"));
  CHECK_THROWS_WITH(opened(kOneShape + "x"), Contains("promises other than the 5 bytes"));
  CHECK_THROWS_WITH(opened(kVaried + "x"), Contains("its table of shapes does not fit its 94 bytes"));
  CHECK_THROWS_WITH(opened(kVaried.substr(0, 70)), Contains("its table of shapes does not fit"));
  auto huge = kOneShape;
  huge.replace(16, 12, std::string(12, '\xff'));  // three sides of 2^32 - 1: their product overflows
  CHECK_THROWS_WITH(opened(huge), Contains("promises other than"));
  for (const std::string& whole : {kOneShape, kVaried}) {
    for (size_t at = 0; at < whole.size(); ++at) {
      CAPTURE(at);
      auto flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1);
      test::write_bytes(path, flipped);
      CHECK_THROWS_AS(PackedImages::verify(path), InputError);  // not one byte may change unseen
    }
    const Key key = derive(1, "packs");
    for (uint64_t round = 0; round < 500; ++round) {
      test::write_bytes(path, test::damaged(whole, key, round));
      try {
        const PackedImages pack(path);
        read_all(pack, counting(pack.count()));
      } catch (const InputError&) {
        continue;
      }
    }
  }
}

TEST_CASE("records of an official file are read where they lie", "[images][pack]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "data_batch_1.bin";
  test::write_bytes(path, "L12L34L56");
  const ImageShape shape = {1, 1, 2};
  const PackedImages images(path, shape, {.first = 1, .distance = 3}, 3, "digest");
  CHECK(images.digest() == "digest");
  CHECK(read_all(images, {0, 1, 2, 1}) ==
        std::vector<Image>{{shape, {'1', '2'}}, {shape, {'3', '4'}}, {shape, {'5', '6'}}, {shape, {'3', '4'}}});
  CHECK_THROWS_WITH(PackedImages(path, shape, {.first = 1, .distance = 3}, 4, ""), Contains("holds 3 images of 4"));
  fs::resize_file(path, 7);  // cut off behind our back
  CHECK_THROWS_WITH(read_all(images, {2}), Contains("ends at byte 7, inside an image"));
}

// Views of images against Pillow's pixels (views.py).
#include "batches/view.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <numeric>

#include "core/json.h"
#include "core/sha256.h"
#include "images/memory_images.h"

namespace nlb {
namespace {

/// The script's image.
std::vector<uint8_t> drawn(const ImageShape& shape) {
  std::vector<uint8_t> pixels;
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; ++x) {
        pixels.push_back(static_cast<uint8_t>((37 * c + 101 * y + 53 * x + 17 * (x * y % 13)) % 256));
      }
    }
  }
  return pixels;
}

ImageShape shape_of(const Json& sides) {
  return {sides[0].get<int64_t>(), sides[1].get<int64_t>(), sides[2].get<int64_t>()};
}

ImageOperations operations_of(const Json& list) {
  ImageOperations operations;
  for (const Json& one : list) {
    const auto name = one[0].get<std::string>();
    const auto side = [&](size_t place) { return one[place].get<int64_t>(); };
    if (name == "resize") operations.emplace_back(Resize{side(1), side(2)});
    if (name == "short_side") operations.emplace_back(ResizeShortSide{side(1)});
    if (name == "centre_crop") operations.emplace_back(CentreCrop{side(1), side(2)});
  }
  return operations;
}

std::string digest(const std::vector<uint8_t>& pixels) { return hex(sha256(std::as_bytes(std::span(pixels)))); }

TEST_CASE("A view has Pillow's pixels and says its output size before any image is read", "[batches][view]") {
  const auto cases = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/batches/views.json"));
  REQUIRE(cases.size() >= 16);
  for (const Json& one : cases) {
    CAPTURE(one.at("input").dump(), one.at("operations").dump());
    const auto input = shape_of(one.at("input")), output = shape_of(one.at("output"));
    const auto operations = operations_of(one.at("operations"));
    REQUIRE(operations.size() == one.at("operations").size());
    const auto pixels = drawn(input);
    const auto seen = viewed(ImageView{input, pixels}, operations);
    CHECK(output_shape(operations, input) == output);
    CHECK(seen.shape == output);
    if (one.contains("pixels")) CHECK(seen.pixels == one.at("pixels").get<std::vector<uint8_t>>());
    CHECK(digest(seen.pixels) == one.at("sha256"));
  }
}

TEST_CASE("A viewed source shows each image through the view, by its number", "[batches][view]") {
  const ImageShape shape{1, 6, 5};
  std::vector<uint8_t> pixels(static_cast<size_t>(3 * shape.bytes()));
  std::iota(pixels.begin(), pixels.end(), uint8_t{0});
  const auto source = std::make_shared<const MemoryImages>(shape, pixels);
  const ImageOperations operations = {Resize{4, 4}, CentreCrop{2, 3}};
  const auto images = viewed(source, operations);
  CHECK(images->count() == 3);
  CHECK(images->shape() == ImageShape{1, 2, 3});
  std::vector<int64_t> shown;
  const std::vector<int64_t> indices = {2, 0, 2};
  images->read(indices, [&](size_t place, const ImageView& image) {
    const auto of_source = image_at(*source, indices[place]);
    CHECK(std::vector<uint8_t>(image.pixels.begin(), image.pixels.end()) ==
          viewed(ImageView{shape, of_source}, operations).pixels);
    shown.push_back(indices[place]);
  });
  CHECK(shown == indices);
  CHECK(images->digest() != source->digest());
  CHECK(images->digest() != viewed(source, {Resize{4, 4}, CentreCrop{3, 2}})->digest());
  CHECK(viewed(source, {}) == source);
}

TEST_CASE("The output size of images of many sizes is not known, and a side below 1 is refused", "[batches][view]") {
  CHECK_FALSE(output_shape({ResizeShortSide{256}}, std::nullopt));
  CHECK(output_shape({}, ImageShape{3, 2, 2}) == ImageShape{3, 2, 2});
  CHECK_THROWS(output_shape({Resize{0, 4}}, ImageShape{3, 2, 2}));
  CHECK_THROWS(output_shape({CentreCrop{4, -1}}, ImageShape{3, 2, 2}));
  CHECK_THROWS(output_shape({ResizeShortSide{0}}, ImageShape{3, 2, 2}));
}

}  // namespace
}  // namespace nlb

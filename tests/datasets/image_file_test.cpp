#include "formats/image_file.h"

#include <catch2/catch.hpp>
#include <span>
#include <string>

#include "core/durable.h"
#include "core/json.h"
#include "core/sha256.h"
#include "core/text.h"

namespace nlb {
namespace {

using Catch::Matchers::Contains;

/// Made and decoded by Pillow: tests/datasets/image_files.py.
const Json& vectors() {
  static const Json json = Json::parse(read_file(std::string(NLB_SOURCE_DIR) + "/tests/datasets/image_files.json"));
  return json;
}

std::vector<uint8_t> bytes_at(const Json& entry, const char* key) {
  return from_base64(entry.at(key).get<std::string>());
}

std::string text_at(const Json& entry, const char* key) {
  const auto bytes = bytes_at(entry, key);
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("PNG, JPEG and WebP files decode to the pixels that Pillow gives", "[datasets][own]") {
  for (const auto& entry : vectors().at("cases")) {
    CAPTURE(entry.at("name").get<std::string>());
    const auto picture = decode_image(text_at(entry, "file"));
    CHECK(picture.height == entry.at("height").get<int64_t>());
    CHECK(picture.width == entry.at("width").get<int64_t>());
    if (entry.contains("pixels")) CHECK(picture.pixels == bytes_at(entry, "pixels"));
    if (!entry.contains("sha256")) continue;
    CHECK(hex(sha256(std::as_bytes(std::span(picture.pixels)))) == entry.at("sha256").get<std::string>());
    CHECK(picture.orientation == entry.at("orientation").get<int>());
  }
}

TEST_CASE("A 12-bit picture in a 16-bit PNG is told from others", "[datasets][own]") {
  int dark = 0;
  for (const auto& entry : vectors().at("cases")) {
    const bool found = decode_image(text_at(entry, "file")).dark_16_bit;
    CHECK(found == (entry.at("name") == "twelve_bits.png"));
    dark += found ? 1 : 0;
  }
  CHECK(dark == 1);
}

TEST_CASE("Fitted images are exact means over areas", "[datasets][own]") {
  for (const auto& entry : vectors().at("cases")) {
    if (entry.at("fitted").empty()) continue;
    const Picture picture{
        .height = entry.at("height"), .width = entry.at("width"), .pixels = bytes_at(entry, "pixels")};
    for (const auto& wanted : entry.at("fitted")) {
      CAPTURE(entry.at("name").get<std::string>(), wanted.at("size").dump());
      const auto& size = wanted.at("size");
      CHECK(fitted(picture, size[0], size[1], size[2]) == bytes_at(wanted, "pixels"));
    }
  }
}

TEST_CASE("What is not a whole PNG, JPEG or WebP is refused in words", "[datasets][own]") {
  for (const auto& entry : vectors().at("refused")) {
    CAPTURE(entry.at("name").get<std::string>());
    CHECK_THROWS_WITH(decode_image(text_at(entry, "file")), Contains(entry.at("says").get<std::string>()));
  }
}

}  // namespace
}  // namespace nlb

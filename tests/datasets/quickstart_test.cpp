#include "datasets/quickstart.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "datasets/dataset.h"
#include "tests/support/pixels.h"

namespace nlb {
namespace {

std::vector<uint8_t> image(QuickstartPart part, int64_t index) {
  std::vector<uint8_t> pixels(static_cast<size_t>(kQuickstartImageBytes));
  draw_quickstart_image(part, index, pixels);
  return pixels;
}

// Digests from tests/datasets/quickstart_reference.py, an independent drawing in numpy from docs/quickstart.md part 1.
TEST_CASE("the quickstart set has the bytes of the independent drawing", "[datasets][quickstart]") {
  CHECK(hex(quickstart_digest()) == "e55a5b16b44febf1c1082640f4a07ef07aef6b042976c4e13c98f6fdcf8db204");
  struct Row {
    QuickstartPart part;
    int64_t index;
    const char* digest;
  };
  const auto row = GENERATE(
      values<Row>({{QuickstartPart::train, 0, "c4b58a416bdd5dd8929dadc2b9802a224003aa4489dd5b8b7df773783b6a7100"},
                   {QuickstartPart::train, 1499, "567eb152b076b76e3bc991bfa5872476e9cf87eb4ab5447582748f23aec21e18"},
                   {QuickstartPart::test, 7, "b645e826da4c51f84d9eef317c8b5ded0cfa8ac4462caf7ab4e3990ebfbfbb90"}}));
  CAPTURE(row.index);
  const auto pixels = image(row.part, row.index);
  CHECK(hex(sha256(std::as_bytes(std::span(pixels)))) == row.digest);
}

TEST_CASE("a quickstart image drawn alone equals the one in the set", "[datasets][quickstart]") {
  const auto part = GENERATE(QuickstartPart::train, QuickstartPart::test);
  std::vector<uint8_t> pixels(40 * static_cast<size_t>(kQuickstartImageBytes)), labels(40);
  draw_quickstart(part, pixels, labels);
  for (const int64_t index : {0, 13, 39}) {
    const auto alone = image(part, index);
    CHECK(std::equal(alone.begin(), alone.end(), pixels.begin() + index * kQuickstartImageBytes));
    CHECK(labels[static_cast<size_t>(index)] == index % 10);
  }
}

TEST_CASE("quickstart classes are balanced in both parts", "[datasets][quickstart]") {
  const auto [part, count] = GENERATE(std::pair{QuickstartPart::train, kQuickstartTrainImages},
                                      std::pair{QuickstartPart::test, kQuickstartTestImages});
  std::vector<uint8_t> pixels(static_cast<size_t>(count * kQuickstartImageBytes)), labels(static_cast<size_t>(count));
  draw_quickstart(part, pixels, labels);
  for (int label = 0; label < 10; ++label) {
    CHECK(std::count(labels.begin(), labels.end(), label) == count / 10);
  }
}

TEST_CASE("load_dataset draws the quickstart set without a data folder", "[datasets][quickstart]") {
  const Dataset set = load_dataset(facts().datasets.at("quickstart"), "no such folder");
  CHECK(set.digest == hex(quickstart_digest()));
  CHECK(set.class_names.size() == 10);
  REQUIRE(set.train.count == kQuickstartTrainImages);
  REQUIRE(set.test.count == kQuickstartTestImages);
  const auto pixels = test::image_of(set.test, 7);
  CHECK(std::vector<uint8_t>(pixels.begin(), pixels.end()) == image(QuickstartPart::test, 7));
  CHECK(set.test.labels.at(7) == 7);
}

TEST_CASE("no image stands twice in the quickstart set", "[datasets][quickstart]") {
  std::vector<std::vector<uint8_t>> images;
  for (int64_t i = 0; i < kQuickstartTrainImages; ++i) images.push_back(image(QuickstartPart::train, i));
  for (int64_t i = 0; i < kQuickstartTestImages; ++i) images.push_back(image(QuickstartPart::test, i));
  std::sort(images.begin(), images.end());
  CHECK(std::adjacent_find(images.begin(), images.end()) == images.end());
}

}  // namespace
}  // namespace nlb

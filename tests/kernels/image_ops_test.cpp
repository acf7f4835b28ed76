#include "kernels/image_ops.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/sha256.h"
#include "kernels/image_policy.h"

using namespace nlb;

namespace {

const std::map<std::string, Operation> kNames = {
    {"identity", Operation::identity},       {"autocontrast", Operation::autocontrast},
    {"equalize", Operation::equalize},       {"invert", Operation::invert},
    {"rotate", Operation::rotate},           {"posterize", Operation::posterize},
    {"solarize", Operation::solarize},       {"colour", Operation::colour},
    {"contrast", Operation::contrast},       {"brightness", Operation::brightness},
    {"sharpness", Operation::sharpness},     {"shear_x", Operation::shear_x},
    {"shear_y", Operation::shear_y},         {"translate_x", Operation::translate_x},
    {"translate_y", Operation::translate_y}, {"cutout", Operation::cutout}};

uint32_t mixed(uint32_t n) {
  n = (n ^ n >> 16) * 0x7FEB352Du;
  n = (n ^ n >> 15) * 0x846CA68Bu;
  return n ^ n >> 16;
}

uint32_t word(uint32_t image, uint32_t place) { return mixed(mixed(image + 1) + place); }

/// As generated() of pil_operations.py.
uint8_t generated(uint32_t image, uint32_t channel, uint32_t y, uint32_t x, uint32_t height, uint32_t width) {
  const uint32_t own = word(image, (channel * height + y) * width + x);
  const uint32_t slope = word(image, 100000), lowest = word(image, 100001 + channel) & 127;
  switch (image % 5) {
    case 0:
      return static_cast<uint8_t>(own);
    case 1:
      return static_cast<uint8_t>(((x * (slope & 15) + y * (slope >> 4 & 15)) >> 1) + (own & 7) + 37 * channel);
    case 2:
      return static_cast<uint8_t>(lowest + own % (1 + (word(image, 100004) & 63)));
    case 3:
      return static_cast<uint8_t>(word(image, 100010 + 4 * channel + own % (1 + image / 5 % 4)));
    default:
      return static_cast<uint8_t>(word(image, 200000 + channel * 1024 + y / 4 * 32 + x / 4));
  }
}

struct Work {
  Work(int32_t height, int32_t width)
      : size(static_cast<size_t>(kCanvasPlanes * height * width)),
        bytes(2 * size + 16, 99),
        cells(kCanvasCells),
        canvas{bytes.data(), bytes.data() + size, cells.data(), height, width} {}
  void load(const std::vector<uint8_t>& image) {
    canvas.image = bytes.data();
    canvas.spare = bytes.data() + size;
    canvas.holes = false;
    std::copy(image.begin(), image.end(), canvas.image);
    std::fill(canvas.image + image.size(), canvas.image + size, kCovered);
  }
  size_t size;
  std::vector<uint8_t> bytes;
  std::vector<uint32_t> cells;
  Canvas canvas;
};

std::vector<std::vector<uint8_t>> generated_images(int32_t height, int32_t width, uint32_t count) {
  const auto lines = static_cast<uint32_t>(height), columns = static_cast<uint32_t>(width);
  std::vector<std::vector<uint8_t>> images(count);
  for (uint32_t i = 0; i < count; ++i) {
    for (uint32_t channel = 0; channel < 3; ++channel) {
      for (uint32_t y = 0; y < lines; ++y) {
        for (uint32_t x = 0; x < columns; ++x) images[i].push_back(generated(i, channel, y, x, lines, columns));
      }
    }
  }
  return images;
}

/// "rotate 7 -, identity 6 +".
std::vector<ImageOperation> operations_of(const std::string& chain, int32_t height, int32_t width) {
  std::vector<ImageOperation> operations;
  std::istringstream parts(chain);
  std::string name, sign;
  int32_t level = 0;
  while (parts >> name >> level >> sign) {
    operations.push_back(make_operation(kNames.at(name), level, sign.front() == '-', height, width));
  }
  return operations;
}

std::string digest_of(const std::vector<std::vector<uint8_t>>& images, const std::vector<ImageOperation>& operations,
                      Work& work, const OperationKernels& kernels) {
  Sha256 hash;
  for (const auto& image : images) {
    work.load(image);
    for (const auto& operation : operations) kernels.operate(operation, {7, 20}, work.canvas);
    hash.add(std::as_bytes(std::span(work.canvas.image, work.size)));
  }
  return hex(hash.finish());
}

/// Work in another order, as the lanes of a block may do it.
struct Interleaved {
  template <class Piece>
  void each(int32_t count, Piece piece) const {
    for (int32_t lane = 6; lane >= 0; --lane) {
      for (int32_t i = lane; i < count; i += 7) piece(i);
    }
  }
  template <class Piece>
  void lines(int32_t height, int32_t width, Piece piece) const {
    each(height * width, [=](int32_t i) { piece(i / width, i % width); });
  }
  template <class Term>
  uint32_t total(int32_t count, Term term, uint32_t* cell) const {
    *cell = 0;
    each(count, [=](int32_t i) { *cell += term(i); });
    return *cell;
  }
  void add(uint32_t* cell, uint32_t value) const { *cell += value; }
};

/// Runs a single channel through an operation and returns the values of its first pixels.
std::vector<int> channel_after(Operation kind, int32_t level, const std::vector<uint8_t>& values) {
  Work work(32, 32);
  std::vector<uint8_t> image;
  for (int channel = 0; channel < 3; ++channel) image.insert(image.end(), values.begin(), values.end());
  work.load(image);
  operation_kernels().operate(make_operation(kind, level, false, 32, 32), {}, work.canvas);
  return {work.canvas.image, work.canvas.image + values.size()};
}

}  // namespace

TEST_CASE("operations give Pillow's bytes on 1,000 images", "[kernels][image_ops]") {
  const auto sets = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/kernels/pil_operations.json"))["sets"];
  REQUIRE(sets.size() == 2);
  REQUIRE(sets[0]["images"] == 1000);
  for (const auto& set : sets) {
    const int32_t height = set["height"], width = set["width"];
    const auto images = generated_images(height, width, set["images"]);
    Work work(height, width);
    for (const auto& [chain, expected] : set["chains"].items()) {
      CAPTURE(height, width, chain);
      CHECK(digest_of(images, operations_of(chain, height, width), work, operation_kernels()) == expected);
    }
    CHECK(std::count(work.bytes.end() - 16, work.bytes.end(), 99) == 16);
  }
}

TEST_CASE("operations give the same bytes on every instruction set and in any order of work", "[kernels][image_ops]") {
  const auto images = generated_images(13, 19, 20);
  Work work(13, 19), other(13, 19);
  for (const auto& [name, kind] : kNames) {
    for (const int32_t level : {1, 4, 8}) {
      const std::vector operations = {make_operation(Operation::rotate, 5, true, 13, 19),
                                      make_operation(kind, level, true, 13, 19)};
      CAPTURE(name, level);
      const auto expected = digest_of(images, operations, work, operation_kernels(Isa::plain));
      for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (has_isa(isa)) CHECK(digest_of(images, operations, work, operation_kernels(isa)) == expected);
      }
      const OperationKernels interleaved = {
          .operate = [](const ImageOperation& operation, Centre centre, Canvas& canvas) {
            operate(Interleaved{}, operation, centre, canvas);
          }};
      CHECK(digest_of(images, operations, other, interleaved) == expected);
    }
  }
}

TEST_CASE("levels become the arguments of the card's test vectors", "[kernels][image_ops]") {
  // Worked out by hand from the ranges of the policies' code.
  const auto made = [](Operation kind, int32_t level) { return make_operation(kind, level, false, 32, 32); };
  CHECK(made(Operation::contrast, 0).factor == 0.1f);
  CHECK(made(Operation::contrast, 5).factor == 1.0f);
  CHECK(made(Operation::contrast, 9).factor == 1.72f);
  CHECK(made(Operation::posterize, 1).amount == 0xF0);
  CHECK(made(Operation::posterize, 5).amount == 0xC0);
  CHECK(made(Operation::posterize, 7).amount == 0xC0);
  CHECK(made(Operation::posterize, 9).amount == 0x80);
  CHECK(made(Operation::solarize, 0).amount == 256);
  CHECK(made(Operation::solarize, 3).amount == 180);
  CHECK(made(Operation::solarize, 5).amount == 128);
  CHECK(made(Operation::solarize, 9).amount == 26);
  CHECK(made(Operation::cutout, 3).amount == 6);
  CHECK(made(Operation::cutout, 4).amount == 8);
  CHECK_THROWS(made(Operation::cutout, 10));
}

TEST_CASE("equalize, autocontrast, posterize and solarize give the card's values", "[kernels][image_ops]") {
  // Worked out outside from the definitions of Pillow's operations.
  std::vector<uint8_t> values;
  for (const auto& [value, count] : {std::pair{10, 300}, {60, 300}, {120, 200}, {200, 224}}) {
    values.insert(values.end(), static_cast<size_t>(count), static_cast<uint8_t>(value));
  }
  const auto seen = [&](Operation kind) {
    const auto after = channel_after(kind, 0, values);
    return std::vector<int>{after[0], after[300], after[600], after[800]};
  };
  CHECK(seen(Operation::equalize) == std::vector<int>{0, 100, 200, 255});
  CHECK(seen(Operation::autocontrast) == std::vector<int>{0, 67, 147, 255});
  const std::vector<uint8_t> one(1024, 173);
  CHECK(channel_after(Operation::posterize, 1, one)[0] == 160);
  CHECK(channel_after(Operation::solarize, 5, one)[0] == 82);
}

TEST_CASE("affine operations read the card's sources", "[kernels][image_ops]") {
  // Read off Pillow's own transforms: red holds the line, green the column.
  Work work(32, 32);
  std::vector<uint8_t> image(3 * 1024);
  for (size_t i = 0; i < 1024; ++i)
    image[i] = static_cast<uint8_t>(i / 32), image[1024 + i] = static_cast<uint8_t>(i % 32);
  const auto moved = [&](Operation kind, int32_t level) {
    work.load(image);
    operation_kernels().operate(make_operation(kind, level, false, 32, 32), {}, work.canvas);
  };
  const auto source = [&](int32_t y, int32_t x) {
    return std::pair<int, int>(work.canvas.image[y * 32 + x], work.canvas.image[1024 + y * 32 + x]);
  };
  const auto covered = [&] { return std::count(work.canvas.image + 3072, work.canvas.image + 4096, kCovered); };
  moved(Operation::shear_x, 8);
  CHECK(source(31, 0) == std::pair(31, 8));
  CHECK(covered() == 901);
  moved(Operation::rotate, 7);
  CHECK(source(4, 16) == std::pair(5, 20));
  CHECK(source(16, 4) == std::pair(12, 5));
  CHECK(covered() == 892);
  moved(Operation::translate_x, 3);
  CHECK(source(0, 0) == std::pair(0, 3));
}

#include "kernels/augment.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <numeric>
#include <tuple>

using nlb::Augmentation;
using nlb::PixelArray;
using nlb::Placement;

namespace {

constexpr nlb::Key kKey = {{0x243F6A88u, 0x85A308D3u}};

/// Images whose pixels run through all values and never repeat along a line.
std::vector<uint8_t> some_pixels(const PixelArray& shape, int64_t count) {
  std::vector<uint8_t> pixels(static_cast<size_t>(count * shape.channels * shape.height * shape.width));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>((i * 37 + i / 256 * 11 + 5) % 256);
  return pixels;
}

/// The transformations one after the other, each into an array of its own, as torchvision does them.
template <class T>
std::vector<T> plain_twin(const PixelArray& images, int64_t row, Placement placement, int32_t pad,
                          const std::vector<T>& table) {
  const int32_t height = images.height, width = images.width, wide = width + 2 * pad;
  std::vector<T> result;
  for (int32_t channel = 0; channel < images.channels; ++channel) {
    const uint8_t* plane = images.pixels + (row * images.channels + channel) * height * width;
    std::vector<uint8_t> padded(static_cast<size_t>(wide * (height + 2 * pad)), 0);
    for (int32_t y = 0; y < height; ++y) {
      std::copy_n(plane + y * width, width, padded.begin() + (y + pad) * wide + pad);
    }
    for (int32_t y = 0; y < height; ++y) {
      const auto from = padded.begin() + (y + pad + placement.top) * wide + pad + placement.left;
      std::vector<uint8_t> line(from, from + width);
      if (placement.flip) std::reverse(line.begin(), line.end());
      for (const uint8_t pixel : line) result.push_back(table[static_cast<size_t>(channel * 256 + pixel)]);
    }
  }
  return result;
}

template <class T>
std::vector<T> plain_table(int32_t channels) {
  std::vector<T> table(static_cast<size_t>(channels) * 256);
  std::iota(table.begin(), table.end(), T{1});
  return table;
}

/// Pearson's statistic of `counts` against equal expectations.
double chi_square(const std::vector<int64_t>& counts) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const int64_t count : counts) {
    const double difference = static_cast<double>(count) - expected;
    sum += difference * difference / expected;
  }
  return sum;
}

}  // namespace

TEMPLATE_TEST_CASE("augmentation equals padding, cropping, flipping and looking up one after the other",
                   "[kernels][augment]", float, double) {
  struct Row {
    PixelArray shape;
    int32_t pad;
    bool flip;
  };
  const auto row = GENERATE(values<Row>({{{nullptr, 3, 32, 32}, 4, true},
                                         {{nullptr, 1, 28, 28}, 2, false},
                                         {{nullptr, 3, 5, 33}, 0, true},
                                         {{nullptr, 2, 7, 3}, 6, true},
                                         {{nullptr, 1, 1, 1}, 1, true},
                                         {{nullptr, 3, 8, 8}, 0, false}}));
  const auto count = GENERATE(as<int64_t>{}, 0, 1, 31, 32, 33, 1000);
  CAPTURE(row.shape.height, row.shape.width, row.pad, row.flip, count);
  const int64_t stored = 50;
  const auto pixels = some_pixels(row.shape, stored);
  PixelArray images = row.shape;
  images.pixels = pixels.data();
  const auto table = plain_table<TestType>(images.channels);
  const Augmentation how = {.key = kKey, .epoch = 7, .view = 1, .pad = row.pad, .flip = row.flip};
  std::vector<int64_t> rows(static_cast<size_t>(count));
  for (size_t b = 0; b < rows.size(); ++b) rows[b] = static_cast<int64_t>(b * 13) % stored;

  const auto size = static_cast<size_t>(images.channels * images.height * images.width);
  const TestType guard = -12345;
  std::vector<TestType> out(rows.size() * size + 16, guard);
  nlb::augment_cpu(images, rows.data(), count, how, table.data(), out.data());

  int64_t wrong = 0;
  for (size_t b = 0; b < rows.size(); ++b) {
    const auto expected = plain_twin(images, rows[b], nlb::draw_placement(how, rows[b]), row.pad, table);
    wrong += !std::equal(expected.begin(), expected.end(), out.begin() + static_cast<std::ptrdiff_t>(b * size));
  }
  CHECK(wrong == 0);
  CHECK(std::count(out.end() - 16, out.end(), guard) == 16);
}

TEST_CASE("a line written by interleaved lanes equals the whole line", "[kernels][augment]") {
  const PixelArray shape = {nullptr, 1, 3, 37};
  const auto pixels = some_pixels(shape, 1);
  const auto table = plain_table<float>(1);
  for (const int32_t left : {-40, -36, -3, 0, 3, 36, 40}) {
    for (const bool flip : {false, true}) {
      for (const int32_t y : {0, 1, 2}) {
        const Placement placement = {.top = 1, .left = left, .flip = flip};
        std::vector<float> whole(37), lanes(37);
        nlb::augment_line(pixels.data(), 3, 37, y, placement, table.data(), 0, 1, whole.data());
        for (int32_t lane = 0; lane < 32; ++lane) {
          nlb::augment_line(pixels.data(), 3, 37, y, placement, table.data(), lane, 32, lanes.data());
        }
        CAPTURE(left, flip, y);
        CHECK(whole == lanes);
        CHECK(std::count(whole.begin(), whole.end(), 0.0f) == 0);
      }
    }
  }
}

TEST_CASE("crop, flip and normalisation give numpy's numbers", "[kernels][augment]") {
  // np.pad(a, 1)[0:2, 2:5][:, ::-1] / 255 for a = [[10, 20, 30], [40, 50, 60]]: top -1, left 1 of padding 1, flipped.
  const std::array<uint8_t, 6> pixels = {10, 20, 30, 40, 50, 60};
  const auto table = nlb::normalisation_table<double>(1, {}, {});
  std::array<double, 6> out = {};
  const Placement placement = {.top = -1, .left = 1, .flip = true};
  for (int32_t y = 0; y < 2; ++y) {
    nlb::augment_line(pixels.data(), 2, 3, y, placement, table.data(), 0, 1, out.data() + 3 * y);
  }
  CHECK(out == std::array<double, 6>{0, 0, 0, 0, 30 / 255.0, 20 / 255.0});
}

TEST_CASE("normalisation equals torch's ToTensor and Normalize bit for bit", "[kernels][augment]") {
  // torch 2.11: x.to(dtype).div(255).sub(mean).div(std) for x = 0, 1, 77, 128, 254, 255.
  struct Row {
    double mean, std;
    std::array<float, 6> in_float;
    std::array<double, 6> in_double;
  };
  const auto row = GENERATE(
      values<Row>({{0.4914,
                    0.2023,
                    {-0x1.36ebap+1f, -0x1.34706cp+1f, -0x1.df736p-1f, 0x1.aba71ep-5f, 0x1.3f526ep+1f, 0x1.41cda2p+1f},
                    {-0x1.36eba05509be7p+1, -0x1.34706bdda1242p+1, -0x1.df7361aa4d4abp-1, 0x1.aba6d7d0db1aap-5,
                     0x1.3f526e24bf629p+1, 0x1.41cda29c27fcfp+1}},
                   {0.1307,
                    0.3081,
                    {-0x1.b264e2p-2f, -0x1.a55c4p-2f, 0x1.1c99d2p-1f, 0x1.347af4p+0f, 0x1.678566p+1f, 0x1.69267ap+1f},
                    {-0x1.b264df03681cap-2, -0x1.a55c3dbf48cc5p-2, 0x1.1c99d13d01837p-1, 0x1.347af0c31000fp+0,
                     0x1.6785645275308p+1, 0x1.6926787af91a8p+1}}}));
  const std::array<double, 2> mean = {0.5, row.mean}, std = {0.25, row.std};
  const auto in_float = nlb::normalisation_table<float>(2, mean, std);
  const auto in_double = nlb::normalisation_table<double>(2, mean, std);
  const std::array<size_t, 6> at = {0, 1, 77, 128, 254, 255};
  for (size_t i = 0; i < at.size(); ++i) {
    CAPTURE(at[i]);
    CHECK(in_float[256 + at[i]] == row.in_float[i]);
    CHECK(in_double[256 + at[i]] == row.in_double[i]);
  }
  CHECK(in_float[0] == -2.0f);
  CHECK(in_float[255] == 2.0f);
}

TEST_CASE("every crop offset and flip is drawn, equally often, along samples, epochs and views", "[kernels][augment]") {
  const auto along = GENERATE(0, 1, 2);
  CAPTURE(along);
  std::vector<int64_t> cells(81 * 2, 0);
  for (uint32_t i = 0; i < 50000; ++i) {
    const Augmentation how = {
        .key = kKey, .epoch = along == 1 ? i : 3, .view = along == 2 ? i : 0, .pad = 4, .flip = true};
    const Placement placement = nlb::draw_placement(how, along == 0 ? i : 11);
    REQUIRE(std::max(std::abs(placement.top), std::abs(placement.left)) <= 4);
    ++cells[static_cast<size_t>(((placement.top + 4) * 9 + placement.left + 4) * 2 + placement.flip)];
  }
  CHECK(*std::min_element(cells.begin(), cells.end()) > 0);
  // scipy.stats.chi2.ppf([1e-4, 1 - 1e-4], 161)
  CHECK(chi_square(cells) > 102.64);
  CHECK(chi_square(cells) < 236.43);
}

TEST_CASE("nothing moves without padding and flip", "[kernels][augment]") {
  const auto epoch = GENERATE(as<uint64_t>{}, 0, 1, 2, 3);
  const auto still = nlb::draw_placement({.key = kKey, .epoch = epoch}, 5);
  CHECK(std::tuple(still.top, still.left, still.flip) == std::tuple(0, 0, false));
  const auto crop_only = nlb::draw_placement({.key = kKey, .epoch = epoch, .pad = 4}, 5);
  const auto both = nlb::draw_placement({.key = kKey, .epoch = epoch, .pad = 4, .flip = true}, 5);
  CHECK_FALSE(crop_only.flip);
  CHECK(std::tuple(crop_only.top, crop_only.left) == std::tuple(both.top, both.left));
}

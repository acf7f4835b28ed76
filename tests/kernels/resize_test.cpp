#include "kernels/resize.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/sha256.h"

using namespace nlb;

namespace {

const std::map<std::string, Filter> kFilters = {{"box", Filter::box},
                                                {"bilinear", Filter::bilinear},
                                                {"hamming", Filter::hamming},
                                                {"bicubic", Filter::bicubic},
                                                {"lanczos", Filter::lanczos}};
const std::vector<std::string> kKinds = {"noise", "slope", "board"};

uint32_t mixed(uint32_t n) {
  n = (n ^ n >> 16) * 0x7FEB352Du;
  n = (n ^ n >> 15) * 0x846CA68Bu;
  return n ^ n >> 16;
}

/// As generated() of pil_resize.py: [height, width, channels].
std::vector<uint8_t> generated(const std::string& kind, int64_t height, int64_t width, int64_t channels) {
  const auto number = static_cast<uint32_t>(std::find(kKinds.begin(), kKinds.end(), kind) - kKinds.begin());
  std::vector<uint8_t> pixels;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < channels; ++c) {
        const uint32_t word = mixed(mixed(1 + number) + static_cast<uint32_t>((y * width + x) * channels + c));
        const int64_t slope = 3 * x + 2 * y + 50 * c + (word & 15), board = 255 * ((x / (3 + c) + y / 4) % 2);
        pixels.push_back(static_cast<uint8_t>(kind == "noise" ? word : (kind == "slope" ? slope : board)));
      }
    }
  }
  return pixels;
}

struct Case {
  std::vector<int64_t> from, to;
  std::vector<double> box;  ///< x0, y0, x1, y1
  int64_t channels;
};

/// Its pixels end where the vector does, so that a sanitizer sees a read beyond.
std::string resized(const Case& one, Filter filter, const std::vector<uint8_t>& pixels, Isa isa) {
  const ResizeAxis across(filter, one.from[1], one.box[0], one.box[2], one.to[1]);
  const ResizeAxis down(filter, one.from[0], one.box[1], one.box[3], one.to[0]);
  std::string result(static_cast<size_t>(one.to[0] * one.to[1] * one.channels), '\0');
  resize_pixels({pixels.data(), one.from[0], one.from[1], one.from[1] * one.channels}, one.channels, across, down,
                reinterpret_cast<uint8_t*>(result.data()), isa);
  return result;
}

std::vector<Isa> sets_here() {
  std::vector<Isa> sets;
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (has_isa(isa)) sets.push_back(isa);
  }
  return sets;
}

}  // namespace

TEST_CASE("images are resized as Pillow resizes them, byte for byte, with every instruction set", "[kernels][resize]") {
  std::ifstream file(NLB_SOURCE_DIR "/tests/kernels/pil_resize.json");
  std::stringstream text;
  text << file.rdbuf();
  const Json vectors = Json::parse(text.str());
  int64_t compared = 0;
  for (const Json& row : vectors.at("rows")) {
    Case one{.from = row.at("from"), .to = row.at("to"), .box = {}, .channels = row.at("channels")};
    if (row.at("box").is_null()) {
      one.box = {0, 0, static_cast<double>(one.from[1]), static_cast<double>(one.from[0])};
    } else {
      one.box = row.at("box").get<std::vector<double>>();
    }
    for (const auto& [name, digest] : row.at("digests").items()) {
      const size_t space = name.find(' ');
      const auto pixels = generated(name.substr(0, space), one.from[0], one.from[1], one.channels);
      for (const Isa isa : sets_here()) {
        CAPTURE(row.at("from").dump(), row.at("to").dump(), one.channels, name, name_of(isa));
        CHECK(hex(sha256(resized(one, kFilters.at(name.substr(space + 1)), pixels, isa))) == digest);
        ++compared;
      }
    }
  }
  CHECK(compared == 19 * 2 * 15 * std::ssize(sets_here()));
}

TEST_CASE("a part of an image is resized where it lies", "[kernels][resize]") {
  // torchvision crops first: what is outside must not shine in, unlike with a box.
  const int64_t height = 40, width = 57, channels = 3;
  const auto pixels = generated("noise", height, width, channels);
  const int64_t top = 7, left = 11, lines = 25, columns = 31;
  std::vector<uint8_t> copied;
  for (int64_t y = 0; y < lines; ++y) {
    const auto* line = pixels.data() + ((top + y) * width + left) * channels;
    copied.insert(copied.end(), line, line + columns * channels);
  }
  const ResizeAxis across(Filter::bicubic, columns, 16), down(Filter::bicubic, lines, 19);
  for (const Isa isa : sets_here()) {
    std::vector<uint8_t> there(19 * 16 * 3), apart(there.size());
    resize_pixels({pixels.data() + (top * width + left) * channels, lines, columns, width * channels}, channels, across,
                  down, there.data(), isa);
    resize_pixels({copied.data(), lines, columns, columns * channels}, channels, across, down, apart.data(), isa);
    CHECK(there == apart);
  }
}

TEST_CASE("the weights of one new pixel add up to one, whatever the size", "[kernels][resize]") {
  for (const auto& [name, filter] : kFilters) {
    for (const auto& [in, out] : {std::pair<int64_t, int64_t>{500, 224}, {7, 224}, {224, 7}, {1, 5}, {1000, 3}}) {
      const ResizeAxis axis(filter, in, out);
      const ResizeTaps taps = axis.taps();
      for (int64_t i = 0; i < out; ++i) {
        CAPTURE(name, in, out, i);
        int64_t sum = 0;
        for (int64_t tap = 0; tap < taps.taps; ++tap) {
          const int64_t at = i * taps.taps + tap;
          sum += 2048 * taps.high[at] + taps.low[at];
          CHECK((tap < taps.count[i] || (taps.high[at] == 0 && taps.low[at] == 0)));
        }
        // Each weight is rounded by itself.
        CHECK(std::abs(sum - (int64_t{1} << 22)) <= taps.count[i]);
        CHECK((taps.first[i] >= 0 && taps.first[i] + taps.count[i] <= in));
      }
    }
  }
}

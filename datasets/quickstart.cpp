#include "datasets/quickstart.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/draws.h"
#include "core/error.h"

namespace nlb {
namespace {

constexpr int kSide = 32, kPlane = kSide * kSide, kSpots = 4;
// The k of each draw of an image.
constexpr uint32_t kPlaceDraw = 0, kGroundDraw = 1, kContrastDraw = 2, kSpotDraw = 3, kNoiseDraw = 64;

/// The draws of one image.
class Image {
 public:
  Image(QuickstartPart part, int64_t index)
      : part_(static_cast<uint64_t>(part)), index_(static_cast<uint64_t>(index)) {}
  Words4 words(uint32_t k) const { return draw(key(), part_, index_, k); }

 private:
  static Key key() {
    static const Key made = derive(0, "dataset:quickstart");
    return made;
  }
  uint64_t part_, index_;
};

/// least, least + 1, ..., least + count - 1, equally likely.
int uniform(uint32_t word, int least, uint32_t count) { return least + static_cast<int>(below(word, count)); }

/// Whether class `label` has ink at (dx, dy) from the centre of a shape of radius r. Lengths in half pixels, y down.
bool has_ink(int label, int dx, int dy, int r) {
  const int a = std::abs(dx), b = std::abs(dy), far = std::max(a, b), near = std::min(a, b);
  const int square_distance = dx * dx + dy * dy;
  const bool disc = square_distance <= r * r, square = 8 * far <= 7 * r;
  const auto bar = [r](int d) { return (d + r) * 5 / (2 * r) % 2 == 0; };
  switch (label) {
    case 0:
      return disc;
    case 1:  // ring
      return disc && 4 * square_distance >= r * r;
    case 2:
      return square;
    case 3:  // frame
      return square && 2 * far >= r;
    case 4:  // triangle, apex up
      return 2 * a <= r + dy && dy <= r;
    case 5:  // triangle, apex down
      return 2 * a <= r - dy && -dy <= r;
    case 6:  // plus
      return far <= r && 4 * near <= r;
    case 7:  // cross
      return far <= r && 3 * std::abs(a - b) <= r;
    case 8:  // horizontal bars
      return square && bar(dy);
    default:  // vertical bars
      return square && bar(dx);
  }
}

struct Spot {
  int left, top, right, bottom;
  std::array<int, 3> colour;
  bool covers(int x, int y) const { return left <= x && x < right && top <= y && y < bottom; }
};

std::array<Spot, kSpots> draw_spots(const Image& image) {
  std::array<Spot, kSpots> spots;
  for (uint32_t i = 0; i < kSpots; ++i) {
    const Words4 where = image.words(kSpotDraw + 2 * i), colour = image.words(kSpotDraw + 2 * i + 1);
    Spot& spot = spots[i];
    spot.left = uniform(where.word[0], 0, kSide);
    spot.top = uniform(where.word[1], 0, kSide);
    spot.right = spot.left + uniform(where.word[2], 1, 4);
    spot.bottom = spot.top + uniform(where.word[3], 1, 4);
    for (size_t channel = 0; channel < 3; ++channel) spot.colour[channel] = uniform(colour.word[channel], -90, 181);
  }
  return spots;
}

/// Ground, slope, shape and spots: all of an image but its pixel noise.
struct Scene {
  int label, radius, centre_x, centre_y, slope_x, slope_y;
  std::array<int, 3> ground, contrast;
  std::array<Spot, kSpots> spots;

  Scene(const Image& image, int label_of_image) : label(label_of_image), spots(draw_spots(image)) {
    const Words4 place = image.words(kPlaceDraw), below_it = image.words(kGroundDraw), ink = image.words(kContrastDraw);
    radius = uniform(place.word[0], 15, 9);
    centre_x = uniform(place.word[1], 24, 17);
    centre_y = uniform(place.word[2], 24, 17);
    const int sign = below(place.word[3], 2) == 1 ? 1 : -1;
    slope_x = uniform(below_it.word[3], -30, 61);
    slope_y = uniform(ink.word[3], -30, 61);
    for (size_t channel = 0; channel < 3; ++channel) {
      ground[channel] = uniform(below_it.word[channel], 96, 64);
      contrast[channel] = sign * uniform(ink.word[channel], 50, 51);
    }
  }

  std::array<int, 3> colour(int x, int y) const {
    std::array<int, 3> sum = ground;
    const int shade = (slope_x * (2 * x - 31) + slope_y * (2 * y - 31)) >> 6;  // arithmetic shift: rounds down
    const bool ink = has_ink(label, 2 * x + 1 - centre_x, 2 * y + 1 - centre_y, radius);
    for (size_t channel = 0; channel < 3; ++channel) sum[channel] += shade + (ink ? contrast[channel] : 0);
    for (const Spot& spot : spots) {
      if (!spot.covers(x, y)) continue;
      for (size_t channel = 0; channel < 3; ++channel) sum[channel] += spot.colour[channel];
    }
    return sum;
  }
};

}  // namespace

uint8_t draw_quickstart_image(QuickstartPart part, int64_t index, std::span<uint8_t> pixels) {
  NLB_CHECK(index >= 0 && pixels.size() == static_cast<size_t>(kQuickstartImageBytes), "no place for one image");
  const Image image(part, index);
  const int label = static_cast<int>(index % 10);
  const Scene scene(image, label);
  for (int pixel = 0; pixel < kPlane; ++pixel) {
    const Words4 noise = image.words(kNoiseDraw + static_cast<uint32_t>(pixel));
    const std::array<int, 3> colour = scene.colour(pixel % kSide, pixel / kSide);
    for (size_t channel = 0; channel < 3; ++channel) {
      const int value = std::clamp(colour[channel] + uniform(noise.word[channel], -40, 81), 0, 255);
      pixels[channel * kPlane + static_cast<size_t>(pixel)] = static_cast<uint8_t>(value);
    }
  }
  return static_cast<uint8_t>(label);
}

void draw_quickstart(QuickstartPart part, std::span<uint8_t> pixels, std::span<uint8_t> labels) {
  constexpr auto kBytes = static_cast<size_t>(kQuickstartImageBytes);
  NLB_CHECK(pixels.size() == labels.size() * kBytes, "pixels and labels are of different counts");
  for (size_t i = 0; i < labels.size(); ++i) {
    labels[i] = draw_quickstart_image(part, static_cast<int64_t>(i), pixels.subspan(i * kBytes, kBytes));
  }
}

Digest quickstart_digest() {
  Sha256 sha;
  for (const auto& [part, count] : {std::pair{QuickstartPart::train, kQuickstartTrainImages},
                                    std::pair{QuickstartPart::test, kQuickstartTestImages}}) {
    std::vector<uint8_t> pixels(static_cast<size_t>(count * kQuickstartImageBytes)), labels(static_cast<size_t>(count));
    draw_quickstart(part, pixels, labels);
    sha.add(std::as_bytes(std::span(pixels))).add(std::as_bytes(std::span(labels)));
  }
  return sha.finish();
}

}  // namespace nlb

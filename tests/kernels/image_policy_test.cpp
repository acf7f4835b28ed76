#include "kernels/image_policy.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "core/sha256.h"
#include "kernels/augment.h"

using namespace nlb;

namespace {

constexpr Key kKey = {{0x13198A2Eu, 0x03707344u}};
constexpr int32_t kSide = 32, kPlane = kSide * kSide;

/// A policy and the arrays it points to.
struct Owned {
  Owned(std::vector<PolicyStep> steps, int32_t steps_per_entry, int32_t rounds)
      : list(std::move(steps)), operations(all_operations(kSide, kSide)) {
    policy = {.operations = operations.data(),
              .list = list.data(),
              .entries = static_cast<int32_t>(list.size()) / steps_per_entry,
              .steps = steps_per_entry,
              .rounds = rounds};
  }
  std::vector<PolicyStep> list;
  std::vector<ImageOperation> operations;
  ImagePolicy policy;
};

Owned autoaugment() { return {{autoaugment_cifar10().begin(), autoaugment_cifar10().end()}, kAutoAugmentSteps, 1}; }

Owned randaugment(double probability, bool shared) {
  Owned made(randaugment_steps(probability), 1, 2);
  made.policy.lowest_level = 1;
  made.policy.highest_level = 9;
  made.policy.shared = shared;
  return made;
}

/// Place of a drawn operation in `operations`.
int64_t place_of(const Owned& owned, const DrawnOperation& drawn) { return drawn.operation - owned.operations.data(); }

/// Pearson's statistic of `counts` against equal expectations.
double chi_square(const std::vector<int64_t>& counts) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const int64_t count : counts)
    sum += (static_cast<double>(count) - expected) * (static_cast<double>(count) - expected);
  return sum / expected;
}

std::vector<uint8_t> some_images(int64_t count) {
  std::vector<uint8_t> pixels(static_cast<size_t>(count * 3 * kPlane));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(1 + (i * i / 7 + i / 3072 * 29) % 255);
  return pixels;
}

/// Values 1 to 256: none is 0, so that a cleared element shows.
std::vector<float> plain_table() {
  std::vector<float> table(3 * 256);
  for (size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i % 256 + 1);
  return table;
}

/// The image of `row` after policy, crop, flip, look-up and cutout, each done element by element from its definition.
std::vector<float> by_hand(const std::vector<uint8_t>& pixels, int64_t row, const Augmentation& how) {
  std::vector<uint8_t> planes(2 * kCanvasPlanes * kPlane, 0);
  std::vector<uint32_t> cells(kCanvasCells);
  Canvas canvas = {planes.data(), planes.data() + kCanvasPlanes * kPlane, cells.data(), kSide, kSide};
  std::copy_n(pixels.begin() + row * 3 * kPlane, 3 * kPlane, canvas.image);
  std::fill_n(canvas.image + 3 * kPlane, kPlane, kCovered);
  for (int32_t number = 0; number < how.policy.rounds * how.policy.steps; ++number) {
    const auto drawn = draw_operation(how.policy, policy_draws(how), row, number, kSide, kSide);
    if (drawn.operation != nullptr) operation_kernels(Isa::plain).operate(*drawn.operation, drawn.centre, canvas);
  }
  const Placement placement = draw_placement(how, row);
  const Square square = draw_cutout(how, row, kSide, kSide);
  std::vector<float> out;
  for (int32_t channel = 0; channel < 3; ++channel) {
    for (int32_t y = 0; y < kSide; ++y) {
      for (int32_t x = 0; x < kSide; ++x) {
        const int32_t line = y + placement.top, column = (placement.flip ? kSide - 1 - x : x) + placement.left;
        const bool inside = std::min(line, column) >= 0 && std::max(line, column) < kSide;
        const int32_t at = line * kSide + column;
        float value = how.pad_normalised ? 0.0f : 1.0f;
        if (inside)
          value =
              canvas.image[3 * kPlane + at] == 0 ? 0.0f : static_cast<float>(canvas.image[channel * kPlane + at] + 1);
        if (y >= square.top && y < square.bottom && x >= square.left && x < square.right) value = 0;
        out.push_back(value);
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("AutoAugment's list is the released one", "[kernels][image_policy]") {
  // SHA-256 over the lines "operation ten-times-probability level" of cifar10_policies() of google-research/fixmatch at
  // d4985a1, third_party/auto_augment/policies.py, under our names, one step after the other.
  const std::vector<std::string> names = {
      "identity", "autocontrast", "equalize",  "invert",  "rotate",  "posterize",   "solarize",    "colour",
      "contrast", "brightness",   "sharpness", "shear_x", "shear_y", "translate_x", "translate_y", "cutout"};
  Sha256 hash;
  for (const PolicyStep& step : autoaugment_cifar10()) {
    hash.add(names[static_cast<size_t>(step.operation)] + " " + std::to_string(std::lround(step.probability * 10)) +
             " " + std::to_string(step.level) + "\n");
  }
  CHECK(hex(hash.finish()) == "a295cb999ccd76a0d708d817344433e50af03a669c8f591c5f540c03c03968b9");
}

TEST_CASE("every entry, sign and centre of a policy is drawn, equally often", "[kernels][image_policy]") {
  std::vector<PolicyStep> list;
  for (int32_t entry = 0; entry < 95; ++entry) list.push_back({Operation(entry % 16), 1.0f, entry / 16});
  const Owned owned(list, 1, 1);
  std::vector<int64_t> places(95 * 2, 0), centres(64, 0);
  for (int64_t row = 0; row < 50000; ++row) {
    const auto drawn = draw_operation(owned.policy, {.key = kKey, .epoch = 3}, row, 0, kSide, kSide);
    REQUIRE(drawn.operation != nullptr);
    const int64_t place = place_of(owned, drawn), kind = place / 20, level = place / 2 % 10;
    ++places[static_cast<size_t>((level * 16 + kind) * 2 + place % 2)];
    ++centres[static_cast<size_t>(drawn.centre.y / 4) * 8 + static_cast<size_t>(drawn.centre.x / 4)];
  }
  // scipy.stats.chi2.ppf([1e-4, 1 - 1e-4], [[189], [63]])
  CHECK(chi_square(places) > 125.08);
  CHECK(chi_square(places) < 269.99);
  CHECK(chi_square(centres) > 29.50);
  CHECK(chi_square(centres) < 113.50);
}

TEST_CASE("steps are applied with their probability, apart from each other", "[kernels][image_policy]") {
  const Owned owned({{Operation::invert, 0.3f, 0}, {Operation::equalize, 0.8f, 0}}, 2, 1);
  int64_t applied[2][2] = {};
  for (uint64_t epoch = 0; epoch < 20000; ++epoch) {
    bool is[2];
    for (int32_t number : {0, 1}) {
      is[number] =
          draw_operation(owned.policy, {.key = kKey, .epoch = epoch}, 5, number, kSide, kSide).operation != nullptr;
    }
    ++applied[is[0]][is[1]];
  }
  // Four standard deviations about 20,000 p.
  CHECK(std::abs(applied[1][1] - 4800) < 242);
  CHECK(std::abs(applied[1][0] - 1200) < 135);
  CHECK(std::abs(applied[0][1] - 11200) < 281);
}

TEST_CASE("RandAugment draws operations and levels for each image, or once for a batch", "[kernels][image_policy]") {
  const bool shared = GENERATE(false, true);
  CAPTURE(shared);
  const Owned owned = randaugment(1, shared);
  CHECK(owned.policy.entries == 14);
  std::vector<int64_t> kinds(14 * 9, 0);
  std::vector<int64_t> seen_in_batch;
  for (int64_t i = 0; i < 30000; ++i) {
    const PolicyDraws draws = {.key = kKey, .epoch = 1, .batch = static_cast<uint64_t>(shared ? i : 0), .view = 2};
    const auto drawn = draw_operation(owned.policy, draws, shared ? 0 : i, 1, kSide, kSide);
    const int64_t place = place_of(owned, drawn), level = place / 2 % 10;
    REQUIRE((level >= 1 && level <= 9));
    const auto step = std::find_if(owned.list.begin(), owned.list.end(),
                                   [&](const PolicyStep& one) { return one.operation == Operation(place / 20); });
    ++kinds[static_cast<size_t>((step - owned.list.begin()) * 9 + level - 1)];
    const auto neighbour = draw_operation(owned.policy, draws, i + 1, 1, kSide, kSide);
    if (shared) CHECK(place_of(owned, neighbour) / 2 == place / 2);
    const auto first = draw_operation(owned.policy, draws, shared ? 0 : i, 0, kSide, kSide);
    seen_in_batch.push_back(place_of(owned, first) / 2 == place / 2);
  }
  // scipy.stats.chi2.ppf([1e-4, 1 - 1e-4], 125); both operations agree in one of 126 cases.
  CHECK(chi_square(kinds) > 74.54);
  CHECK(chi_square(kinds) < 192.51);
  const auto equal = std::accumulate(seen_in_batch.begin(), seen_in_batch.end(), int64_t{0});
  CHECK(std::abs(equal - 238) < 62);
}

TEST_CASE("a policy, crop, flip, look-up and cutout follow each other", "[kernels][image_policy]") {
  const auto which = GENERATE(0, 1, 2);
  const Owned owned = which == 0 ? autoaugment() : randaugment(0.5, which == 2);
  Augmentation how = {.key = kKey, .policy_key = {{1, 2}}, .cutout_key = {{3, 4}}, .epoch = 5, .view = 1};
  how.pad = GENERATE(0, 4);
  how.flip = true;
  how.pad_normalised = GENERATE(false, true);
  how.cutout = GENERATE(0, 16);
  how.policy = owned.policy;
  how.batch = 9;
  const int64_t stored = 60;
  const auto pixels = some_images(stored);
  const auto table = plain_table();
  std::vector<int64_t> rows(100);
  for (size_t b = 0; b < rows.size(); ++b) rows[b] = static_cast<int64_t>(b * 13) % stored;
  std::vector<float> out(rows.size() * 3 * kPlane + 16, -5.0f);
  augment_cpu({pixels.data(), 3, kSide, kSide}, rows.data(), 100, how, table.data(), out.data());
  int64_t wrong = 0;
  for (size_t b = 0; b < rows.size(); ++b) {
    const auto expected = by_hand(pixels, rows[b], how);
    wrong += !std::equal(expected.begin(), expected.end(), out.begin() + static_cast<std::ptrdiff_t>(b * 3 * kPlane));
  }
  CAPTURE(which, how.pad, how.pad_normalised, how.cutout);
  CHECK(wrong == 0);
  CHECK(std::count(out.end() - 16, out.end(), -5.0f) == 16);
}

TEST_CASE("gathered images are the ones that rows name", "[kernels][image_policy]") {
  const Owned owned = autoaugment();
  const auto pixels = some_images(20);
  const auto table = plain_table();
  const std::vector<int64_t> rows = {7, 0, 19, 7};
  std::vector<uint8_t> gathered;
  for (const int64_t row : rows) {
    const auto from = pixels.begin() + row * 3 * kPlane;
    gathered.insert(gathered.end(), from, from + 3 * kPlane);
  }
  const Augmentation how = {
      .key = kKey, .policy_key = kKey, .cutout_key = kKey, .pad = 4, .flip = true, .cutout = 8, .policy = owned.policy};
  std::vector<float> named(4 * 3 * kPlane), found(named.size());
  augment_cpu({pixels.data(), 3, kSide, kSide}, rows.data(), 4, how, table.data(), named.data());
  augment_cpu({gathered.data(), 3, kSide, kSide, true}, rows.data(), 4, how, table.data(), found.data());
  CHECK(named == found);
}

TEST_CASE("cutout's square lies anywhere, cut at the border", "[kernels][image_policy]") {
  const Augmentation how = {.cutout_key = kKey, .cutout = 16};
  std::map<int32_t, int64_t> heights;
  for (int64_t row = 0; row < 32000; ++row) {
    const Square square = draw_cutout(how, row, kSide, kSide);
    REQUIRE((square.top >= 0 && square.left >= 0 && square.bottom <= kSide && square.right <= kSide));
    ++heights[square.bottom - square.top];
  }
  // Centres 8 to 24 of 0 to 31 show the whole side; 0 the least, 8 lines; each other height has one centre on either
  // side.
  CHECK(std::abs(heights[16] - 17000) < 357);
  CHECK(std::abs(heights[8] - 1000) < 125);
  CHECK(std::abs(heights[12] - 2000) < 174);
  CHECK(heights.begin()->first == 8);
}

// Own draws against tests/datasets/noise_draws_reference.py, a Python program written from docs/noise.md with its own
// Philox: labels (i^2 + i / 7) mod K for i < 1,000, rate .3, seed 123.
#include <catch2/catch.hpp>
#include <cmath>

#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/noise.h"
#include "datasets/noise/fixed_math.h"
#include "facts/facts.h"
#include "tests/support/pixels.h"

namespace nlb {
namespace {

using Catch::Contains;
using Labels = std::vector<int64_t>;

constexpr int64_t kSamples = 1000;

Labels clean_labels(int64_t classes) {
  Labels labels;
  for (int64_t i = 0; i < kSamples; ++i) labels.push_back((i * i + i / 7) % classes);
  return labels;
}

/// What the reference gives label files, matrices, foreign sets and images.
struct World {
  Labels clean;
  test::PixelSet images{.count = kSamples, .channels = 3, .height = 3, .width = 4, .pixels = {}, .labels = {}};
  NoiseInputs inputs;
};

World world_of(int64_t classes) {
  World world{.clean = clean_labels(classes), .inputs = {}};
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t channel = 0; channel < 3; ++channel) {
      for (int64_t pixel = 0; pixel < 12; ++pixel) {
        world.images.pixels.push_back(static_cast<uint8_t>((i * 37 + channel * 101 + pixel * 13 + i * pixel) % 256));
      }
    }
    world.inputs.labels.push_back((world.clean[static_cast<size_t>(i)] + (i % 3 == 0 ? 1 + i % 4 : 0)) % 10);
  }
  for (int64_t row = 0; row < 10; ++row) {
    world.inputs.matrix.emplace_back();
    for (int64_t column = 0; column < 10; ++column) {
      world.inputs.matrix.back().push_back(static_cast<double>((3 * row + 7 * column) % 11) / 16);
    }
  }
  test::PixelSet foreign{.count = 1200, .channels = 3, .height = 3, .width = 4, .pixels = {}, .labels = {}};
  for (int64_t i = 0; i < foreign.count; ++i) foreign.labels.push_back(i * 7 % 100);
  world.inputs.foreign = std::make_shared<const ImageSet>(std::move(foreign));
  return world;
}

NoisyLabels drawn(const World& world, const NoiseSpec& noise, int64_t classes) {
  const ImageSet images = world.images;
  return draw_noise(noise, {.clean = world.clean, .classes = classes, .images = images.images.get()}, world.inputs,
                    123);
}

struct Row {
  const char *generator, *options;
  int64_t changed;
  const char* digest;
};

void check_row(const Row& row, int64_t classes, double rate = 0.3) {
  CAPTURE(row.generator, row.options);
  const World world = world_of(classes);
  const NoiseSpec noise{.generator = row.generator, .rate = rate, .options = Json::parse(row.options)};
  const NoisyLabels noisy = drawn(world, noise, classes);
  const NoiseSummary summary = summarise_noise(world.clean, noisy.labels, classes, rate, noisy.replaced);
  CHECK(summary.changed == row.changed);
  CHECK(summary.digest.substr(0, 16) == row.digest);
}

TEST_CASE("Maps and symmetric draws agree with an independent program", "[datasets][noise][draws]") {
  const auto row = GENERATE(values<Row>({
      {"symmetric_exclusive", R"({"count": "rounded_per_class", "stream": "philox"})", 301, "f8d03ac1000208e6"},
      {"symmetric_exclusive", R"({"count": "exact_per_pair", "stream": "philox"})", 225, "06ba7464a5c25e29"},
      {"l2r_flip", R"({"kind": "uniform", "stream": "philox"})", 265, "19bde6717ba36909"},
      {"l2r_flip", R"({"kind": "background", "stream": "philox"})", 256, "5ce2e1aac56ebdae"},
      {"pair_flip", R"({"count": "exact", "stream": "philox", "class_order": [0, 8, 1, 9, 2, 4, 6, 3, 5, 7]})", 300,
       "6c9339df62425d47"},
      {"pair_flip", R"({"count": "per_sample", "stream": "philox", "class_order": [0, 8, 1, 9, 2, 4, 6, 3, 5, 7]})",
       278, "00c37a603403c3c3"},
      {"pair_flip",
       R"({"count": "exact_per_class", "stream": "philox", "class_order": [0, 8, 1, 9, 2, 4, 6, 3, 5, 7]})", 296,
       "44c0f1f6bd4dfd91"},
      {"cifar10_asymmetric", R"({"variant": "per_class", "stream": "philox", "dog": "dog_to_dog"})", 109,
       "7a1f4bed8c3d7a36"},
      {"cifar10_asymmetric", R"({"variant": "subset", "stream": "philox", "dog": "dog_to_dog"})", 106,
       "c8bb9b8d6b0beff1"},
      {"cifar10_asymmetric", R"({"variant": "per_sample", "stream": "philox", "dog": "dog_to_dog"})", 103,
       "be0b1ea1b341fd81"},
      {"cifar10_asymmetric", R"({"variant": "sequential", "stream": "philox", "dog": "dog_to_dog"})", 113,
       "3d7ad51d5d6ce5fa"},
      {"mnist_asymmetric", R"({"variant": "per_class", "stream": "philox"})", 144, "d6077e9ccbbf073b"},
      {"mnist_asymmetric", R"({"variant": "subset", "stream": "philox"})", 142, "5194671b77bdc97c"},
      {"mnist_asymmetric", R"({"variant": "per_sample", "stream": "philox"})", 143, "da3a49990be044e7"},
      {"biased_map", R"({"count": "rounded_per_class", "stream": "philox", "targets": [7, 9, 0, 4, 2, 1, 3, 5, 6, 8]})",
       301, "1f63707964f8d44a"},
      {"biased_map", R"({"count": "exact_per_class", "stream": "philox", "targets": [7, 9, 0, 4, 2, 1, 3, 5, 6, 8]})",
       296, "1a350a6d68b48d31"},
      {"biased_map", R"({"count": "exact", "stream": "philox", "targets": [7, 9, 0, 4, 2, 1, 3, 5, 6, 8]})", 300,
       "4605e4ff6dad3ca9"},
      {"biased_map", R"({"count": "per_sample", "stream": "philox", "targets": [7, 9, 0, 4, 2, 1, 3, 5, 6, 8]})", 278,
       "7a8f498724c58c3e"},
      {"biased_map", R"({"count": "rounded_per_class", "stream": "philox"})", 301, "3fa8655424747d44"},
  }));
  check_row(row, 10);
}

TEST_CASE("CIFAR-100's maps agree with an independent program", "[datasets][noise][draws]") {
  const auto row = GENERATE(values<Row>({
      {"cifar100_block_next", R"({"variant": "per_sample", "stream": "philox"})", 278, "c5c111019976618a"},
      {"cifar100_block_next", R"({"variant": "per_class", "stream": "philox"})", 254, "71b1af65b31faabf"},
      {"cifar100_block_next", R"({"variant": "subset", "stream": "philox"})", 300, "b8be3074c718cee1"},
      {"cifar100_superclass_next", R"({"variant": "per_sample", "stream": "philox"})", 278, "8e8d74ae45a73d6e"},
      {"cifar100_superclass_next", R"({"variant": "per_class", "stream": "philox"})", 254, "cdf2968546557ab4"},
      {"cifar100_superclass_next", R"({"variant": "subset", "stream": "philox"})", 300, "f2017bb850d4ef48"},
      {"cifar100_superclass_random", R"({"variant": "per_sample", "stream": "philox"})", 278, "03ab179fd3679e4e"},
      {"cifar100_superclass_random", R"({"variant": "per_class", "stream": "philox"})", 254, "0076ac94e826733f"},
      {"cifar100_superclass_random", R"({"variant": "subset", "stream": "philox"})", 300, "e24dc850882624aa"},
      {"cifar100_block_pair", R"({"variant": "per_sample", "stream": "philox"})", 93, "05ab4fc334425212"},
      {"cifar100_block_pair", R"({"variant": "per_class", "stream": "philox"})", 93, "66f0039665907a82"},
  }));
  check_row(row, 100);
}

TEST_CASE("Draws from files, matrices, images and other sets agree with an independent program",
          "[datasets][noise][draws]") {
  const auto row = GENERATE(values<Row>({
      {"label_file", "{}", 334, "1dd353ba232ca2da"},
      {"label_file_matrix", R"({"stream": "philox"})", 333, "2d326adb4f48e26a"},
      {"confusion_rows", R"({"stream": "philox"})", 300, "2ddd2084d6e8f9a6"},
      {"open_set", R"({"count": "exact", "stream": "philox", "open_share": 1})", 300, "45331189f7106eac"},
      {"open_set", R"({"count": "exact_per_class", "stream": "philox", "open_share": 1, "without_classes": [13, 58]})",
       296, "0a0926089fd37af5"},
      {"open_set", R"({"count": "per_sample", "stream": "philox", "open_share": 1})", 278, "71e5c23897993d95"},
      {"open_set",
       R"({"count": "exact", "stream": "philox", "open_share": 0.25, "closed": "inclusive", "without_classes": [13]})",
       281, "63ab1a4a013b4c24"},
      {"open_set", R"({"count": "exact_per_class", "stream": "philox", "open_share": 0.5, "closed": "exclusive"})", 296,
       "143cbc24f098971f"},
      {"open_set", R"({"count": "per_sample", "stream": "philox", "open_share": 0.4, "closed": "inclusive"})", 258,
       "e4dcf0a10b0b9432"},
      {"instance_dependent", R"({"weights": "per_class", "pixels": "raw", "stream": "philox"})", 322,
       "6184a8e2abe1fddc"},
      {"instance_dependent", R"({"weights": "per_class", "pixels": "normalised", "stream": "philox"})", 322,
       "f33b841fec98b25f"},
      {"instance_dependent", R"({"weights": "shared", "pixels": "raw", "stream": "philox"})", 322, "092a523198540716"},
      {"instance_dependent", R"({"weights": "shared", "pixels": "normalised", "stream": "philox"})", 322,
       "04142a16a84f6789"},
  }));
  check_row(row, 10);
}

TEST_CASE("Noisy copies keep the first set and draw the others from all classes", "[datasets][noise][draws]") {
  Labels clean;
  for (int64_t i = 0; i < kSamples; ++i) clean.push_back((i % 250 * (i % 250) + i % 250 / 7) % 10);
  const NoiseSpec noise{.generator = "noisy_copies", .rate = 0.75, .options = {{"copies", 3}, {"stream", "philox"}}};
  const Labels noisy = make_noisy_labels(noise, clean, 10, 123);
  CHECK(std::equal(clean.begin(), clean.begin() + 250, noisy.begin()));
  CHECK(summarise_noise(clean, noisy, 10, .75).changed == 660);  // noise_draws_reference.py
  CHECK(label_digest(noisy, 10).substr(0, 16) == "06fdd839e96548a6");
  NoiseSpec other = noise;
  other.rate = 0.5;
  CHECK_THROWS_WITH(make_noisy_labels(other, clean, 10, 123), Contains("rate 0.5 with 3 copies; they make it 0.75"));
}

TEST_CASE("The map of CIFAR-100's superclasses is the card's", "[datasets][noise][draws]") {
  // noise_protocols.md part 3 A: the next class of fine ids 0..99.
  const Labels next{51, 32, 11, 42, 30, 20, 7,  14, 13, 10, 16, 35, 17, 48, 18, 19, 28, 37, 24, 21, 25, 31, 39, 33, 6,
                    84, 45, 29, 61, 44, 55, 38, 67, 49, 63, 46, 50, 68, 15, 40, 86, 69, 43, 88, 78, 77, 98, 52, 58, 60,
                    65, 53, 56, 57, 62, 72, 59, 83, 90, 96, 71, 9,  70, 64, 66, 74, 75, 73, 76, 81, 82, 23, 95, 91, 80,
                    34, 12, 79, 93, 99, 36, 85, 92, 0,  94, 89, 87, 22, 97, 41, 8,  1,  54, 27, 5,  4,  47, 3,  2,  26};
  Labels clean;
  for (int64_t c = 0; c < 100; ++c) clean.insert(clean.end(), 1000, c);
  const NoiseSpec noise{.generator = "cifar100_superclass_next",
                        .rate = .999,
                        .options = {{"variant", "per_class"}, {"stream", "philox"}}};
  const NoiseSummary summary = summarise_noise(clean, make_noisy_labels(noise, clean, 100, 5), 100, .999);
  for (size_t c = 0; c < 100; ++c) {
    CAPTURE(c);
    CHECK(summary.matrix[c * 100 + static_cast<size_t>(next[c])] == 999);
    CHECK(summary.matrix[c * 101] == 1);
  }
}

TEST_CASE("Ill-fitting options and inputs are refused by name", "[datasets][noise][draws]") {
  World world = world_of(10);
  const auto refused = [&](const char* generator, const char* options, const std::string& words) {
    CAPTURE(generator, options);
    const NoiseSpec noise{.generator = generator, .rate = .3, .options = Json::parse(options)};
    CHECK_THROWS_AS(drawn(world, noise, 10), InputError);
    CHECK_THROWS_WITH(drawn(world, noise, 10), Contains(words));
  };
  refused("pair_flip", R"({"count": "exact", "stream": "philox", "class_order": [0, 1, 2]})",
          "class_order\": names 3 classes, not each of 10 once");
  refused("biased_map", R"({"count": "exact", "stream": "philox", "targets": [7, 9, 0, 4, 2, 1, 3, 5, 6, 9]})",
          "targets\": 9 for class 9; another class");
  refused("biased_map", R"({"count": "exact", "stream": "philox", "targets": [1, 0]})", "2 of them for 10 classes");
  refused("cifar10_asymmetric", R"({"variant": "per_class", "stream": "numpy_sce", "dog": "dog_to_dog"})",
          "not defined with stream \"numpy_sce\"");
  refused("open_set", R"({"count": "exact", "stream": "philox", "open_share": 0.5})", "needs option \"closed\"");
  refused("open_set", R"({"count": "per_sample", "stream": "cpython", "open_share": 1})",
          "count \"per_sample\" is not defined with stream \"cpython\"");
  refused("instance_dependent", R"({"weights": "both", "pixels": "raw", "stream": "philox"})",
          "weights \"both\" is not defined with pixels \"raw\", stream \"philox\"");
  world.inputs.labels.resize(999);
  refused("label_file", "{}", "999 labels, but training image 999 takes part");
  world.inputs.labels.push_back(10);
  refused("label_file", "{}", "label 10 of image 999; allowed are 0 to 9");
  world.inputs.matrix.pop_back();
  refused("confusion_rows", R"({"stream": "philox"})", "9 rows for 10 classes");
  test::PixelSet few{.count = 20, .channels = 3, .height = 3, .width = 4, .pixels = {}, .labels = Labels(20, 1)};
  world.inputs.foreign = std::make_shared<const ImageSet>(std::move(few));
  refused("open_set", R"({"count": "exact", "stream": "philox", "open_share": 1})",
          "300 images to replace; the other data set has 20");
}

TEST_CASE("A label file is read at rate 0 too, and at the images that take part", "[datasets][noise][draws]") {
  const World world = world_of(10);
  const Labels index{5, 3, 999}, clean{world.clean[5], world.clean[3], world.clean[999]};
  const NoiseSpec noise{.generator = "label_file", .rate = 0, .options = Json::object()};
  const NoisyLabels noisy = draw_noise(noise, {.clean = clean, .classes = 10, .index = index}, world.inputs, 1);
  CHECK(noisy.labels == Labels{world.inputs.labels[5], world.inputs.labels[3], world.inputs.labels[999]});
}

TEST_CASE("Instance-dependent noise has its rate, and without weights it would be uniform",
          "[datasets][noise][draws]") {
  // With one colour everywhere x W is the same for all samples of a class, so each class has one wrong class most of
  // the time (raw pixels: a softmax almost one-hot).
  World world = world_of(10);
  std::fill(world.images.pixels.begin(), world.images.pixels.end(), uint8_t{200});
  const NoiseSpec noise{.generator = "instance_dependent",
                        .rate = .4,
                        .options = {{"weights", "per_class"}, {"pixels", "raw"}, {"stream", "philox"}}};
  const Labels noisy = drawn(world, noise, 10).labels;
  const NoiseSummary summary = summarise_noise(world.clean, noisy, 10, .4);
  // E[q] = .4 (the cut at 0 and 1 lies four deviations away), so binomial.
  CHECK(std::fabs(static_cast<double>(summary.changed) - 400) < 5 * std::sqrt(1000 * .4 * .6));
  for (size_t own = 0; own < 10; ++own) {
    int64_t moved = 0, most = 0;
    for (size_t other = 0; other < 10; ++other) {
      if (other == own) continue;
      moved += summary.matrix[own * 10 + other];
      most = std::max(most, summary.matrix[own * 10 + other]);
    }
    CAPTURE(own);
    CHECK(most == moved);
  }
}

TEST_CASE("Fixed exp and log are right to the last places", "[datasets][noise][draws]") {
  constexpr double kUlp = 0x1.0p-52;
  for (int i = 0; i <= 100000; ++i) {
    const double x = -700.0 * i / 100000;
    REQUIRE(std::fabs(noise::fixed_exp(x) - std::exp(x)) <= 2 * kUlp * std::exp(x));
    const double y = std::exp(x / 10) * (1 + i % 7);
    REQUIRE(std::fabs(noise::fixed_log(y) - std::log(y)) <= 2 * kUlp * std::max(std::fabs(std::log(y)), 0.5));
  }
  CHECK(noise::fixed_exp(0) == 1);
  CHECK(noise::fixed_log(1) == 0);
  CHECK(noise::fixed_exp(-746) == 0);
}

TEST_CASE("Fixed normals have the moments and tails of a normal", "[datasets][noise][draws]") {
  const Key key = derive(7, "test");
  constexpr int kDraws = 200000;
  double sum = 0, squares = 0;
  int beyond = 0;
  for (int i = 0; i < kDraws; ++i) {
    uint32_t next = 0;
    const double z = noise::fixed_normal(key, 0, static_cast<uint64_t>(i), next);
    sum += z;
    squares += z * z;
    beyond += std::fabs(z) > 1.959963984540054 ? 1 : 0;
  }
  CHECK(std::fabs(sum / kDraws) < 5 / std::sqrt(kDraws));
  CHECK(std::fabs(squares / kDraws - 1) < 5 * std::sqrt(2.0 / kDraws));
  CHECK(std::fabs(beyond / double{kDraws} - .05) < 5 * std::sqrt(.05 * .95 / kDraws));
}

}  // namespace
}  // namespace nlb

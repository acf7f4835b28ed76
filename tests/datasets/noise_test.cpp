#include "datasets/noise.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "datasets/noise/registry.h"
#include "datasets/noise/superclasses.h"
#include "datasets/noise_quota.h"
#include "facts/facts.h"

namespace nlb {
namespace {

using Catch::Contains;
using Labels = std::vector<int64_t>;

NoiseSpec noise_of(const std::string& generator, const std::string& kind, const std::string& stream, double rate) {
  const bool is_map = generator.starts_with("cifar") || generator.starts_with("mnist");
  const char* option = is_map ? "variant" : generator == "l2r_flip" ? "kind" : "count";
  return {.generator = generator, .rate = rate, .options = {{option, kind}, {"stream", stream}}};
}

/// 50,000 labels, 5,000 of each class.
Labels balanced() {
  Labels labels(50000);
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int64_t>(i % 10);
  return labels;
}

NoiseSummary summary_of(const NoiseSpec& noise, const Labels& clean, uint64_t seed) {
  return summarise_noise(clean, make_noisy_labels(noise, clean, 10, seed), 10, noise.rate);
}

/// Generators whose words are a way of picking and a stream.
const std::vector<std::string> kPicking = {"symmetric_inclusive",
                                           "symmetric_exclusive",
                                           "pair_flip",
                                           "cifar10_asymmetric",
                                           "mnist_asymmetric",
                                           "biased_map",
                                           "l2r_flip",
                                           "cifar100_block_next",
                                           "cifar100_block_pair",
                                           "cifar100_superclass_next",
                                           "cifar100_superclass_random"};

int64_t classes_of(const std::string& generator) { return generator.starts_with("cifar100") ? 100 : 10; }

/// Every (generator, kind, stream) that the facts' words can form.
std::vector<NoiseSpec> all_combinations(double rate) {
  std::vector<NoiseSpec> all;
  for (const std::string& id : kPicking) {
    const auto& options = facts().generators.at(id).options;
    REQUIRE(options.at(1).name == "stream");
    for (const std::string& kind : options[0].words) {
      for (const std::string& stream : options[1].words) all.push_back(noise_of(id, kind, stream, rate));
    }
  }
  return all;
}

bool is_defined(const NoiseSpec& noise) {
  try {
    check_noise(noise, classes_of(noise.generator));
    return true;
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), Contains("is not defined with stream") && Contains("allowed: "));
    return false;
  }
}

TEST_CASE("Philox variants agree with an independent program", "[datasets][noise]") {
  // A Python program written from docs/noise.md, with its own Philox; 1,000 labels (i^2 + i / 7) mod 10, rate .3, seed
  // 123.
  struct Row {
    const char *generator, *kind;
    int64_t changed;
    const char* digest;
  };
  const auto row = GENERATE(values<Row>({{"symmetric_inclusive", "exact", 270, "9e6c4577b78a9e9f"},
                                         {"symmetric_exclusive", "exact", 300, "6b47c3b5f110798d"},
                                         {"pair_flip", "exact", 300, "ed98e799fadb200c"},
                                         {"symmetric_inclusive", "per_sample", 246, "b9d7f380eab9a128"},
                                         {"symmetric_exclusive", "per_sample", 278, "d49570a6c885e6c7"},
                                         {"pair_flip", "per_sample", 278, "c5967c529fe6a432"},
                                         {"symmetric_inclusive", "exact_per_class", 262, "ef71a2d3ddaeec10"},
                                         {"symmetric_exclusive", "exact_per_class", 296, "13ad69578fcd62be"},
                                         {"pair_flip", "exact_per_class", 296, "6e6ca7cf58df0646"},
                                         {"cifar10_asymmetric", "subset", 146, "981a6ae0fc7f71ed"},
                                         {"cifar10_asymmetric", "per_sample", 147, "a14004e418b2519c"},
                                         {"cifar10_asymmetric", "per_class", 151, "73c43fbab1bb611c"},
                                         {"cifar10_asymmetric", "sequential", 146, "82487e5e7ce7f9a9"}}));
  CAPTURE(row.generator, row.kind);
  Labels clean(1000);
  for (size_t i = 0; i < clean.size(); ++i) clean[i] = static_cast<int64_t>((i * i + i / 7) % 10);
  const NoiseSummary summary = summary_of(noise_of(row.generator, row.kind, "philox", 0.3), clean, 123);
  CHECK(summary.changed == row.changed);
  CHECK(summary.digest.substr(0, 16) == row.digest);
}

TEST_CASE("Effective rates are those the definitions give", "[datasets][noise]") {
  struct Row {
    const char *generator, *kind, *stream;
    double expected, deviation;  // of the number of changed labels; 0: exact
  };
  // n = 50,000, r = .4: picked 20,000; a picked label moves with probability 9/10 (inclusive), 1, or 1/2 (asymmetric).
  const double binomial = std::sqrt(50000 * .4 * .6), moved = std::sqrt(20000 * .9 * .1);
  const double both = std::sqrt(50000 * .36 * .64);
  const auto row =
      GENERATE_COPY(values<Row>({{"symmetric_inclusive", "exact", "cpython", 18000, moved},
                                 {"symmetric_inclusive", "exact", "numpy", 18000, moved},
                                 {"symmetric_inclusive", "exact", "philox", 18000, moved},
                                 {"symmetric_inclusive", "exact_per_class", "philox", 18000, moved},
                                 {"symmetric_inclusive", "per_sample", "philox", 18000, both},
                                 {"symmetric_inclusive", "per_sample", "numpy", 18000, both},
                                 {"symmetric_exclusive", "exact", "philox", 20000, 0},
                                 {"symmetric_exclusive", "exact_per_class", "philox", 20000, 0},
                                 {"symmetric_exclusive", "per_sample", "philox", 20000, binomial},
                                 {"symmetric_exclusive", "per_sample", "numpy_choice", 20000, binomial},
                                 {"symmetric_exclusive", "per_sample", "numpy_multinomial", 20000, binomial},
                                 {"pair_flip", "exact", "philox", 20000, 0},
                                 {"pair_flip", "exact_per_class", "philox", 20000, 0},
                                 {"pair_flip", "per_sample", "philox", 20000, binomial},
                                 {"pair_flip", "per_sample", "numpy_multinomial", 20000, binomial},
                                 {"cifar10_asymmetric", "per_class", "philox", 10000, 0},
                                 {"cifar10_asymmetric", "per_sample", "philox", 10000, binomial},
                                 {"cifar10_asymmetric", "per_sample", "numpy_multinomial", 10000, binomial},
                                 {"cifar10_asymmetric", "subset", "philox", 10000, 80},
                                 {"cifar10_asymmetric", "subset", "cpython", 10000, 80},
                                 {"symmetric_exclusive", "rounded_per_class", "philox", 20000, 0},
                                 {"symmetric_exclusive", "exact_per_pair", "philox", 19980, 0},  // int(222.2) a pair
                                 {"symmetric_exclusive", "exact", "numpy_drpl", 20000, 0},
                                 {"symmetric_exclusive", "exact_per_class", "numpy_sce", 20000, 0},
                                 {"cifar10_asymmetric", "per_class", "numpy_sce", 10000, 0},
                                 {"cifar10_asymmetric", "per_sample", "numpy_drpl", 10000, binomial},
                                 {"mnist_asymmetric", "per_class", "philox", 10000, 0},
                                 {"mnist_asymmetric", "per_class", "numpy_sce", 10000, 0},
                                 {"mnist_asymmetric", "per_sample", "numpy_multinomial", 10000, binomial},
                                 {"mnist_asymmetric", "subset", "philox", 10000, 80},
                                 {"biased_map", "rounded_per_class", "philox", 20000, 0},
                                 {"biased_map", "per_sample", "philox", 20000, binomial},
                                 {"l2r_flip", "uniform", "philox", 18000, moved},
                                 {"l2r_flip", "background", "philox", 18000, moved},
                                 {"cifar10_asymmetric", "sequential", "philox", 9200, 50}}));
  CAPTURE(row.generator, row.kind, row.stream);
  const NoiseSummary summary = summary_of(noise_of(row.generator, row.kind, row.stream, 0.4), balanced(), 7);
  CHECK(std::fabs(static_cast<double>(summary.changed) - row.expected) <= 5 * row.deviation);
  CHECK(summary.effective_rate == Approx(static_cast<double>(summary.changed) / 50000));
  CHECK(summary.requested_rate == 0.4);
  CHECK(summary.count == 50000);
}

TEST_CASE("Every row of a symmetric matrix is uniform where it should be", "[datasets][noise]") {
  const std::string generator = GENERATE(as<std::string>{}, "symmetric_inclusive", "symmetric_exclusive");
  for (const NoiseSpec& noise : all_combinations(0.4)) {
    if (noise.generator != generator || !is_defined(noise)) continue;
    CAPTURE(noise.generator, noise.options.dump());
    const double share = generator == "symmetric_inclusive" ? 0.04 : 0.4 / 9;
    const NoiseSummary summary = summary_of(noise, balanced(), 11);
    for (int64_t row = 0; row < 10; ++row) {
      for (int64_t column = 0; column < 10; ++column) {
        if (row == column) continue;
        const auto found = static_cast<double>(summary.matrix[static_cast<size_t>(row * 10 + column)]);
        CHECK(std::fabs(found - 5000 * share) <= 5 * std::sqrt(5000 * share * (1 - share)));
      }
    }
  }
}

TEST_CASE("Quotas hold in each class", "[datasets][noise]") {
  const auto moved_of = [](const NoiseSummary& summary, int64_t row) {
    return 5000 - summary.matrix[static_cast<size_t>(row * 11)];
  };
  // int(.29 * 5000) is 1449 in Python: the double product lies just below 1450.
  const auto exclusive = summary_of(noise_of("symmetric_exclusive", "exact_per_class", "philox", 0.29), balanced(), 1);
  const auto pair = summary_of(noise_of("pair_flip", "exact_per_class", "philox", 0.45), balanced(), 1);
  const auto asymmetric = summary_of(noise_of("cifar10_asymmetric", "per_class", "philox", 0.4), balanced(), 1);
  for (int64_t row = 0; row < 10; ++row) {
    CHECK(moved_of(exclusive, row) == static_cast<int64_t>(0.29 * 5000));
    CHECK(pair.matrix[static_cast<size_t>(row * 10 + (row + 1) % 10)] == 2250);
    const bool source = row == 2 || row == 3 || row == 4 || row == 5 || row == 9;
    CHECK(moved_of(asymmetric, row) == (source ? 2000 : 0));
  }
  CHECK(asymmetric.matrix[9 * 10 + 1] == 2000);
  CHECK(asymmetric.matrix[2 * 10 + 0] == 2000);
  CHECK(asymmetric.matrix[4 * 10 + 7] == 2000);
  CHECK(asymmetric.matrix[3 * 10 + 5] == 2000);
  CHECK(asymmetric.matrix[5 * 10 + 3] == 2000);
}

TEST_CASE("In the sequential variant some cats return", "[datasets][noise]") {
  // methods/elr.md: at .4 cat to dog is effectively .24. 2,000 cats move; then 2,800 of 7,000 "dogs" move to cat.
  const auto summary = summary_of(noise_of("cifar10_asymmetric", "sequential", "philox", 0.4), balanced(), 3);
  const int64_t cat_to_dog = summary.matrix[3 * 10 + 5], dog_to_cat = summary.matrix[5 * 10 + 3];
  CHECK(dog_to_cat - cat_to_dog == 800);
  CHECK(std::fabs(static_cast<double>(cat_to_dog) - 1200) < 5 * std::sqrt(2000 * .4 * .6));
  CHECK(summary.matrix[2 * 10 + 0] == 2000);
}

TEST_CASE("Noise is a pure function, and another seed is another draw", "[datasets][noise]") {
  for (const NoiseSpec& noise : all_combinations(0.5)) {
    if (!is_defined(noise) || classes_of(noise.generator) != 10) continue;
    CAPTURE(noise.generator, noise.options.dump());
    Labels clean = balanced();
    clean.resize(10000);
    const Labels first = make_noisy_labels(noise, clean, 10, 1), other = make_noisy_labels(noise, clean, 10, 2);
    CHECK(first == make_noisy_labels(noise, clean, 10, 1));
    CHECK(first != other);
    if (noise.options["stream"] == "torch_arazo") continue;  // picks the same samples whatever the seed
    int64_t moved1 = 0, moved2 = 0, moved_both = 0;
    for (size_t i = 0; i < clean.size(); ++i) {
      moved1 += first[i] != clean[i];
      moved2 += other[i] != clean[i];
      moved_both += first[i] != clean[i] && other[i] != clean[i];
    }
    // Independent draws move the same sample as often as chance says (within its class, for the asymmetric map).
    const double sources = noise.generator.ends_with("_asymmetric") ? 5000 : 10000;
    const double expected = static_cast<double>(moved1) * static_cast<double>(moved2) / sources;
    CHECK(std::fabs(static_cast<double>(moved_both) - expected) < 5 * std::sqrt(sources * .25) + 60);
  }
}

TEST_CASE("Rate 0 leaves every label alone", "[datasets][noise]") {
  for (const NoiseSpec& noise : all_combinations(0)) {
    if (!is_defined(noise)) continue;
    CHECK(make_noisy_labels(noise, balanced(), classes_of(noise.generator), 5) == balanced());
  }
}

TEST_CASE("Every word of the facts belongs to some defined variant", "[datasets][noise]") {
  int defined = 0;
  for (const std::string& id : kPicking) {
    std::set<std::string> used;
    for (const NoiseSpec& noise : all_combinations(0.2)) {
      if (noise.generator != id || !is_defined(noise)) continue;
      ++defined;
      for (const auto& [key, word] : noise.options.items()) used.insert(word.get<std::string>());
    }
    const auto& options = facts().generators.at(id).options;
    for (size_t option = 0; option < 2; ++option) {
      for (const std::string& word : options[option].words) {
        CAPTURE(id, word);
        CHECK(used.count(word) == 1);
      }
    }
  }
  CHECK(defined == 62);
}

TEST_CASE("CIFAR-100's maps move what they say", "[datasets][noise]") {
  Labels clean;
  for (int64_t i = 0; i < 50000; ++i) clean.push_back(i % 100);
  const auto summary = [&](const char* generator, const char* variant) {
    const NoiseSpec noise = noise_of(generator, variant, "philox", 0.4);
    return summarise_noise(clean, make_noisy_labels(noise, clean, 100, 9), 100, 0.4);
  };
  CHECK(summary("cifar100_block_next", "per_class").changed == 20000);
  CHECK(summary("cifar100_superclass_next", "subset").changed == 20000);
  CHECK(summary("cifar100_superclass_random", "per_class").changed == 20000);
  CHECK(summary("cifar100_block_pair", "per_class").changed == 8000);
  const NoiseSummary blocks = summary("cifar100_block_next", "per_class");
  for (size_t c = 0; c < 100; ++c) CHECK(blocks.matrix[c * 100 + (c % 5 == 4 ? c - 4 : c + 1)] == 200);
  const NoiseSummary siblings = summary("cifar100_superclass_random", "per_class");
  for (size_t own = 0; own < 100; ++own) {
    for (size_t other = 0; other < 100; ++other) {
      if (own == other) continue;
      const int64_t found = siblings.matrix[own * 100 + other];
      CHECK((found > 0) == (kCifar100Superclass[own] == kCifar100Superclass[other]));
      if (found > 0) CHECK(std::fabs(static_cast<double>(found) - 50) < 5 * std::sqrt(200 * .25 * .75));
    }
  }
}

TEST_CASE("A rate that picks no sample is refused, with the least rate that does", "[datasets][noise]") {
  struct Row {
    const char *generator, *kind;
    int64_t classes, images;
    double least;  // worked out by hand
  };
  const auto row = GENERATE(values<Row>({
      {"symmetric_exclusive", "exact_per_pair", 10, 1500, .06},     // int(150 r / 9)
      {"symmetric_exclusive", "exact_per_pair", 100, 50000, .198},  // int(500 r / 99)
      {"symmetric_exclusive", "exact_per_class", 10, 1500, 1 / 150.},
      {"symmetric_exclusive", "rounded_per_class", 10, 1500, 1 / 300.},  // a half goes to the even number: above
      {"symmetric_inclusive", "exact", 10, 1500, 1 / 1500.},
  }));
  CAPTURE(row.generator, row.kind, row.images);
  Labels clean;
  for (int64_t i = 0; i < row.images; ++i) clean.push_back(i % row.classes);
  const auto below = noise_of(row.generator, row.kind, "philox", row.least * .999);
  const auto above = noise_of(row.generator, row.kind, "philox", row.least * 1.001);
  CHECK_THROWS_WITH(check_noise_picks(below, row.classes, row.images), Contains("so no label would be wrong"));
  CHECK_THROWS_WITH(make_noisy_labels(below, clean, row.classes, 1), Contains("at least " + significant(row.least, 3)));
  CHECK_NOTHROW(check_noise_picks(above, row.classes, row.images));
  CHECK_NOTHROW(make_noisy_labels(above, clean, row.classes, 1));
}

TEST_CASE("A seed as text is refused where no text is a seed", "[datasets][noise]") {
  auto noise = noise_of("symmetric_inclusive", "exact", "cpython", 0.2);
  noise.options["seed_as"] = "text";
  CHECK_NOTHROW(check_noise(noise, 10));
  noise.options["stream"] = "numpy";
  CHECK_THROWS_WITH(check_noise(noise, 10), Contains("seed_as \"text\" is not defined with stream \"numpy\""));
}

TEST_CASE("What no generator defines is refused at once", "[datasets][noise]") {
  const Labels clean = balanced();
  const auto refused = [&](const NoiseSpec& noise, int64_t classes, const std::string& words) {
    CHECK_THROWS_AS(check_noise(noise, classes), InputError);
    CHECK_THROWS_WITH(make_noisy_labels(noise, clean, classes, 0), Contains(words));
  };
  refused(noise_of("symmetric", "exact", "philox", 0.2), 10, "\"symmetric\" is not built");
  refused(noise_of("glc_uniform", "exact", "philox", 0.2), 10, "option \"order\" is missing");
  const Json order = {{"order", "tensorflow_seed_1"}, {"population", 60000}};
  refused({.generator = "glc_flip", .rate = 1.1, .options = order}, 10, "rate 1.1 is outside [0, 1]");
  CHECK_THROWS_WITH(make_noisy_labels({.generator = "glc_flip", .rate = 0.5, .options = order}, clean, 10, 1),
                    Contains("population 60000 of 50000 images"));
  const auto file = [](int64_t population, int64_t trusted) {
    return Json{{"order", "file"}, {"population", population}, {"trusted_first", trusted}};
  };
  refused({.generator = "glc_hierarchical", .rate = 0.5, .options = file(50000, 2500)}, 10,
          "defined for 100 classes; found 10");
  CHECK_THROWS_WITH(make_noisy_labels({.generator = "glc_flip", .rate = 0.5, .options = file(40000, 0)}, clean, 10, 1),
                    Contains("population 40000, trusted_first 0 of 50000 images"));
  CHECK_THROWS_WITH(
      make_noisy_labels({.generator = "glc_uniform", .rate = 0.5, .options = file(50000, 50000)}, clean, 10, 1),
      Contains("trusted_first 50000"));
  Json both = order;
  both["trusted_first"] = 60;
  CHECK_THROWS_WITH(
      make_noisy_labels({.generator = "glc_uniform", .rate = 0.5, .options = both}, Labels(60000, 0), 10, 1),
      Contains("trusted_first is not defined"));
  refused(noise_of("symmetric_exclusive", "exact", "numpy_choice", 0.2), 10,
          "count \"exact\" is not defined with stream \"numpy_choice\"; allowed: per_sample with numpy_multinomial");
  refused(noise_of("cifar10_asymmetric", "subset", "philox", 0.2), 100, "defined for 10 classes; found 100");
  refused(noise_of("pair_flip", "exact", "philox", 1.0), 10, "rate 1 is outside [0, 1)");
  refused({.generator = "pair_flip", .rate = 0.2, .options = Json::object()}, 10, "option \"count\" is missing");
  CHECK_THROWS_AS(make_noisy_labels(noise_of("symmetric_exclusive", "per_sample", "numpy_choice", 0.2), clean, 10,
                                    uint64_t{1} << 32),
                  InputError);
  CHECK_THROWS_AS(make_noisy_labels(noise_of("pair_flip", "exact", "philox", 0.2), Labels{3, 10}, 10, 0),
                  InternalError);
}

TEST_CASE("The summary counts by clean row and noisy column", "[datasets][noise]") {
  const NoiseSummary summary = summarise_noise(Labels{0, 1, 1, 2}, Labels{0, 2, 1, 1}, 3, 0.5);
  CHECK(summary.matrix == std::vector<int64_t>{1, 0, 0, 0, 1, 1, 0, 1, 0});
  CHECK(summary.changed == 2);
  CHECK(summary.effective_rate == 0.5);
  // printf '\0\2\1\1' | sha256sum
  CHECK(summary.digest == "b1d748478ae6df80cfd53829287e1dad64ee5901ec65b527c34c142bcae065fe");
  // printf '\x2c\x01\0\0' | sha256sum
  CHECK(label_digest(Labels{300, 0}, 1000) == "f2dadabeae2223ad5a889fd86b220e112bad5cc37be496a1308e2c13f21d2bf4");
  // printf '\x05\0\1\0\0\0\0\0' | sha256sum
  CHECK(label_digest(Labels{65541, 0}, 70000) == "2b4efdb61936bb62c0eb90904e621f90bf82c187bebaec5757c54650dac297be");
  // printf '\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0\0\0\0\0' | sha256sum
  CHECK(label_digest(Labels{-1, 1}, 2) == "c9cb04ba987a95a535a8ba7d18b3815d0f04b47add63f2b18ed0a66f9a6d617a");
}

}  // namespace
}  // namespace nlb

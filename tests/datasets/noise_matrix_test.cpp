// The matrices that methods are told: of each generator, against what it draws.
#include "datasets/noise_matrix.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "datasets/noise.h"

namespace nlb {
namespace {

TEST_CASE("A generator's matrix is what its labels are drawn by", "[datasets][noise]") {
  struct Row {
    NoiseSpec noise;
    int64_t classes;
  };
  const auto words = [](const char* option, const char* word) { return Json{{option, word}, {"stream", "philox"}}; };
  const auto row = GENERATE_COPY(values<Row>({
      {{"symmetric_inclusive", 0.4, words("count", "per_sample")}, 10},
      {{"symmetric_exclusive", 0.4, words("count", "per_sample")}, 10},
      {{"symmetric_exclusive", 0.4, words("count", "exact_per_pair")}, 10},
      {{"pair_flip", 0.45, words("count", "exact")}, 10},
      {{"pair_flip", 0.45, {{"count", "per_sample"}, {"stream", "philox"}, {"class_order", {3, 1, 0, 2}}}}, 4},
      {{"biased_map", 0.3, words("count", "per_sample")}, 6},
      {{"cifar10_asymmetric", 0.4, words("variant", "per_sample")}, 10},
      {{"mnist_asymmetric", 0.6, words("variant", "per_class")}, 10},
      {{"cifar100_block_next", 0.3, words("variant", "per_sample")}, 100},
      {{"cifar100_superclass_next", 0.3, words("variant", "per_sample")}, 100},
      {{"cifar100_superclass_random", 0.3, words("variant", "per_sample")}, 100},
  }));
  CAPTURE(row.noise.generator, row.noise.options.dump());
  constexpr uint64_t kSeed = 5;
  const int64_t each = 2000;
  std::vector<int64_t> clean;
  for (int64_t i = 0; i < each * row.classes; ++i) clean.push_back(i % row.classes);
  const auto noisy = make_noisy_labels(row.noise, clean, row.classes, kSeed);
  const auto summary = summarise_noise(clean, noisy, row.classes, row.noise.rate);
  const auto matrix = label_matrix(row.noise, row.classes, kSeed);
  REQUIRE(std::ssize(matrix) == row.classes);
  for (int64_t c = 0; c < row.classes; ++c) {
    const auto& probabilities = matrix[static_cast<size_t>(c)];
    REQUIRE(std::ssize(probabilities) == row.classes);
    CHECK(std::accumulate(probabilities.begin(), probabilities.end(), 0.0) == Approx(1).epsilon(1e-14));
    for (int64_t k = 0; k < row.classes; ++k) {
      const double p = probabilities[static_cast<size_t>(k)];
      const auto count = static_cast<double>(summary.matrix[static_cast<size_t>(c * row.classes + k)]);
      CAPTURE(c, k, p);
      CHECK(std::abs(count - each * p) <= 5.5 * std::sqrt(each * p * (1 - p)) + 1e-9);
    }
  }
}

TEST_CASE("Classes that the best classifier of noisy labels never names are counted by hand", "[datasets][noise]") {
  const auto hidden = [](const char* generator, double rate, const Json& options, int64_t classes) {
    return classes_never_most_probable({generator, rate, options}, classes, 1);
  };
  const Json sampled = {{"count", "per_sample"}, {"stream", "philox"}};
  const Json mapped = {{"variant", "per_class"}, {"stream", "philox"}};
  // 7 to 1, 2 to 7, 3 to 8, 5 and 6 into each other: past a half 2 and 3 are nobody's, 5 and 6 each other's.
  CHECK(hidden("mnist_asymmetric", 0.6, mapped, 10) == 2);
  CHECK(hidden("mnist_asymmetric", 0.5, mapped, 10) == 0);
  CHECK(hidden("mnist_asymmetric", 0.2, mapped, 10) == 0);
  // Truck to automobile, bird to airplane, deer to horse, cat and dog into each other: 9, 2 and 4 past a half.
  CHECK(hidden("cifar10_asymmetric", 0.6, {{"variant", "per_sample"}, {"stream", "philox"}}, 10) == 3);
  CHECK(hidden("symmetric_exclusive", 0.8, sampled, 10) == 0);
  CHECK(hidden("pair_flip", 0.7, {{"count", "exact"}, {"stream", "philox"}}, 10) == 0);  // a permutation names all
  CHECK(hidden("label_file", 0.2, Json::object(), 10) == 0);
}

TEST_CASE("Generators whose labels need more than the clean one have no matrix", "[datasets][noise][errors]") {
  const auto refuses = [](const NoiseSpec& noise, const char* words) {
    CHECK_THROWS_WITH(label_matrix(noise, 10, 1), Catch::Contains(words));
  };
  for (const char* generator : {"instance_dependent", "label_file", "label_file_matrix", "own_labels", "open_set"}) {
    refuses({generator, 0.2}, "its labels do not follow from the clean one alone");
  }
  refuses({"cifar10_asymmetric", 0.4, {{"variant", "sequential"}, {"stream", "philox"}}}, "moved before");
  refuses({"nobody", 0.4}, "noise generator \"nobody\" is not built");
}

}  // namespace
}  // namespace nlb

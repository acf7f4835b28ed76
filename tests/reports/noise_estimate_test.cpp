#include "reports/judging/noise_estimate.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>

#include "datasets/noise.h"

namespace nlb {
namespace {

using Labels = std::vector<int64_t>;
using Catch::Matchers::Contains;

Labels balanced(int64_t count, int64_t classes) {
  Labels labels;
  for (int64_t i = 0; i < count; ++i) labels.push_back(i % classes);
  return labels;
}

NoiseEstimate drawn(const std::string& generator, double rate, int64_t count) {
  const NoiseSpec noise{
      .generator = generator, .rate = rate, .options = {{"count", "per_sample"}, {"stream", "philox"}}};
  const auto clean = balanced(count, 10);
  return estimate_noise(make_noisy_labels(noise, clean, 10, 3), clean, 10);
}

TEST_CASE("Clopper-Pearson intervals are scipy's", "[reports][estimate]") {
  // scipy.stats.binomtest(k, n).proportion_ci(0.95, "exact")
  struct Row {
    int64_t hits, trials;
    double low, high;
  };
  const auto row = GENERATE(values<Row>({{115, 500, 0.193801968259911, 0.26942516684617274},
                                         {3, 40, 0.015742179851041527, 0.20386474873289898},
                                         {1, 7, 0.0036102968619008097, 0.5787231970431982}}));
  const auto interval = clopper_pearson(row.hits, row.trials);
  CHECK(interval.low == Approx(row.low).epsilon(1e-10));
  CHECK(interval.high == Approx(row.high).epsilon(1e-10));
}

TEST_CASE("Clopper-Pearson intervals at the ends have a closed form", "[reports][estimate]") {
  CHECK(clopper_pearson(0, 10).low == 0);
  CHECK(clopper_pearson(0, 10).high == Approx(1 - std::pow(0.025, 0.1)).epsilon(1e-12));
  CHECK(clopper_pearson(10, 10).low == Approx(std::pow(0.025, 0.1)).epsilon(1e-12));
  CHECK(clopper_pearson(10, 10).high == 1);
  CHECK(clopper_pearson(0, 0).low == 0);
  CHECK(clopper_pearson(0, 0).high == 1);
}

TEST_CASE("Only samples whose clean label is known are counted", "[reports][estimate]") {
  const auto estimate = estimate_noise(Labels{0, 1, 2, 1, 0}, Labels{0, 2, -2, 1, -2}, 3);
  CHECK(estimate.checked == 3);
  CHECK(estimate.wrong == 1);
  CHECK(estimate.counts == Labels{1, 0, 0, 0, 1, 0, 0, 1, 0});
  CHECK(estimate.row_sum(2) == 1);
  CHECK(estimate.entry_interval(2, 1).high == 1);
}

TEST_CASE("The concentration by hand", "[reports][estimate]") {
  // Class 0, C = 4: wrong labels 1, 1, 2: of six ordered pairs two agree; (1/3 - 1/3) / (1 - 1/3) = 0.
  CHECK(estimate_noise(Labels{1, 1, 2, 0}, Labels{0, 0, 0, 0}, 4).concentration() == Approx(0).margin(1e-12));
  CHECK(estimate_noise(Labels{1, 1, 1, 0}, Labels{0, 0, 0, 0}, 4).concentration() == Approx(1));
  CHECK(std::isnan(estimate_noise(Labels{1, 0}, Labels{0, 0}, 4).concentration()));  // one wrong label says nothing
}

TEST_CASE("The concentration tells even noise from noise to one class", "[reports][estimate]") {
  CHECK(drawn("symmetric_exclusive", 0.4, 4000).concentration() == Approx(0).margin(0.03));
  CHECK(drawn("pair_flip", 0.4, 4000).concentration() == Approx(1));
  CHECK(drawn("symmetric_exclusive", 0.4, 100).concentration() == Approx(0).margin(0.2));  // no bias from few
}

TEST_CASE("The protocols nearest to noise of known rate and kind have that noise", "[reports][estimate]") {
  std::vector<Protocol> protocols;
  for (const auto* id : {"cifar10_sym", "cifar10_pairflip", "cifar10_asym"}) {
    protocols.push_back(read_protocol(std::string(NLB_SOURCE_DIR) + "/protocols/" + id + ".json", facts()));
  }
  const auto pair = nearest_settings(drawn("pair_flip", 0.45, 4000), protocols, facts(), 3);
  REQUIRE(pair.size() == 3);
  CHECK(pair[0].protocol == "cifar10_pairflip");
  CHECK(pair[0].rate == Approx(0.45).margin(0.03));
  const auto even = nearest_settings(drawn("symmetric_exclusive", 0.2, 4000), protocols, facts(), 1);
  REQUIRE(even.size() == 1);
  CHECK(even[0].protocol == "cifar10_sym");
  CHECK(even[0].rate == Approx(0.2).margin(0.03));
  CHECK(even[0].concentration < 0.1);
  CHECK_THAT(near_lines(even).at(1), Contains("cifar10_sym"));
}

TEST_CASE("Every shipped protocol can be compared with, whatever its noise needs", "[reports][estimate]") {
  std::vector<Protocol> protocols;
  for (const auto& file : std::filesystem::directory_iterator(std::string(NLB_SOURCE_DIR) + "/protocols")) {
    if (file.path().extension() == ".json") protocols.push_back(read_protocol(file.path(), facts()));
  }
  const auto near = nearest_settings(drawn("pair_flip", 0.45, 400), protocols, facts(), protocols.size());
  CHECK(near.size() > 10);
  for (size_t i = 1; i < near.size(); ++i) CHECK(near[i - 1].distance <= near[i].distance);
  CHECK(std::none_of(near.begin(), near.end(), [](const auto& one) { return one.protocol == "cifar10_openset"; }));
}

TEST_CASE("An estimate in words has its interval and each class", "[reports][estimate]") {
  const auto lines = estimate_lines(estimate_noise(Labels{0, 1, 1, 1}, Labels{0, 0, 1, 1}, 2), {"cat", "dog"});
  CHECK_THAT(lines.at(0), Contains("1 of 4 checked labels are wrong: 25.0 %, 95 % interval 0.6–80.6 %"));
  CHECK_THAT(lines.at(3), Contains("cat (2 checked): cat 50.0 %") && Contains("dog 50.0 %"));
  CHECK(estimate_lines(estimate_noise(Labels{0}, Labels{-2}, 2), {"cat", "dog"}).size() == 1);
}

/// `right` of a hundred labels of each of `classes` stand under class + `shift`, the others evenly under all others.
NoiseEstimate made_estimate(int64_t classes, int64_t right, int64_t shift) {
  Labels given, clean;
  for (int64_t c = 0; c < classes; ++c) {
    for (int64_t i = 0; i < 100; ++i) {
      clean.push_back(c);
      given.push_back((c + shift + (i < right ? 0 : 1 + i % (classes - 1))) % classes);
    }
  }
  return estimate_noise(given, clean, classes);
}

TEST_CASE("Columns that name the classes differently, or speak of other images, are told of", "[reports][own]") {
  const std::vector<std::string> names = {"cat", "dog", "fox"};
  for (const int64_t right : {100, 80, 50}) CHECK(estimate_doubts(made_estimate(3, right, 0), names).empty());
  const auto renamed = estimate_doubts(made_estimate(3, 80, 1), names);
  REQUIRE(renamed.size() == 1);
  CHECK_THAT(renamed.front(),
             Contains("cat -> dog, dog -> fox, fox -> cat; so 240 of 300 checked labels would be right, "
                      "in place of 30: put the names right"));
  Labels given, clean;  // each of nine pairs as often
  for (int64_t i = 0; i < 90; ++i) {
    given.push_back(i % 3);
    clean.push_back(i / 3 % 3);
  }
  const auto unrelated = estimate_doubts(estimate_noise(given, clean, 3), names);
  REQUIRE(unrelated.size() == 1);
  CHECK_THAT(unrelated.front(), Contains("30 of 90 checked labels are right, no more than chance gives (33.3 %)"));
  CHECK(estimate_doubts(estimate_noise(Labels{0, 1}, Labels{1, 0}, 3), names).empty());  // too few to say
  CHECK_THAT(estimate_lines(made_estimate(3, 80, 1), names).at(2), Contains("note: the columns seem to name"));
}

}  // namespace
}  // namespace nlb

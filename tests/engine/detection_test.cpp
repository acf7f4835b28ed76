#include "engine/detection.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace nlb {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Expected: pairs, thresholds and orders counted one by one (average precision as scikit-learn defines it).
TEST_CASE("Detection of wrong labels agrees with counting all pairs and orders", "[engine][detection]") {
  struct Row {
    const char* why;
    std::vector<float> suspicion;
    std::vector<uint8_t> wrong;
    double auroc, average_precision, recall;
  };
  const auto row = GENERATE(values<Row>(
      {{"a tie between right and wrong", {.9f, .8f, .8f, .3f, .2f}, {1, 0, 1, 0, 1}, 7.0 / 12, 34.0 / 45, 2.0 / 3},
       {"no information", {1, 1, 1, 1}, {1, 0, 0, 1}, 0.5, 0.5, 0.5},
       {"perfect", {5, 4, 3, 2, 1}, {1, 1, 0, 0, 0}, 1, 1, 1},
       {"all the wrong way", {1, 2, 3, 4}, {1, 1, 0, 0}, 0, 5.0 / 12, 0},
       {"a tie at the border", {7, 7, 7, 2, 2, 1}, {1, 1, 0, 1, 0, 0}, 13.0 / 18, 29.0 / 45, 2.0 / 3},
       {"not a number is most suspect", {kNaN, 4, 3, 2}, {1, 0, 0, 0}, 1, 1, 1}}));
  CAPTURE(row.why);
  const DetectionScore found = detect_wrong_labels(row.suspicion, row.wrong);
  CHECK(found.auroc == Approx(row.auroc).epsilon(1e-12));
  CHECK(found.average_precision == Approx(row.average_precision).epsilon(1e-12));
  CHECK(found.recall_at_wrong == Approx(row.recall).epsilon(1e-12));
}

TEST_CASE("Without wrong or without right labels there is nothing to detect", "[engine][detection]") {
  const std::vector<float> suspicion = {1, 2};
  CHECK(std::isnan(detect_wrong_labels(suspicion, std::vector<uint8_t>{0, 0}).auroc));
  CHECK(std::isnan(detect_wrong_labels(suspicion, std::vector<uint8_t>{1, 1}).average_precision));
  CHECK(std::isnan(detect_wrong_labels({}, {}).recall_at_wrong));
}

}  // namespace
}  // namespace nlb

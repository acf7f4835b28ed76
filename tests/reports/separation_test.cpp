// Areas under ROC curves: expected values from the definitions of DeLong, DeLong and Clarke-Pearson (1988), pair by
// pair.
#include "reports/judging/separation.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace nlb;
using Catch::Matchers::Contains;

namespace {

/// `wrong` samples whose label is known to be wrong, as many right ones, then one nobody looked at. The score of sample
/// i is scores[i]; its loss is losses[i].
KeptSamples kept(const std::vector<double>& scores, const std::vector<double>& losses, size_t wrong) {
  KeptSamples samples;
  samples.trial = std::string(64, 'a');
  samples.has_score = true;
  for (size_t i = 0; i < scores.size(); ++i) {
    samples.image.push_back(static_cast<int64_t>(i));
    samples.given.push_back(0);
    samples.clean.push_back(i < wrong ? 1 : 0);
    samples.epoch.push_back(1);
    samples.predicted.push_back(0);
  }
  samples.clean.back() = -2;
  samples.clean_score = scores;
  samples.loss = losses;
  return samples;
}

/// 40 wrong and 40 right labels and one unknown; `apart`: how far the values of wrong and right ones lie apart. Scores
/// (37) and losses (17) are stirred differently.
std::vector<double> values(double apart, double sign) {
  std::vector<double> list;
  const int stir = sign < 0 ? 37 : 17;
  for (int i = 0; i < 81; ++i) list.push_back(sign * (i * stir % 41 + (i < 40 ? apart : 0)));
  return list;
}

}  // namespace

TEST_CASE("equal values share the mean of their ranks", "[reports][separation]") {
  CHECK(midranks(std::vector<double>{3, 1, 3, 2, 3}) == std::vector<double>{4, 1, 4, 2, 4});
  CHECK(midranks(std::vector<double>{}).empty());
}

TEST_CASE("areas and their difference are DeLong's", "[reports][separation]") {
  ScoredSamples samples{.first = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4},
                        .second = {2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5, 2, 3, 5, 3, 6, 0, 2, 8},
                        .wrong = {}};
  for (size_t i = 0; i < samples.first.size(); ++i) samples.wrong.push_back(i % 2 == 0 || i == 5 || i == 11);
  const auto areas = compare_areas(samples);
  CHECK(areas.wrong == 14);
  CHECK(areas.right == 10);
  CHECK(areas.first == Approx(0.7678571428571429).epsilon(1e-12));
  CHECK(areas.second == Approx(0.3857142857142858).epsilon(1e-12));
  CHECK(areas.p == Approx(0.017237815213373496).epsilon(1e-9));
  samples.second = samples.first;
  CHECK(compare_areas(samples).p == 1);
}

TEST_CASE("the list is made by the measure that tells the known wrong labels apart", "[reports][separation]") {
  const auto poor = values(2, -1), good = values(30, 1);  // a low score and a large loss are suspicious
  const auto by_loss = choose_suspicion(kept(poor, good, 40));
  CHECK(by_loss.by == Suspicion::loss);
  CHECK_THAT(by_loss.why, Contains("on 40 wrong and 40 right labels that are known") && Contains("p = "));
  const auto by_score = choose_suspicion(kept(values(30, -1), values(2, 1), 40));
  CHECK(by_score.by == Suspicion::clean_score);
  const auto alike = choose_suspicion(kept(values(2, -1), values(3, 1), 40));
  CHECK(alike.by == Suspicion::clean_score);
  CHECK_THAT(alike.why, Contains("no proof that the loss is better"));
}

TEST_CASE("without known labels, or without a score, nothing is chosen by them", "[reports][separation]") {
  auto samples = kept(values(2, -1), values(30, 1), 40);
  for (size_t i = 9; i < 40; ++i) samples.clean[i] = -2;  // nine known wrong labels
  CHECK_FALSE(score_against_loss(samples));
  CHECK(choose_suspicion(samples).by == Suspicion::clean_score);
  CHECK_THAT(choose_suspicion(samples).why, Contains("too few right labels are known"));
  samples.has_score = false;
  CHECK(choose_suspicion(samples).by == Suspicion::loss);
}

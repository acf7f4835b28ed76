// reports/judging/separation.h -- how well scores tell wrong labels from right ones: areas under ROC curves, compared
// as DeLong, DeLong and Clarke-Pearson do (Biometrics 44, 1988).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/suspicion.h"

namespace nlb {

/// Ranks from 1 up, equal values share the mean of theirs.
std::vector<double> midranks(std::span<const double> values);

/// Two scores of the same samples; a larger one says "wrong".
struct ScoredSamples {
  std::vector<double> first, second;
  std::vector<bool> wrong;
};
struct TwoAreas {
  int64_t wrong = 0, right = 0;
  double first = 0, second = 0;  ///< AUROC: .5 is chance
  double p = 1;                  ///< two-sided, that the areas are equal; 1 where they are
};
/// Needs two wrong and two right samples.
TwoAreas compare_areas(const ScoredSamples& samples);

/// The method's own score against its loss on the samples whose right label is known. Absent where the method has no
/// score, or fewer than ten wrong or ten right labels are known among the samples that have both.
std::optional<TwoAreas> score_against_loss(const KeptSamples& samples);

/// By which measure the list of suspects is made, and why, in words.
struct ChosenSuspicion {
  Suspicion by = Suspicion::loss;
  std::string why;
};
/// The method's own score, unless the known labels say (p < .05) that its loss separates wrong from right ones better.
ChosenSuspicion choose_suspicion(const KeptSamples& samples);

}  // namespace nlb

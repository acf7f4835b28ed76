// results/suspicion.h -- kept samples by suspicion: by the method's own score or by the loss.
#pragma once

#include <cstddef>
#include <vector>

#include "results/samples.h"

namespace nlb {

enum class Suspicion { clean_score, loss };

/// Whether the right label of row `row` is known.
bool is_checked(const KeptSamples& samples, size_t row);

/// How suspicious a row is, and what parts rows that are equally so: lowest clean score, then largest loss; or the
/// other way about. NaN where the row was in no step that says it.
struct Suspected {
  double first = 0, second = 0;
};
Suspected suspected(const KeptSamples& samples, size_t row, Suspicion by);

/// Rows by suspicion, ties by the other measure (a method may give hundreds of samples a clean score of exactly 0),
/// then by image. Rows that cannot be ranked are not among them.
std::vector<size_t> most_suspicious_first(const KeptSamples& samples, Suspicion by);

}  // namespace nlb

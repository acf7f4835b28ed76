// reports/pages/correction_gap.h -- what correcting labels gains: each row on labels as they were given beside the same
// row on those that somebody corrected, paired by seed.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

#include "core/json.h"
#include "reports/pages/showing.h"

namespace nlb {

struct CorrectionGap {
  const Cell* before = nullptr;
  const Cell* after = nullptr;
  /// After minus before on shared seed entries (positive: after is better), Holm over all gaps of the group.
  PairedTest test;
};
/// Rows that are measured on two settings of the group which differ in nothing but the option `corrected` of generator
/// own_labels, with two shared seed entries or more; under the group's rule.
std::vector<CorrectionGap> correction_gaps(const GroupShowing& showing);

/// {any, lines[{name, before, after, gap}]}
kainjow::mustache::data correction_gap_data(const GroupShowing& showing);
/// A section with a table, "" without gaps.
std::string correction_gap_markdown(const GroupShowing& showing);
/// [{row, before, after, difference, uncertainty, p, seeds}]: before and after are column ids.
Json correction_gap_json(const GroupShowing& showing);

}  // namespace nlb

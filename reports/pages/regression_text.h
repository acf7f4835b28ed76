// reports/pages/regression_text.h -- the outcome of `nlbench check` for people and for CI: the same cells, the same
// words.
#pragma once

#include <string>
#include <vector>

#include "reports/judging/regression.h"

namespace nlb {

/// Of one cell: result, baseline "61.20 (5)", measured "61.36 (5)", move, allowed, smallest move seen, reason.
const std::vector<std::string>& check_headings();
std::vector<std::string> check_row(const CheckedCell& cell);

/// "12 cells of the baseline: 1 OUTSIDE, 1 not measured, 2 within, 8 same chains." and what is not guarded.
std::string check_sentence(const CheckResult& result);
std::string check_markdown(const CheckResult& result, const Baseline& baseline, const std::string& file);
/// JUnit XML: a test case per cell; faults are failures, gaps are errors (is_gap).
std::string check_junit(const CheckResult& result, const std::string& file);

}  // namespace nlb

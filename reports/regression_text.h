// reports/regression_text.h -- the outcome of `nlbench check` for people and for CI: the same cells, the same words.
#pragma once

#include <string>
#include <vector>

#include "reports/regression.h"

namespace nlb {

/// Of one cell: result, baseline "61.20 (5)", measured "61.36 (5)", move, allowed, smallest move seen, reason.
const std::vector<std::string>& check_headings();
std::vector<std::string> check_row(const CheckedCell& cell);

/// "Of 12 cells of the baseline 10 hold (8 same chains, 2 within their interval), 1 is outside ...; 1 not measured."
std::string check_sentence(const CheckResult& result);
std::string check_markdown(const CheckResult& result, const Baseline& baseline, const std::string& file);
/// JUnit XML: a test case per cell; faults are failures, cells that were not measured or compared are errors.
std::string check_junit(const CheckResult& result, const std::string& file);

}  // namespace nlb

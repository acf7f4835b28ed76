// reports/pages/reading.h -- "How to read this page" in the page's own numbers.
#pragma once

#include <kainjow/mustache.hpp>
#include <vector>

#include "reports/pages/page_state.h"

namespace nlb {

/// {tolerances[{points, where}], tolerance_reason, counts{<word class>: "12 here"}, example{cell, href, measured, n,
/// published, delta, u, tolerance, word}, ranks{cell, href, text, first, behind}}: the example is the first cell that
/// was judged, else the first measured with a deviation; absent parts are false.
kainjow::mustache::data reading_data(const Table& table, const std::vector<GroupPage>& groups);

}  // namespace nlb

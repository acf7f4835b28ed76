// reports/pages/loss_histogram.h -- losses of rightly and wrongly labelled training samples, where `run --keep samples`
// kept them.
#pragma once

#include <kainjow/mustache.hpp>

#include "results/record.h"

namespace nlb {

/// {empty} or {right, wrong, bars[{x, width, right_y, right_height, wrong_y, wrong_height, text}], ticks, ...} for
/// templates/histogram.mustache. Each of the two is in percent of its own samples.
kainjow::mustache::data loss_histogram_data(const Record& record);

}  // namespace nlb

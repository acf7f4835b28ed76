#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "reports/pages/page_data.h"
#include "reports/pages/run_view.h"
#include "reports/pages/sections.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr double kWidth = 150, kMargin = 7;
constexpr double kMiddle = 11, kStep = 3;
constexpr double kNarrowest = 0.1;  // points: a line that shows less would make rounding look like spread

}  // namespace

data seed_dots_data(const Cell& cell, const std::string& rule, bool run_views) {
  const auto values = cell.values(rule);
  data entry, dots{data::type::list}, marks{data::type::list};
  entry.set("empty", flag(values.empty()));
  if (values.empty()) return entry;
  double low = *std::min_element(values.begin(), values.end());
  double high = *std::max_element(values.begin(), values.end());
  for (const auto& judgement : cell.judgements) {
    if (judgement.published->rule != rule) continue;
    low = std::min(low, judgement.published->value);
    high = std::max(high, judgement.published->value);
  }
  const double missing = std::max(0.0, kNarrowest - (high - low)) / 2;
  low -= missing;
  high += missing;
  const auto place = [&](double value) {
    return fixed(kMargin + (value - low) / (high - low) * (kWidth - 2 * kMargin), 1);
  };
  for (size_t i = 0; i < values.size(); ++i) {
    data dot;
    dot.set("x", place(values[i]));
    dot.set("y", fixed(kMiddle + kStep * (static_cast<double>(i % 3) - 1), 0));  // equal values stay apart
    dot.set("text", "seed " + cell.seeds[i].seed + ": " + fixed(values[i], 2));
    set_text(dot, "href", run_views ? run_view_link(cell.seeds[i]) : std::string());
    dots.push_back(dot);
  }
  for (const auto& judgement : cell.judgements) {
    if (judgement.published->rule != rule) continue;
    data mark;
    mark.set("x", place(judgement.published->value));
    mark.set("text", "published " + fixed(judgement.published->value, judgement.published->decimals));
    marks.push_back(mark);
  }
  entry.set("low", fixed(low, 2));
  entry.set("high", fixed(high, 2));
  entry.set("dots", dots);
  entry.set("marks", marks);
  return entry;
}

}  // namespace nlb

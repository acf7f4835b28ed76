#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "reports/judging/critical_difference.h"
#include "reports/pages/page_data.h"
#include "reports/pages/sections.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr double kWidth = 720, kSide = 200, kAxis = 34;  // names stand left and right of the axis
constexpr double kBarStep = 8, kLine = 20;

double place(double rank, size_t rows) {
  return kSide + (rank - 1) / (static_cast<double>(rows) - 1) * (kWidth - 2 * kSide);
}

data tick_data(size_t rows) {
  data list{data::type::list};
  for (size_t rank = 1; rank <= rows; ++rank) {
    data tick;
    tick.set("at", fixed(place(static_cast<double>(rank), rows), 1));
    tick.set("label", std::to_string(rank));
    list.push_back(tick);
  }
  return list;
}

data bar_list(const CriticalDifference& found) {
  data list{data::type::list};
  for (size_t i = 0; i < found.bars.size(); ++i) {
    double low = static_cast<double>(found.rows.size()), high = 1;
    for (const auto& row : found.rows) {
      if (std::find(found.bars[i].begin(), found.bars[i].end(), row.row) == found.bars[i].end()) continue;
      low = std::min(low, row.rank);
      high = std::max(high, row.rank);
    }
    data bar;
    bar.set("x1", fixed(place(low, found.rows.size()) - 3, 1));
    bar.set("x2", fixed(place(high, found.rows.size()) + 3, 1));
    bar.set("y", fixed(kAxis + kBarStep * static_cast<double>(i + 1), 1));
    list.push_back(bar);
  }
  return list;
}

/// The better half hangs to the left, the others to the right, so that no two lines cross.
data row_list(const CriticalDifference& found) {
  data list{data::type::list};
  const size_t count = found.rows.size(), left = (count + 1) / 2;
  const double first = kAxis + kBarStep * static_cast<double>(found.bars.size() + 1) + kLine;
  for (size_t i = 0; i < count; ++i) {
    const bool is_left = i < left;
    const double line = static_cast<double>(is_left ? i : count - 1 - i);
    data row;
    row.set("x", fixed(place(found.rows[i].rank, count), 1));
    row.set("y", fixed(first + kLine * line, 1));
    row.set("edge", fixed(is_left ? kSide - 10 : kWidth - kSide + 10, 1));
    row.set("text_at", fixed(is_left ? kSide - 14 : kWidth - kSide + 14, 1));
    row.set("anchor", std::string(is_left ? "end" : "begin"));
    row.set("title", found.rows[i].title);
    row.set("rank", fixed(found.rows[i].rank, 2));
    list.push_back(row);
  }
  return list;
}

}  // namespace

data critical_difference_data(const std::vector<const Table*>& tables) {
  const auto found = critical_difference(tables);
  data result;
  set_text(result, "reason", found.reason);
  result.set("drawn", flag(found.reason.empty()));
  if (!found.reason.empty()) return result;
  const size_t lines = (found.rows.size() + 1) / 2;
  result.set("width", fixed(kWidth, 0));
  result.set(
      "height",
      fixed(kAxis + kBarStep * static_cast<double>(found.bars.size() + 1) + kLine * static_cast<double>(lines + 1), 0));
  result.set("axis", fixed(kAxis, 0));
  result.set("left", fixed(kSide, 0));
  result.set("right", fixed(kWidth - kSide, 0));
  result.set("ticks", tick_data(found.rows.size()));
  result.set("bars", bar_list(found));
  result.set("rows", row_list(found));
  result.set("difference", fixed(found.difference, 2));
  result.set("p", significant(found.p, 2));
  result.set("blocks", join(found.blocks, "; "));
  result.set("count", std::to_string(found.blocks.size()));
  return result;
}

}  // namespace nlb

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/text.h"
#include "reports/judging/rank_agreement.h"
#include "reports/pages/escape.h"
#include "reports/pages/page_data.h"
#include "reports/pages/sections.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr int kShades = 9;  // of templates/style.css, .heat

std::vector<Agreement> found_in(const GroupShowing& showing) {
  return rank_agreements(showing.table(), showing.group(), showing.rule());
}

std::string interval_text(const Agreement& agreement) {
  return fixed(agreement.low, 2) + " to " + fixed(agreement.high, 2);
}

std::string tau_class(const Agreement& agreement) {
  if (agreement.tau < 0) return "behind";
  return "heat h" + std::to_string(static_cast<int>(std::lround(agreement.tau * kShades)));
}

std::string pairs_text(std::ptrdiff_t count) { return std::to_string(count) + (count == 1 ? " pair" : " pairs"); }

/// "Of 3 pairs of columns 2 order the rows alike, 0 the other way round, 1 is open; ..."
std::string sentence_of(const std::vector<Agreement>& found) {
  const auto alike = std::count_if(found.begin(), found.end(), [](const Agreement& one) { return one.low > 0; });
  const auto opposite = std::count_if(found.begin(), found.end(), [](const Agreement& one) { return one.high < 0; });
  const auto open = static_cast<std::ptrdiff_t>(found.size()) - alike - opposite;
  return "Of " + pairs_text(static_cast<std::ptrdiff_t>(found.size())) + " of columns " + std::to_string(alike) +
         " surely order the rows alike, " + std::to_string(opposite) + " surely the other way round, " +
         std::to_string(open) + " stay open: their interval holds 0.";
}

/// Columns that meet another one, in the group's order.
std::vector<const Column*> columns_of(const std::vector<Agreement>& found, const Group& group) {
  std::vector<const Column*> columns;
  for (const auto& column : group.columns) {
    const bool meets = std::any_of(found.begin(), found.end(),
                                   [&](const Agreement& one) { return one.first == &column || one.second == &column; });
    if (meets) columns.push_back(&column);
  }
  return columns;
}

std::string how_text() {
  return "Kendall's tau-b over the rows that are measured whole in both columns, and its 95 % interval over the choice "
         "of rows (percentile bootstrap, " +
         std::to_string(kResamplings) + " draws).";
}

}  // namespace

data rank_agreement_data(const GroupShowing& showing) {
  const auto found = found_in(showing);
  std::map<std::pair<const Column*, const Column*>, const Agreement*> places;
  for (const auto& one : found) places[{one.first, one.second}] = places[{one.second, one.first}] = &one;
  const auto columns = columns_of(found, showing.group());
  data result, names{data::type::list}, lines{data::type::list};
  for (const auto* row : columns) {
    names.push_back(row->title);
    data line, cells{data::type::list};
    for (const auto* column : columns) {
      const auto place = places.find({row, column});
      data cell;
      set_text(cell, "tau", place == places.end() ? std::string() : fixed(place->second->tau, 2));
      set_text(cell, "interval", place == places.end() ? std::string() : interval_text(*place->second));
      cell.set("class", place == places.end() ? std::string("even") : tau_class(*place->second));
      cells.push_back(cell);
    }
    line.set("name", row->title);
    line.set("cells", cells);
    lines.push_back(line);
  }
  result.set("any", flag(!found.empty()));
  result.set("sentence", sentence_of(found));
  result.set("how", how_text());
  result.set("names", names);
  result.set("lines", lines);
  return result;
}

std::string rank_agreement_markdown(const GroupShowing& showing) {
  const auto found = found_in(showing);
  if (found.empty()) return "";
  std::string text = "\n### Rank agreement\n\n" + sentence_of(found) + " " + how_text() +
                     "\n\n| columns | tau | 95 % | rows |\n|---|---|---|---|\n";
  for (const auto& one : found) {
    text += "| " + markdown_escaped(one.first->title) + " and " + markdown_escaped(one.second->title) + " | " +
            fixed(one.tau, 2) + " | " + interval_text(one) + " | " + std::to_string(one.rows) + " |\n";
  }
  return text;
}

Json rank_agreement_json(const GroupShowing& showing) {
  Json list = Json::array();
  for (const auto& one : found_in(showing)) {
    list.push_back({{"columns", {one.first->id, one.second->id}},
                    {"rows", one.rows},
                    {"tau", one.tau},
                    {"low", one.low},
                    {"high", one.high}});
  }
  return list;
}

}  // namespace nlb

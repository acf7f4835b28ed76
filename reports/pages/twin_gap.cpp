#include <algorithm>

#include "reports/judging/statistics.h"
#include "reports/pages/page_data.h"
#include "reports/pages/sections.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

/// Same images, labels and trusted set: then only recipe and configuration differ.
bool same_conditions(const Cell& own, const Cell& twin) {
  const auto first = to_json(own.seeds.front().records.front()->spec);
  const auto second = to_json(twin.seeds.front().records.front()->spec);
  const auto equal = [&](const char* part) { return first.value(part, Json()) == second.value(part, Json()); };
  return equal("data") && equal("noise") && equal("trusted");
}

/// The twin's cell of the same row and column; the twin may spread its columns over groups.
const Cell* cell_of_twin(const Table& twin, const Cell& own) {
  for (const auto& group : twin.protocol->groups) {
    const auto* cell = twin.find(group.id, own.row->id, own.column->id);
    if (cell != nullptr && !cell->seeds.empty() && same_conditions(own, *cell)) return cell;
  }
  return nullptr;
}

}  // namespace

std::vector<TwinGap> twin_gaps(const GroupShowing& showing, const Table& twin) {
  std::vector<TwinGap> gaps;
  std::vector<double> p;
  for (const auto& row : showing.group().rows) {
    for (const auto& column : showing.group().columns) {
      const auto& own = showing.cell(row, column);
      if (column.kind != Column::Kind::setting || own.seeds.empty()) continue;
      const auto* other = cell_of_twin(twin, own);
      if (other == nullptr) continue;
      const auto test = paired_test(own, *other, showing.rule(), showing.table().protocol->lower_is_better);
      if (!test) continue;
      gaps.push_back({&own, other, *test});
      p.push_back(test->p);
    }
  }
  const auto adjusted = holm(p);
  for (size_t i = 0; i < gaps.size(); ++i) gaps[i].test.adjusted_p = adjusted[i];
  return gaps;
}

data twin_gap_data(const GroupShowing& showing, const Table& twin) {
  const auto gaps = twin_gaps(showing, twin);
  const auto gap_at = [&](const Row& row, const Column& column) {
    return std::find_if(gaps.begin(), gaps.end(),
                        [&](const TwinGap& gap) { return gap.own->row == &row && gap.own->column == &column; });
  };
  const auto any_in = [&](const Column& column) {
    return std::any_of(gaps.begin(), gaps.end(), [&](const TwinGap& gap) { return gap.own->column == &column; });
  };
  data entry, names{data::type::list}, lines{data::type::list};
  for (const auto& column : showing.group().columns) {
    if (any_in(column)) names.push_back(column.title);
  }
  for (const auto& row : showing.group().rows) {
    data line, cells{data::type::list};
    bool any = false;
    for (const auto& column : showing.group().columns) {
      if (!any_in(column)) continue;
      const auto found = gap_at(row, column);
      any = any || found != gaps.end();
      data cell;
      cell.set("text", found == gaps.end() ? std::string() : difference_text(found->test));
      cells.push_back(cell);
    }
    if (!any) continue;
    line.set("name", row.title);
    line.set("cells", cells);
    lines.push_back(line);
  }
  entry.set("title", twin.protocol->title);
  entry.set("href", twin.protocol->id + ".html");
  entry.set("any", flag(!gaps.empty()));
  entry.set("names", names);
  entry.set("lines", lines);
  return entry;
}

}  // namespace nlb

#include <optional>

#include "datasets/noise_inputs.h"
#include "reports/judging/statistics.h"
#include "reports/pages/escape.h"
#include "reports/pages/page_data.h"
#include "reports/pages/sections.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

/// The column on labels as given that `after` stands beside; null for any other column.
const Column* column_before(const Group& group, const Column& after) {
  if (after.kind != Column::Kind::setting) return nullptr;
  const auto& corrected = group.setting(after.settings.front());
  if (!corrects_labels(corrected.noise)) return nullptr;
  for (const auto& column : group.columns) {
    if (column.kind != Column::Kind::setting) continue;
    const auto& setting = group.setting(column.settings.front());
    const bool same_trust = setting.trusted.has_value() == corrected.trusted.has_value() &&
                            (!setting.trusted || setting.trusted->count == corrected.trusted->count);
    if (takes_set_labels(setting.noise) && !corrects_labels(setting.noise) && same_trust &&
        setting.frozen == corrected.frozen)
      return &column;
  }
  return nullptr;
}

}  // namespace

std::vector<CorrectionGap> correction_gaps(const GroupShowing& showing) {
  std::vector<CorrectionGap> gaps;
  std::vector<double> p;
  for (const auto& column : showing.group().columns) {
    const auto* before = column_before(showing.group(), column);
    if (before == nullptr) continue;
    for (const auto& row : showing.group().rows) {
      const auto &first = showing.cell(row, column), &second = showing.cell(row, *before);
      const auto test = paired_test(first, second, showing.rule(), showing.table().protocol->lower_is_better);
      if (!test) continue;
      gaps.push_back({.before = &second, .after = &first, .test = *test});
      p.push_back(test->p);
    }
  }
  const auto adjusted = holm(p);
  for (size_t i = 0; i < gaps.size(); ++i) gaps[i].test.adjusted_p = adjusted[i];
  return gaps;
}

data correction_gap_data(const GroupShowing& showing) {
  const auto gaps = correction_gaps(showing);
  data entry, lines{data::type::list};
  for (const auto& gap : gaps) {
    data line;
    line.set("name", gap.after->row->title);
    line.set("before", measured_text(*gap.before, showing.rule()));
    line.set("after", measured_text(*gap.after, showing.rule()));
    line.set("gap", difference_text(gap.test));
    lines.push_back(line);
  }
  entry.set("any", flag(!gaps.empty()));
  entry.set("lines", lines);
  return entry;
}

std::string correction_gap_markdown(const GroupShowing& showing) {
  std::string lines;
  for (const auto& gap : correction_gaps(showing)) {
    lines += "| " + markdown_escaped(gap.after->row->title) + " | " + measured_text(*gap.before, showing.rule()) +
             " | " + measured_text(*gap.after, showing.rule()) + " | " + difference_text(gap.test) + " |\n";
  }
  if (lines.empty()) return lines;
  return "\n### Before and after the labels were corrected\n\nThe same row on the labels as given and on the corrected "
         "ones; the last column is after minus before, paired over shared seeds (their number), with a 95 % interval; "
         "▲ "
         "▼: it differs (Student-t, Holm over these cells, level 0.05).\n\n| row | before | after | difference |\n"
         "|---|---|---|---|\n" +
         lines;
}

Json correction_gap_json(const GroupShowing& showing) {
  Json list = Json::array();
  for (const auto& gap : correction_gaps(showing)) {
    list.push_back({{"row", gap.after->row->id},
                    {"before", gap.before->column->id},
                    {"after", gap.after->column->id},
                    {"difference", gap.test.difference},
                    {"uncertainty", gap.test.uncertainty},
                    {"p", gap.test.adjusted_p},
                    {"seeds", gap.test.n}});
  }
  return list;
}

}  // namespace nlb

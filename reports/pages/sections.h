// reports/pages/sections.h -- the sections of a page beside its tables and curves, each in every form in which it is
// shown: data for the template of its name, Markdown, JSON. A section without content says so by {any: false}, by
// {empty} or by "".
#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

#include "core/json.h"
#include "reports/pages/showing.h"

namespace nlb {

/// What the ± of a group's cells is a deviation over: which draws vary with the seed, at which settings, and which are
/// one for all.
std::string draws_line(const Protocol& protocol, const Group& group);

/// The seeds of a cell as dots on a short line that spans them, published values as hollow marks beside them: {empty}
/// or {low, high, dots[{x, y, text, href?}], marks[{x, text}]}.
kainjow::mustache::data seed_dots_data(const Cell& cell, const std::string& rule, bool run_views);

/// Accuracy class by class, one table per column of the group: [{title, classes[{name, images}], lines[{name, balanced,
/// cells[{text, class}]}]}].
kainjow::mustache::data class_tables_data(const GroupShowing& showing);
std::string class_tables_markdown(const GroupShowing& showing);

/// Whether columns order the rows alike, under the group's rule: {any, sentence, names[], lines[{name, cells[{class,
/// tau, interval}]}]}.
kainjow::mustache::data rank_agreement_data(const GroupShowing& showing);
std::string rank_agreement_markdown(const GroupShowing& showing);
/// [{columns: [a, b], rows, tau, low, high}]
Json rank_agreement_json(const GroupShowing& showing);

/// Average ranks on a line, joined where they do not differ: {reason} or {width, height, ticks, rows[{x, y, anchor,
/// title, rank}], bars[{x1, x2, y}], difference, p, blocks}.
kainjow::mustache::data critical_difference_data(const std::vector<const Table*>& tables);

/// What correcting labels gains: a row on labels as they were given beside the same row on those that somebody
/// corrected.
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
std::string correction_gap_markdown(const GroupShowing& showing);
/// [{row, before, after, difference, uncertainty, p, seeds}]: before and after are column ids.
Json correction_gap_json(const GroupShowing& showing);

/// What tuning gains: a row under its own configuration beside the same row of the table's one-recipe twin.
struct TwinGap {
  const Cell* own = nullptr;
  const Cell* twin = nullptr;
  /// Own minus twin on shared seed entries, Holm over all gaps of the group.
  PairedTest test;
};
/// Cells of one row id and column that both tables measured on the same data and noise, with two shared seed entries or
/// more; in the group's order, under its rule.
std::vector<TwinGap> twin_gaps(const GroupShowing& showing, const Table& twin);
/// {title, href, any, names, lines[{name, cells[{text}]}]}: only rows and columns that have a gap.
kainjow::mustache::data twin_gap_data(const GroupShowing& showing, const Table& twin);

/// Losses of rightly and wrongly labelled training samples of one run, where `run --keep samples` kept them; each of
/// the two in percent of its own samples: {empty} or {right, wrong, bars[{x, width, right_y, right_height, wrong_y,
/// wrong_height, text}], ticks, ...}.
kainjow::mustache::data loss_histogram_data(const Record& record);

}  // namespace nlb

// reports/pages/page_plots.h -- plots of a group's cells: accuracy over noise, measured against published, accuracy
// over cost, pairwise wins.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

#include "reports/pages/plot.h"
#include "reports/pages/row_facts.h"
#include "reports/pages/showing.h"

namespace nlb {

/// The rows that plots show: all of them, or cross-entropy and the best where they are too many to tell apart.
std::vector<const Row*> plotted_rows(const GroupShowing& showing);
/// "the 12 best of 50 rows", "" where all are there.
std::string plotted_note(const GroupShowing& showing);
/// The row's place in the group: its colour in every plot.
size_t row_colour(const Group& group, const Row& row);

/// One per kind of noise with two rates or more: the effective rate below, the requested one above.
std::vector<Plot> rate_plots(const GroupShowing& showing);
/// Every published value under the rule shown, with the tolerance band.
Plot agreement_plot(const GroupShowing& showing);
/// Mean over the columns that all plotted rows have, over mean time per trial, with the Pareto front.
Plot cost_plot(const GroupShowing& showing, const GroupFacts& facts);
/// {rows, lines} for templates/wins.mustache: in how many columns the row is surely better than the column's row.
kainjow::mustache::data wins_data(const GroupShowing& showing);

}  // namespace nlb

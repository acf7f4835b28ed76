// reports/pages/page_table.h -- the table of one group as data for templates/table.mustache: cells, expanding seeds,
// costs, chips and footnotes.
#pragma once

#include <kainjow/mustache.hpp>
#include <map>
#include <string>
#include <vector>

#include "reports/pages/row_facts.h"
#include "reports/pages/showing.h"

namespace nlb {

struct RowTag {
  std::string id, title;  ///< "family:robust loss", "robust loss"
};
/// By what a row can be filtered, its cells' words apart: family, kinds of labels and networks it needs, status.
std::vector<RowTag> row_tags(const Row& row, const RowFacts& facts);

/// Anchor of a published value in the list of sources.
std::string source_anchor(const Protocol& protocol, const Cell& cell, size_t number);

/// `run_views`: seeds link to the pages of their runs.
kainjow::mustache::data table_data(const GroupShowing& showing, const GroupFacts& facts, bool run_views);

}  // namespace nlb

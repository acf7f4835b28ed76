// reports/pages/rank_agreement_table.h -- whether columns order the rows alike, as a heat map, Markdown and JSON.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>

#include "core/json.h"
#include "reports/pages/showing.h"

namespace nlb {

/// {any, sentence, names[], lines[{name, cells[{class, tau, interval}]}]}, under the group's rule.
kainjow::mustache::data rank_agreement_data(const GroupShowing& showing);
/// A section with a table, "" where no two columns share enough rows.
std::string rank_agreement_markdown(const GroupShowing& showing);
/// [{columns: [a, b], rows, tau, low, high}]
Json rank_agreement_json(const GroupShowing& showing);

}  // namespace nlb

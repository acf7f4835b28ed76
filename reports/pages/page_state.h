// reports/pages/page_state.h -- what the script of a protocol page needs to switch views, sort and copy: every text and
// number of every view, so that the script computes nothing.
#pragma once

#include <string>
#include <vector>

#include "reports/pages/page_table.h"

namespace nlb {

struct GroupPage {
  GroupShowing showing;
  GroupFacts facts;
};

/// The views that say something on the page: balanced accuracy only where classes are told.
std::vector<TableView> page_views(const std::vector<GroupPage>& groups);

/// JSON for a script element of type application/json: signs that end an element, a comment or an attribute are
/// escapes.
std::string page_state(const Protocol& protocol, const std::vector<GroupPage>& groups);

/// The same text with <, >, &, quotes and apostrophes inside strings as \u escapes.
std::string html_safe_json(const std::string& json);

}  // namespace nlb

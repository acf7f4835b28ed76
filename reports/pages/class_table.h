// reports/pages/class_table.h -- accuracy class by class as data for templates/class_table.mustache and as Markdown.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>

#include "reports/pages/showing.h"

namespace nlb {

/// One table a column of the group: [{title, classes[{name, images}], lines[{name, balanced, cells[{text, class}]}]}].
kainjow::mustache::data class_tables_data(const GroupShowing& showing);
/// The same, "" where no class is shown.
std::string class_tables_markdown(const GroupShowing& showing);

}  // namespace nlb

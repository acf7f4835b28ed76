// reports/pages/page_data.h -- small parts that all data of templates is made of.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>

#include "reports/judging/cells.h"

namespace nlb {

kainjow::mustache::data flag(bool value);
/// A member whose section is left out where `text` is empty: to mustache an empty string is as good as any.
void set_text(kainjow::mustache::data& entry, const std::string& name, const std::string& text);

/// Where a published value is printed: {cell, value, rule, printed[{digits, source, kind}]}.
kainjow::mustache::data source_data(const Protocol& protocol, const Cell& cell, const PublishedValue& published);

/// Counts as a table with shaded cells, or, beyond 16 classes, as a drawing. {caption, small, lines[{name, cells}]} or
/// {caption, size, levels[{level, path}]}. Shades are of the row's share, so that rare classes show too.
template <typename Count>
kainjow::mustache::data matrix_data(const std::string& caption, const std::vector<Count>& counts, size_t classes);

}  // namespace nlb

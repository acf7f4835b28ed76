// reports/page_data.h -- parts of the page's data: plots and sources.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>

#include "reports/cells.h"

namespace nlb {

kainjow::mustache::data flag(bool value);
/// A member whose section is left out where `text` is empty: to mustache an empty string is as good as any.
void set_text(kainjow::mustache::data& entry, const std::string& name, const std::string& text);

/// Accuracy over effective noise rate with published values as hollow marks; one plot of learning curves per setting.
kainjow::mustache::data group_plots(const Table& table, const Group& group, const std::string& rule);

kainjow::mustache::data source_data(const Protocol& protocol, const Cell& cell, const PublishedValue& published);

}  // namespace nlb

// reports/run_view.h -- the page of one run: command, values with sources, curves, noise matrix, confusion, chains.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>

#include "reports/cells.h"

namespace nlb {

/// "<first 12 digits of the record's digest>.html"
std::string run_view_name(const Record& record);
/// Reads the record's curves file.
kainjow::mustache::data run_view_data(const Protocol& protocol, const Cell& cell, const std::string& seed,
                                      Record record);

}  // namespace nlb

// reports/pages/index_page.h -- the page of all tables: a card each, and methods against tables.
#pragma once

#include <kainjow/mustache.hpp>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

kainjow::mustache::data index_data(const std::vector<const Table*>& tables, const Facts& facts);

}  // namespace nlb

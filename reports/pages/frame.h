// reports/pages/frame.h -- what frames the tables of a page: first sentence with its bar, the records behind it,
// claims.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

/// The first sentence in pieces; those that count a word are filters: [{text, word?, class}].
kainjow::mustache::data sentence_data(const Table& table);
/// Published values by judgement, measured cells where none is published: [{class, word, at, width}], 1000 wide.
kainjow::mustache::data bar_data(const Table& table);
/// "98 records by ...": builds, newest record, and what was left out and why.
kainjow::mustache::data record_lines_data(const Table& table, const RecordIndex& records);
/// [{text, source, word, class, reason}] of the table's claims.
kainjow::mustache::data claims_data(const Table& table);
/// One digest of the records used: the same page can be asked for again.
std::string records_digest(const Table& table);

}  // namespace nlb

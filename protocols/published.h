// protocols/published.h -- protocols/published/<id>.json: what one source prints, in tables of values by method, rule
// and level. Protocols refer to its rows, so a number is written once however many protocols show it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "protocols/protocol.h"

namespace nlb {

/// What a source says of its values: once for a file, a table, a rule or a row; what is said nearer to a value wins.
struct Said {
  std::optional<std::string> source, kind, varied, deviation_kind, difference, note;
  std::optional<int> runs;
  std::optional<std::vector<std::string>> shared;
  std::optional<std::map<std::string, std::string>> conditions;
};

/// Where the values are printed: `source` and `kind`.
void read_origin(ObjectReader& reader, Said& said);
/// All that may be said beside it.
void read_circumstances(ObjectReader& reader, Said& said);
/// `far` where `near` is silent.
Said laid_over(const Said& far, const Said& near);
/// `value` with all that is said of it in place of its own; its prints stay.
void say(const Said& said, PublishedValue& value);
/// The printed digits at `node`: a text, or an object where digits do not say it all. Adds a problem when they are no
/// number, or show a deviation whose kind `said` does not name.
PublishedValue read_value(const JsonNode& node, const std::string& column, const std::string& rule, const Said& said);
const std::vector<std::string>& printed_rules();

/// What a source prints of one method in one table.
struct PublishedRow {
  std::string id;
  std::vector<PublishedValue> values;  ///< in the order of the rules, then of the levels
  std::vector<JsonNode> also;          ///< places "source/table/row" of others that print some of the values too
  /// How a protocol shows a row of which nothing runs: title, whose code made the values, clean labels, a note. Absent
  /// where only rows that run refer to it.
  std::optional<Row> shown;
};

/// Rows under one set of conditions.
struct PublishedTable {
  std::vector<PublishedRow> rows;  ///< in the order of the file
  std::optional<JsonNode> group;   ///< a whole group of a protocol but its rows: for tables of which nothing runs
};

/// All problems are added to those of `root`.
std::map<std::string, PublishedTable> read_published_file(const JsonNode& root, const Facts& facts);

}  // namespace nlb

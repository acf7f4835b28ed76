// results/record_table.h -- records as one flat table, a row each, for programs that know nothing of nlbench:
// `nlbench export records`. docs/results.md lists the columns; a column keeps its name and meaning, new ones come last.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "results/record.h"

namespace nlb {

inline constexpr int kRecordTableSchema = 1;

struct RecordColumn {
  std::string name, type;                    ///< of Parquet and Arrow: "string", "int64", "double", "bool"
  std::string meaning;                       ///< with the unit
  std::function<Json(const Record&)> value;  ///< null where the record does not say
};
const std::vector<RecordColumn>& record_columns();

/// Comma-separated with a header line, RFC 4180 with "\n"; null is empty.
std::string records_as_csv(const std::vector<const Record*>& records);
/// One object a line, keys in the order of the columns.
std::string records_as_json_lines(const std::vector<const Record*>& records);
/// {"schema", "rows", "fields": [{"name", "type", "meaning"}], "columns": {name: [values]}}: what an Arrow table is
/// made of.
std::string records_as_columns(const std::vector<const Record*>& records);

}  // namespace nlb

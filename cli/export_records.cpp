#include "cli/export_records.h"

#include <algorithm>
#include <tuple>

#include "results/record_table.h"

namespace nlb {

std::string exported_records(Desk& desk, const std::string& form) {
  const auto index = desk.names_protocols() ? desk.table_records() : read_records(desk.results(), desk.stored_trials());
  index.problems.throw_if_any();
  std::vector<const Record*> records;
  for (const auto& [trial, list] : index.by_trial) {
    for (const auto& record : list) records.push_back(&record);
  }
  if (records.empty()) throw NothingSelected("nothing to export: no record of these trials");
  const auto key = [](const Record* record) {
    const auto& use = record->use;
    return std::tie(use.protocol, use.group, use.row, use.setting, use.seed, record->digest);
  };
  std::sort(records.begin(), records.end(), [&](const auto* a, const auto* b) { return key(a) < key(b); });
  if (form == kJsonLines) return records_as_json_lines(records);
  return form == kColumns ? records_as_columns(records) : records_as_csv(records);
}

}  // namespace nlb

#include "cli/export_records.h"

#include <algorithm>
#include <tuple>

#include "cli/lookup.h"
#include "results/record_table.h"
#include "results/store.h"

namespace nlb {
namespace {

std::vector<std::string> trials_of(const ProtocolFlags& protocols, const std::vector<std::filesystem::path>& folders) {
  if (!protocols.ids().empty()) return readable_trials(load_protocols(protocols, facts()));
  std::vector<std::string> trials;
  for (const auto& folder : folders) {
    for (auto& id : Store(folder, false).trial_ids()) trials.push_back(std::move(id));
  }
  std::sort(trials.begin(), trials.end());
  trials.erase(std::unique(trials.begin(), trials.end()), trials.end());
  return trials;
}

}  // namespace

std::string exported_records(const ProtocolFlags& protocols, const std::vector<std::filesystem::path>& folders,
                             const std::string& form) {
  const auto index = read_records(folders, trials_of(protocols, folders));
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

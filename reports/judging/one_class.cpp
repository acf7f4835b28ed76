#include "reports/judging/one_class.h"

#include <algorithm>

#include "core/sha256.h"
#include "core/text.h"

namespace nlb {
namespace {

bool is_ok(const Record& record) { return record.result.status == TrialResult::Status::ok; }
std::string class_of(const Record& record) { return class_digest(record.result.determinism_class); }

/// Class digest -> how many of the trials have an ok record of it.
std::map<std::string, int> trials_by_class(const std::vector<const std::vector<Record>*>& lists) {
  std::map<std::string, int> counts;
  for (const auto* list : lists) {
    std::set<std::string> classes;
    for (const auto& record : *list) {
      if (is_ok(record)) classes.insert(class_of(record));
    }
    for (const auto& digest : classes) ++counts[digest];
  }
  return counts;
}

std::map<std::string, int> places_of(const std::map<std::string, int>& counts, const std::set<std::string>& first) {
  std::vector<std::string> order;
  for (const auto& [digest, count] : counts) order.push_back(digest);  // by digest
  std::stable_sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    if (first.contains(a) != first.contains(b)) return first.contains(a);
    return counts.at(a) > counts.at(b);
  });
  std::map<std::string, int> places;
  for (const auto& digest : order) places.emplace(digest, static_cast<int>(places.size()));
  return places;
}

}  // namespace

std::string class_digest(const Json& determinism_class) {
  constexpr size_t kDigits = 16;
  return hex(sha256(canonical_text(determinism_class))).substr(0, kDigits);
}

CellRecords::CellRecords(const RecordIndex& records, const std::vector<std::string>& trials,
                         const std::set<std::string>& first)
    : records_(records) {
  std::vector<const std::vector<Record>*> lists;
  bool several = false;
  for (const auto& trial : trials) {
    const auto found = records.by_trial.find(trial);
    if (found == records.by_trial.end() || found->second.empty()) continue;
    lists.push_back(&found->second);
    several = several || found->second.size() > 1;
  }
  if (!several) return;  // nothing to choose: the usual case, and digests cost
  places_ = places_of(trials_by_class(lists), first);
}

const Record* CellRecords::find(const std::string& trial) const {
  if (places_.empty()) return records_.find(trial);
  const auto found = records_.by_trial.find(trial);
  if (found == records_.by_trial.end() || found->second.empty()) return nullptr;
  // ok records come first and by digest, so that the first of the best class is the one
  const auto place = [&](const Record& record) {
    return is_ok(record) ? places_.at(class_of(record)) : static_cast<int>(places_.size());
  };
  return &*std::min_element(found->second.begin(), found->second.end(),
                            [&](const Record& a, const Record& b) { return place(a) < place(b); });
}

std::string class_remark(const RecordIndex& records, const std::vector<const Record*>& counting) {
  const auto list_of = [&](const Record* record) -> const std::vector<Record>& {
    return records.by_trial.at(record->trial);
  };
  const bool plain = std::all_of(counting.begin(), counting.end(), [&](const Record* record) {
    return list_of(record).size() == 1 &&
           record->result.determinism_class == counting.front()->result.determinism_class;
  });
  if (plain) return {};               // the usual case, and digests cost
  std::map<std::string, int> trials;  // class digest -> trials for which its record counts
  int left_out = 0;
  for (const auto* record : counting) {
    const auto digest = class_of(*record);
    ++trials[digest];
    const auto& list = list_of(record);
    left_out += static_cast<int>(std::count_if(
        list.begin(), list.end(), [&](const Record& other) { return is_ok(other) && class_of(other) != digest; }));
  }
  if (left_out == 0 && trials.size() == 1) return {};
  std::vector<std::string> words;
  for (const auto& [digest, count] : trials) words.push_back(digest + " counts for " + std::to_string(count));
  std::string remark = "of several determinism classes " + join(words, ", ") + " of its " +
                       std::to_string(counting.size()) + (counting.size() == 1 ? " trial" : " trials");
  if (left_out > 0)
    remark += "; " + std::to_string(left_out) + (left_out == 1 ? " record" : " records") + " of other classes left out";
  return remark;
}

std::vector<std::string> class_remarks(const RecordIndex& records, const Table& table) {
  std::map<std::string, std::vector<std::string>> cells;  // remark -> ids
  for (const auto& cell : table.cells) {
    std::vector<const Record*> counting;
    for (const auto& seed : cell.seeds) counting.insert(counting.end(), seed.records.begin(), seed.records.end());
    if (const auto remark = class_remark(records, counting); !remark.empty())
      cells[remark].push_back(cell.id(*table.protocol));
  }
  std::vector<std::string> lines;
  for (const auto& [remark, ids] : cells) lines.push_back(join(ids, ", ") + ": " + remark);
  return lines;
}

}  // namespace nlb

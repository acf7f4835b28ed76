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

namespace {

/// Of the records that count in a cell: of each class how many, and how many records of other classes were left out.
struct ClassCount {
  std::map<std::string, int> trials;  ///< by class digest; empty where all are of one class and nothing was left out
  int left_out = 0;
};

ClassCount count_classes(const RecordIndex& records, const std::vector<const Record*>& counting) {
  const auto list_of = [&](const Record* record) -> const std::vector<Record>& {
    return records.by_trial.at(record->trial);
  };
  const bool plain = std::all_of(counting.begin(), counting.end(), [&](const Record* record) {
    return list_of(record).size() == 1 &&
           record->result.determinism_class == counting.front()->result.determinism_class;
  });
  ClassCount count;
  if (plain) return count;  // the usual case, and digests cost
  for (const auto* record : counting) {
    const auto digest = class_of(*record);
    ++count.trials[digest];
    const auto& list = list_of(record);
    count.left_out += static_cast<int>(std::count_if(
        list.begin(), list.end(), [&](const Record& other) { return is_ok(other) && class_of(other) != digest; }));
  }
  if (count.left_out == 0 && count.trials.size() == 1) count.trials.clear();
  return count;
}

std::string counted(int count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string in_words(const ClassCount& count, size_t trials) {
  std::vector<std::string> words;
  for (const auto& [digest, number] : count.trials) words.push_back(digest + " counts for " + std::to_string(number));
  std::string text =
      "of several determinism classes " + join(words, ", ") + " of its " + counted(static_cast<int>(trials), "trial");
  if (count.left_out > 0) text += "; " + counted(count.left_out, "record") + " of other classes left out";
  return text;
}

/// One line for all cells that mix classes and leave nothing out.
std::string mixed_line(int cells, const std::map<std::string, int>& trials) {
  std::vector<std::string> words;
  for (const auto& [digest, number] : trials) words.push_back(digest + " has " + counted(number, "trial"));
  return counted(cells, "cell") + (cells == 1 ? " holds" : " hold") +
         " trials of several determinism classes, none measured twice: " + join(words, ", ");
}

}  // namespace

std::string class_remark(const RecordIndex& records, const std::vector<const Record*>& counting) {
  const auto count = count_classes(records, counting);
  return count.trials.empty() ? std::string() : in_words(count, counting.size());
}

std::vector<std::string> class_remarks(const RecordIndex& records, const Table& table) {
  std::map<std::string, std::vector<std::string>> cells;  // remark -> ids
  std::map<std::string, int> mixed_trials;
  int mixed = 0;
  for (const auto& cell : table.cells) {
    std::vector<const Record*> counting;
    for (const auto& seed : cell.seeds) counting.insert(counting.end(), seed.records.begin(), seed.records.end());
    const auto count = count_classes(records, counting);
    if (count.left_out > 0) {
      cells[in_words(count, counting.size())].push_back(cell.id(*table.protocol));
    } else if (!count.trials.empty()) {
      ++mixed;
      for (const auto& [digest, number] : count.trials) mixed_trials[digest] += number;
    }
  }
  std::vector<std::string> lines;
  for (const auto& [remark, ids] : cells) lines.push_back(join(ids, ", ") + ": " + remark);
  if (mixed > 0) lines.push_back(mixed_line(mixed, mixed_trials));
  return lines;
}

}  // namespace nlb

#include "reports/pages/frame.h"

#include <map>
#include <set>

#include "core/sha256.h"
#include "core/text.h"
#include "reports/judging/claims.h"
#include "reports/judging/one_class.h"
#include "reports/pages/page_data.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr double kBarWidth = 1000;

/// Word or state -> how many: of published values, or of cells where none is published.
std::map<CellWord, int> bar_counts(const Table& table) {
  if (table.published > 0) return table.word_counts;
  std::map<CellWord, int> counts;
  for (const auto& cell : table.cells) {
    const auto status = cell.row->status;
    const bool elsewhere = status == Row::Status::published_only || status == Row::Status::imported;
    if (!elsewhere) ++counts[cell_word(cell.state)];
  }
  return counts;
}

std::vector<CellWord> bar_words() {
  std::vector<CellWord> words = {CellWord::measured};
  for (const auto& word : judgement_words()) words.push_back(word);
  return words;
}

/// Why records of this protocol's trials stand in no cell -> how many.
std::map<std::string, int> left_out(const Table& table, const RecordIndex& records) {
  const std::set<std::string> used(table.record_digests.begin(), table.record_digests.end());
  std::map<std::string, int> reasons;
  for (const auto& trial : table.trials) {
    const auto found = records.by_trial.find(trial);
    if (found == records.by_trial.end()) continue;
    bool has_used = false;
    for (const auto& record : found->second) has_used = has_used || used.contains(record.digest);
    for (const auto& record : found->second) {
      if (used.contains(record.digest)) continue;
      if (record.result.status == TrialResult::Status::failed) {
        ++reasons["failed"];
      } else if (has_used) {
        ++reasons["another record of the same trial counts"];
      } else {
        ++reasons["its cell lacks other trials of the same seed"];
      }
    }
  }
  return reasons;
}

}  // namespace

data sentence_data(const Table& table) {
  data list{data::type::list};
  for (const auto& part : sentence_parts(table)) {
    data entry;
    entry.set("text", part.text);
    set_text(entry, "word", part.word ? word_of(*part.word) : std::string());
    entry.set("class", part.word ? word_class(*part.word) : std::string());
    list.push_back(entry);
  }
  return list;
}

data bar_data(const Table& table) {
  const auto counts = bar_counts(table);
  int total = 0;
  for (const auto& [word, count] : counts) total += count;
  data list{data::type::list};
  double at = 0;
  for (const auto& word : bar_words()) {
    const auto found = counts.find(word);
    if (found == counts.end() || found->second == 0) continue;
    const double width = kBarWidth * found->second / total;
    data segment;
    segment.set("class", word_class(word));
    segment.set("word", std::to_string(found->second) + " " + word_of(word));
    segment.set("at", fixed(at, 1));
    segment.set("width", fixed(width, 1));
    list.push_back(segment);
    at += width;
  }
  return list;
}

data record_lines_data(const Table& table, const RecordIndex& records) {
  data list{data::type::list};
  for (const auto& line : build_lines(table)) list.push_back(line);
  for (const auto& line : class_remarks(records, table)) list.push_back(line);
  for (const auto& [reason, count] : left_out(table, records))
    list.push_back(std::to_string(count) + (count == 1 ? " record left out: " : " records left out: ") + reason);
  return list;
}

data claims_data(const Table& table) {
  data list{data::type::list};
  for (const auto& judged : judge_claims(table)) {
    data entry;
    entry.set("text", judged.claim->text);
    entry.set("source", judged.claim->source);
    entry.set("word", claim_word(judged.verdict));
    entry.set("class", std::string(judged.verdict == ClaimVerdict::holds   ? "match"
                                   : judged.verdict == ClaimVerdict::fails ? "worse"
                                                                           : "undecided"));
    entry.set("reason", judged.reason);
    list.push_back(entry);
  }
  return list;
}

std::string records_digest(const Table& table) {
  std::string all;
  for (const auto& digest : table.record_digests) all += digest + "\n";
  return hex(sha256(all)).substr(0, 12);
}

}  // namespace nlb

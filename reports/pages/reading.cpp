#include "reports/pages/reading.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "reports/judging/judging.h"
#include "reports/judging/rules.h"
#include "reports/pages/page_data.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

const PublishedJudgement* judged_value(const Cell& cell) {
  for (const auto& judgement : cell.judgements) {
    if (judgement.by_rule.size() == 1 && judgement.by_rule.begin()->second.uncertainty > 0) return &judgement;
  }
  return nullptr;
}

struct Example {
  const Cell* cell = nullptr;
  std::string rule;
  const PublishedJudgement* judgement = nullptr;  ///< null where nothing was judged
};

/// The first judged cell with a deviation; without one the first measured one.
Example pick_example(const std::vector<GroupPage>& groups) {
  Example fallback;
  for (const auto& page : groups) {
    const auto& showing = page.showing;
    for (const auto& row : showing.group().rows) {
      for (const auto& column : showing.group().columns) {
        const auto& cell = showing.cell(row, column);
        const auto* judgement = judged_value(cell);
        const auto rule = judgement == nullptr ? showing.rule() : judgement->by_rule.begin()->first;
        if (cell.values(rule).size() < 2) continue;
        if (judgement != nullptr) return {&cell, rule, judgement};
        if (fallback.cell == nullptr) fallback = {&cell, rule, nullptr};
      }
    }
  }
  return fallback;
}

void set_cell(data& entry, const Protocol& protocol, const Cell& cell) {
  entry.set("cell", cell.row->title + ", " + cell.column->title);
  entry.set("href", cell.id(protocol));
}

data example_data(const Protocol& protocol, const Example& example) {
  if (example.cell == nullptr) return flag(false);
  const auto& cell = *example.cell;
  data entry;
  set_cell(entry, protocol, cell);
  entry.set("measured", measured_text(cell, example.rule));
  entry.set("rule", rule_words(example.rule));
  entry.set("n", std::to_string(cell.values(example.rule).size()));
  entry.set("judged", flag(example.judgement != nullptr));
  if (example.judgement == nullptr) return entry;
  const auto& judged = example.judgement->by_rule.begin()->second;
  entry.set("published", published_text(*example.judgement->published));
  entry.set("delta", delta_text(*example.judgement));
  entry.set("low", signed_text(judged.delta - judged.uncertainty, 2));
  entry.set("high", signed_text(judged.delta + judged.uncertainty, 2));
  entry.set("tolerance", shortest(tolerance_of(protocol, cell.column->id)));
  entry.set("word", marked_word(example.judgement->word));
  entry.set("class", word_class(example.judgement->word));
  return entry;
}

/// The first rank that is an interval, else the first: "#1–3" with how many rows are surely better and may be.
data rank_data(const Protocol& protocol, const std::vector<GroupPage>& groups) {
  const Rank* found = nullptr;
  for (const auto& page : groups) {
    for (const auto& column : page.showing.group().columns) {
      const auto& ranks = page.showing.ranking(column, page.showing.rule()).ranks;
      if (ranks.size() < 2) continue;
      for (const auto& rank : ranks) {
        if (found == nullptr || (found->low == found->high && rank.low < rank.high)) found = &rank;
      }
    }
  }
  if (found == nullptr) return flag(false);
  data entry;
  set_cell(entry, protocol, *found->cell);
  entry.set("text", rank_text(*found));
  entry.set("better", std::to_string(found->low - 1));
  entry.set("maybe", std::to_string(found->high - 1));
  return entry;
}

/// "0.5 points; 0.6 at 20 %": the columns that have one of their own.
data tolerance_data(const Protocol& protocol) {
  data list{data::type::list};
  std::set<std::string> seen;
  for (const auto& group : protocol.groups) {
    for (const auto& column : group.columns) {
      const auto own = protocol.tolerance.columns.find(column.id);
      if (own == protocol.tolerance.columns.end() || !seen.insert(column.id).second) continue;
      data entry;
      entry.set("points", shortest(own->second));
      entry.set("where", column.title);
      list.push_back(entry);
    }
  }
  return list;
}

}  // namespace

data reading_data(const Table& table, const std::vector<GroupPage>& groups) {
  const auto& protocol = *table.protocol;
  data entry, counts;
  entry.set("tolerance", shortest(protocol.tolerance.points));
  entry.set("own_tolerances", tolerance_data(protocol));
  entry.set("tolerance_reason", protocol.tolerance.reason);
  for (const auto& word : judgement_words()) {
    const auto found = table.word_counts.find(word);
    const int count = found == table.word_counts.end() ? 0 : found->second;
    set_text(counts, word_class(word), count == 0 ? std::string() : std::to_string(count));
  }
  entry.set("counts", counts);
  entry.set("example", example_data(protocol, pick_example(groups)));
  entry.set("ranks", rank_data(protocol, groups));
  entry.set("balanced", flag(std::any_of(groups.begin(), groups.end(),
                                         [](const GroupPage& page) { return page.showing.shows_classes(); })));
  return entry;
}

}  // namespace nlb

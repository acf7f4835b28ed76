#include "reports/judging/advice.h"

#include <algorithm>
#include <cmath>

#include "facts/generator_traits.h"
#include "reports/judging/comparisons.h"
#include "reports/judging/judging.h"
#include "reports/judging/rules.h"

namespace nlb {
namespace {

const NoiseSpec& noise_of(const Group& group, const Column& column) {
  return group.setting(column.settings.front()).noise;
}

/// The column of the wished kind whose rate is nearest; null where the group has none.
const Column* nearest_column(const Group& group, const Wish& wish) {
  const Column* nearest = nullptr;
  double distance = 0;
  for (const auto& column : group.columns) {
    if (column.kind != Column::Kind::setting || !is_of_kind(noise_of(group, column), wish.kind)) continue;
    const double away = std::abs(noise_of(group, column).rate - wish.rate);
    if (nearest != nullptr && away >= distance) continue;
    nearest = &column;
    distance = away;
  }
  return nearest;
}

/// The row of the best mean that the budget allows, and all that the column's tests do not tell from it.
void mark_best(Advice& advice, const ColumnRanking& ranking) {
  if (advice.rows.empty()) return;
  const auto& top = advice.rows.front();
  for (auto& row : advice.rows) {
    const auto* pair = ranking.find(*top.cell->row, *row.cell->row);
    row.unranked = ranking.unranked_reason(*row.cell->row);
    row.best = row.cell == top.cell || (pair != nullptr && !pair->test.differs());
  }
}

Advice advice_on(const Table& table, const Group& group, const Column& column, const Wish& wish,
                 const RowSeconds& seconds) {
  Advice advice{.table = &table,
                .group = &group,
                .column = &column,
                .rate = noise_of(group, column).rate,
                .rule = default_rule(group),
                .rows = {},
                .too_costly = {}};
  for (const auto& row : group.rows) {
    const auto& cell = *table.find(group.id, row.id, column.id);
    if (!row.is_ranked() || cell.state == CellState::failed || cell.seeds.empty()) continue;
    const auto values = cell.values(advice.rule);
    if (values.empty()) continue;
    const AdvisedRow entry{.cell = &cell, .sample = summarise(values), .seconds = seconds(table, group, row)};
    (wish.seconds && entry.seconds > *wish.seconds ? advice.too_costly : advice.rows).push_back(entry);
  }
  const bool lower = table.protocol->lower_is_better;
  const auto better = [lower](const AdvisedRow& a, const AdvisedRow& b) {
    return lower ? a.sample.mean < b.sample.mean : a.sample.mean > b.sample.mean;
  };
  std::stable_sort(advice.rows.begin(), advice.rows.end(), better);
  std::stable_sort(advice.too_costly.begin(), advice.too_costly.end(), better);
  for (const auto& row : advice.rows)
    advice.seeds = advice.seeds == 0 ? row.sample.n : std::min(advice.seeds, row.sample.n);
  mark_best(advice, rank_column(table, group, column, advice.rule));
  return advice;
}

}  // namespace

std::vector<std::string> kinds_of(const NoiseSpec& noise) {
  std::vector<std::string> words = {noise.generator};
  for (size_t at = noise.generator.find('_'); at != std::string::npos; at = noise.generator.find('_', at + 1)) {
    words.push_back(noise.generator.substr(0, at));
    words.push_back(noise.generator.substr(at + 1));
  }
  const auto& traits = generator_traits(noise.generator);
  if (traits.drawn || traits.reads != "labels") return words;
  const auto file = noise.options.value("file", std::string());
  words.emplace_back(file.starts_with("cifar-n/") ? "human" : "predicted");
  return words;
}

bool is_of_kind(const NoiseSpec& noise, const std::string& kind) {
  const auto words = kinds_of(noise);
  return std::find(words.begin(), words.end(), kind) != words.end();
}

std::vector<Advice> advise(const std::vector<const Table*>& tables, const Wish& wish, const RowSeconds& seconds,
                           size_t most) {
  std::vector<Advice> found;
  for (const auto* table : tables) {
    if (!compares_methods(*table->protocol)) continue;
    for (const auto& group : table->protocol->groups) {
      const auto* column = nearest_column(group, wish);
      if (column == nullptr) continue;
      auto advice = advice_on(*table, group, *column, wish, seconds);
      if (advice.rows.size() >= 2) found.push_back(std::move(advice));
    }
  }
  std::stable_sort(found.begin(), found.end(), [&](const Advice& a, const Advice& b) {
    const double first = std::abs(a.rate - wish.rate), second = std::abs(b.rate - wish.rate);
    return first == second ? a.seeds > b.seeds : first < second;
  });
  if (found.size() > most) found.resize(most);
  return found;
}

}  // namespace nlb

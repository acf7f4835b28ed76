#include "reports/page_data.h"

#include <algorithm>

#include "core/text.h"
#include "reports/plot.h"
#include "reports/statistics.h"
#include "reports/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

/// Mean effective rate of a cell's records; the requested one where nothing is measured.
double noise_rate(const Group& group, const Cell& cell) {
  double sum = 0;
  int count = 0;
  for (const auto& seed : cell.seeds) {
    for (const auto* record : seed.records) {
      if (!record->result.noise) continue;
      sum += record->result.noise->effective_rate;
      ++count;
    }
  }
  return count > 0 ? sum / count : group.setting(cell.column->settings.front()).noise.rate;
}

Series rate_series(const Table& table, const Group& group, const Row& row, const std::string& rule) {
  Series series{.name = row.title, .points = {}, .hollow = {}};
  for (const auto& column : group.columns) {
    const auto* cell = table.find(group.id, row.id, column.id);
    if (column.kind != Column::Kind::setting || cell->seeds.empty()) continue;
    const auto values = cell->values(rule);
    if (values.empty()) continue;
    const double rate = noise_rate(group, *cell);
    series.points.emplace_back(rate, summarise(values).mean);
    for (const auto& judgement : cell->judgements) {
      if (judgement.published->rule == rule) series.hollow.emplace_back(rate, judgement.published->value);
    }
  }
  std::sort(series.points.begin(), series.points.end());
  return series;
}

/// Mean over seeds of test accuracy at each evaluation that all seeds have.
Series curve_series(const Row& row, const Cell& cell) {
  Series series{.name = row.title, .points = {}, .hollow = {}};
  std::map<int64_t, std::vector<double>> by_epoch;
  for (const auto& seed : cell.seeds) {
    Record record = *seed.records.front();
    if (!try_load_curves(record).empty()) continue;  // the run view says what is wrong
    const auto& curves = record.result.curves;
    for (size_t e = 0; e < curves.epoch.size(); ++e) {
      by_epoch[curves.epoch[e]].push_back(100.0 * static_cast<double>(curves.test_correct.front()[e]) /
                                          static_cast<double>(record.result.final_counts.test_count));
    }
  }
  for (const auto& [epoch, values] : by_epoch) {
    if (values.size() == cell.seeds.size())
      series.points.emplace_back(static_cast<double>(epoch), summarise(values).mean);
  }
  return series;
}

data curve_plot(const Table& table, const Group& group, const Column& column) {
  Plot plot{.title = "Learning curves at " + column.title + ", mean over seeds",
            .x_label = "epoch",
            .y_label = "test accuracy, %",
            .series = {}};
  for (const auto& row : group.rows) {
    const auto* cell = table.find(group.id, row.id, column.id);
    if (cell->seeds.empty()) continue;
    auto series = curve_series(row, *cell);
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  return plot_data(plot);
}

}  // namespace

data flag(bool value) { return value ? data{data::type::bool_true} : data{data::type::bool_false}; }

void set_text(data& entry, const std::string& name, const std::string& text) {
  entry.set(name, text.empty() ? flag(false) : data{text});
}

data group_plots(const Table& table, const Group& group, const std::string& rule) {
  data plots{data::type::list};
  Plot rates{.title = "Accuracy over noise; hollow marks: published",
             .x_label = "effective noise rate",
             .y_label = "test accuracy, %",
             .series = {}};
  for (const auto& row : group.rows) {
    auto series = rate_series(table, group, row, rule);
    if (!series.points.empty()) rates.series.push_back(std::move(series));
  }
  const bool lines = std::any_of(rates.series.begin(), rates.series.end(),
                                 [](const Series& series) { return series.points.size() > 1; });
  if (lines) plots.push_back(plot_data(rates));  // a single rate says no more than the table
  for (const auto& column : group.columns) {
    if (column.kind == Column::Kind::setting) plots.push_back(curve_plot(table, group, column));
  }
  return plots;
}

data source_data(const Protocol& protocol, const Cell& cell, const PublishedValue& published) {
  data entry, printed{data::type::list};
  entry.set("cell", cell.id(protocol));
  entry.set("value", published_text(published));
  entry.set("rule", rule_words(published.rule));
  for (const auto& copy : published.printed_by) {
    data line;
    line.set("digits", copy.printed);
    line.set("source", copy.source);
    line.set("kind", copy.kind);
    printed.push_back(line);
  }
  entry.set("printed", printed);
  return entry;
}

}  // namespace nlb

#include "reports/pages/page_plots.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/text.h"
#include "reports/judging/judging.h"
#include "reports/judging/statistics.h"
#include "reports/pages/page_data.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr size_t kMostRows = 12;

std::string accuracy_label(const Protocol& protocol) {
  return protocol.lower_is_better ? "test error, %" : "test accuracy, %";
}

/// Mean over the columns in which the row is measured; NaN where it is not.
double row_mean(const GroupShowing& showing, const Row& row) {
  std::vector<double> means;
  for (const auto& column : showing.group().columns) {
    const auto values = showing.cell(row, column).values(showing.rule());
    if (!values.empty()) means.push_back(summarise(values).mean);
  }
  return means.empty() ? std::nan("") : summarise(means).mean;
}

std::vector<const Row*> measured_rows(const GroupShowing& showing) {
  std::vector<const Row*> rows;
  for (const auto& row : showing.group().rows) {
    if (std::isfinite(row_mean(showing, row))) rows.push_back(&row);
  }
  return rows;
}

std::string kind_of(const Setting& setting) { return setting.noise.generator + trusted_suffix(setting); }

/// Accuracies and effective rates of one row at one setting, over seeds.
struct RatePoint {
  std::vector<double> rates, values;
};

/// Setting -> what the row's records say there, those behind derived columns included.
std::map<std::string, RatePoint> rate_points(const GroupShowing& showing, const Row& row) {
  std::map<std::string, RatePoint> points;
  std::set<const Record*> seen;
  for (const auto& column : showing.group().columns) {
    for (const auto& seed : showing.cell(row, column).seeds) {
      for (size_t i = 0; i < seed.records.size(); ++i) {
        const auto& result = seed.records[i]->result;
        const auto values = rule_values(result);
        const auto value = values.find(showing.rule());
        if (value == values.end() || !result.noise || result.noise->count == 0 || !seen.insert(seed.records[i]).second)
          continue;
        auto& point = points[column.settings[i]];
        point.rates.push_back(result.noise->effective_rate);
        point.values.push_back(showing.table().protocol->lower_is_better ? 100 - value->second : value->second);
      }
    }
  }
  return points;
}

void add_published(const GroupShowing& showing, const Row& row, const std::string& kind,
                   const std::map<std::string, RatePoint>& points, Series& series) {
  for (const auto& column : showing.group().columns) {
    if (column.kind != Column::Kind::setting) continue;
    const auto& setting = showing.group().setting(column.settings.front());
    const auto measured = points.find(setting.name);
    if (kind_of(setting) != kind || measured == points.end()) continue;
    for (const auto& judgement : showing.cell(row, column).judgements) {
      if (judgement.published->rule == showing.rule())
        series.hollow.emplace_back(summarise(measured->second.rates).mean, judgement.published->value);
    }
  }
}

Plot rate_plot(const GroupShowing& showing, const std::string& kind) {
  Plot plot{
      .title = (showing.table().protocol->lower_is_better ? "Error over noise: " : "Accuracy over noise: ") + kind,
      .x_label = "effective noise rate (share of labels that are wrong)",
      .y_label = accuracy_label(*showing.table().protocol),
      .note = plotted_note(showing),
      .top_label = "requested noise rate"};
  std::map<double, double> requested;
  for (const auto* row : plotted_rows(showing)) {
    const auto points = rate_points(showing, *row);
    Series series{.name = row->title, .colour = row_colour(showing.group(), *row)};
    for (const auto& [name, point] : points) {
      const auto& setting = showing.group().setting(name);
      if (kind_of(setting) != kind) continue;
      const double rate = summarise(point.rates).mean;
      series.points.emplace_back(rate, summarise(point.values).mean);
      requested.emplace(setting.noise.rate, rate);
    }
    std::sort(series.points.begin(), series.points.end());
    add_published(showing, *row, kind, points, series);
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  for (const auto& [rate, effective] : requested) plot.top_ticks.emplace_back(effective, shortest(rate));
  return plot;
}

/// Columns that all rows have measured.
std::vector<const Column*> shared_columns(const GroupShowing& showing, const std::vector<const Row*>& rows) {
  std::vector<const Column*> columns;
  for (const auto& column : showing.group().columns) {
    const bool all = std::all_of(rows.begin(), rows.end(), [&](const Row* row) {
      return !showing.cell(*row, column).values(showing.rule()).empty();
    });
    if (all) columns.push_back(&column);
  }
  return columns;
}

/// Points that no other beats in both, cheapest first.
Points pareto_front(Points points, bool lower_is_better) {
  std::sort(points.begin(), points.end());
  Points front;
  for (const auto& point : points) {
    const bool gains =
        front.empty() || (lower_is_better ? point.second < front.back().second : point.second > front.back().second);
    if (gains) front.push_back(point);
  }
  return front;
}

}  // namespace

std::vector<const Row*> plotted_rows(const GroupShowing& showing) {
  auto rows = measured_rows(showing);
  if (rows.size() <= kMostRows) return rows;
  const bool lower = showing.table().protocol->lower_is_better;
  const auto reference = showing.reference();
  std::stable_sort(rows.begin(), rows.end(), [&](const Row* a, const Row* b) {
    if ((a == reference) != (b == reference)) return a == reference;
    return lower ? row_mean(showing, *a) < row_mean(showing, *b) : row_mean(showing, *a) > row_mean(showing, *b);
  });
  rows.resize(kMostRows);
  std::sort(rows.begin(), rows.end());  // the group's order: rows lie in one vector
  return rows;
}

std::string plotted_note(const GroupShowing& showing) {
  const auto all = measured_rows(showing).size();
  if (all <= kMostRows) return {};
  return "Cross-entropy and the best rows, " + std::to_string(kMostRows) + " of " + std::to_string(all) + ".";
}

size_t row_colour(const Group& group, const Row& row) { return static_cast<size_t>(&row - group.rows.data()); }

std::vector<Plot> rate_plots(const GroupShowing& showing) {
  std::vector<std::string> kinds;
  for (const auto& setting : showing.group().settings) {
    const auto kind = kind_of(setting);
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  }
  std::vector<Plot> plots;
  for (const auto& kind : kinds) {
    auto plot = rate_plot(showing, kind);
    const bool lines = std::any_of(plot.series.begin(), plot.series.end(),
                                   [](const Series& series) { return series.points.size() > 1; });
    if (lines) plots.push_back(std::move(plot));  // a single rate says no more than the table
  }
  return plots;
}

Plot agreement_plot(const GroupShowing& showing) {
  const auto& protocol = *showing.table().protocol;
  Plot plot{.title = "Measured against published",
            .x_label = "published, %",
            .y_label = "measured, %",
            .note = "The line is equality, the band the tolerance of " + shortest(protocol.tolerance.points) +
                    " points. Only values published under the rule shown.",
            .identity_band = protocol.tolerance.points};
  for (const auto& row : showing.group().rows) {
    Series series{.name = row.title, .joined = false, .colour = row_colour(showing.group(), row)};
    for (const auto& column : showing.group().columns) {
      const auto& cell = showing.cell(row, column);
      const auto values = cell.values(showing.rule());
      if (values.empty()) continue;
      for (const auto& judgement : cell.judgements) {
        if (judgement.published->rule != showing.rule()) continue;
        const double mean = summarise(values).mean;
        series.points.emplace_back(judgement.published->value, mean);
        series.texts.push_back(column.title + ": published " + published_text(*judgement.published) + ", measured " +
                               fixed(mean, 2));
      }
    }
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

Plot cost_plot(const GroupShowing& showing, const GroupFacts& facts) {
  const auto rows = measured_rows(showing);
  const auto columns = shared_columns(showing, rows);
  Plot plot{
      .title = showing.table().protocol->lower_is_better ? "Error against cost" : "Accuracy against cost",
      .x_label = "seconds per trial",
      .y_label = "mean of " + std::to_string(columns.size()) + (columns.size() == 1 ? " column, %" : " columns, %"),
      .note = "The stair is the Pareto front: no row is both cheaper and better.",
      .log_x = true};
  if (facts.machines.size() > 1) plot.note += " Times of several machines: " + join(facts.machines, "; ") + ".";
  if (columns.empty() || rows.size() < 2) return plot;
  Points all;
  for (const auto* row : rows) {
    const auto& cost = facts.rows.at(row).cost;
    if (!cost || cost->seconds <= 0) continue;
    std::vector<double> means;
    for (const auto* column : columns)
      means.push_back(summarise(showing.cell(*row, *column).values(showing.rule())).mean);
    all.emplace_back(cost->seconds, summarise(means).mean);
    plot.series.push_back({.name = row->title,
                           .points = {all.back()},
                           .joined = false,
                           .colour = row_colour(showing.group(), *row),
                           .texts = {cost_text(cost->seconds) + ", " + fixed(all.back().second, 2)}});
  }
  plot.steps = pareto_front(all, showing.table().protocol->lower_is_better);
  return plot;
}

data wins_data(const GroupShowing& showing) {
  const auto wins = pairwise_wins(showing.rankings(showing.rule()), showing.group());
  std::map<std::pair<const Row*, const Row*>, const PairwiseWins*> places;
  std::set<const Row*> met;
  for (const auto& pair : wins) {
    places[{pair.row, pair.other}] = &pair;
    met.insert(pair.row);
  }
  data result, names{data::type::list}, lines{data::type::list};
  for (const auto& row : showing.group().rows) {
    if (!met.contains(&row)) continue;
    names.push_back(row.title);
    data line, cells{data::type::list};
    for (const auto& other : showing.group().rows) {
      if (!met.contains(&other)) continue;
      const auto found = places.find({&row, &other});
      data cell;
      set_text(cell, "text",
               found == places.end()
                   ? std::string()
                   : std::to_string(found->second->wins) + "–" + std::to_string(found->second->losses));
      const int lead = found == places.end() ? 0 : found->second->wins - found->second->losses;
      cell.set("class", std::string(lead > 0 ? "ahead" : lead < 0 ? "behind" : "even"));
      cells.push_back(cell);
    }
    line.set("name", row.title);
    line.set("cells", cells);
    lines.push_back(line);
  }
  result.set("any", flag(met.size() > 1));
  result.set("names", names);
  result.set("lines", lines);
  return result;
}

}  // namespace nlb

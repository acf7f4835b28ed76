#include "reports/pages/curve_plots.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

constexpr size_t kLastTen = 10;

using Counts = std::map<std::string, std::vector<int64_t>>;

/// One value per evaluation; NaN where there is none.
using Line = std::vector<double>;

double percent(int64_t part, int64_t whole) {
  return whole == 0 ? std::nan("") : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// Percent of `part` among `whole`.
Line share(const Counts& counts, const char* part, const char* whole) {
  const auto parts = counts.find(part);
  const auto wholes = counts.find(whole);
  if (parts == counts.end() || wholes == counts.end()) return {};
  Line line;
  for (size_t e = 0; e < parts->second.size(); ++e) line.push_back(percent(parts->second[e], wholes->second[e]));
  return line;
}

/// A share as percent.
Line detection_line(const std::map<std::string, std::vector<double>>& columns, const char* name) {
  const auto found = columns.find(name);
  if (found == columns.end()) return {};
  Line line;
  for (const double value : found->second) line.push_back(100 * value);
  return line;
}

/// Share of rightly labelled samples among those that the method selected.
Line clean_share(const Counts& counts) {
  const auto clean = counts.find("selected_clean");
  const auto wrong = counts.find("selected_wrong");
  if (clean == counts.end() || wrong == counts.end()) return {};
  Line line;
  for (size_t e = 0; e < clean->second.size(); ++e)
    line.push_back(percent(clean->second[e], clean->second[e] + wrong->second[e]));
  return line;
}

Line accuracy(const std::vector<int64_t>& correct, int64_t count) {
  Line line;
  for (const auto right : correct) line.push_back(100.0 * static_cast<double>(right) / static_cast<double>(count));
  return line;
}

/// The points of a line that there are.
Points points_of(const std::vector<int64_t>& epochs, const Line& line) {
  Points points;
  for (size_t e = 0; e < line.size(); ++e) {
    if (std::isfinite(line[e])) points.emplace_back(static_cast<double>(epochs[e]), line[e]);
  }
  return points;
}

/// Mean of lines that run from left to right, at the places that all of them have.
Points mean_line(const std::vector<Points>& lines) {
  Points mean;
  if (lines.empty()) return mean;
  std::vector<size_t> at(lines.size(), 0);
  std::vector<double> values(lines.size());
  for (const auto& [x, y] : lines.front()) {
    bool everywhere = true;
    for (size_t i = 0; i < lines.size(); ++i) {
      while (at[i] < lines[i].size() && lines[i][at[i]].first < x) ++at[i];
      everywhere = everywhere && at[i] < lines[i].size() && lines[i][at[i]].first == x;
      if (everywhere) values[i] = lines[i][at[i]].second;
    }
    if (everywhere) mean.emplace_back(x, summarise(values).mean);
  }
  return mean;
}

/// Mean over seeds of value(curves, record), at the evaluations that all seeds have.
template <typename Value>
Points mean_curve(const Cell& cell, const TableCurves& curves, const Value& value) {
  std::vector<Points> lines;
  for (const auto& seed : cell.seeds) {
    const auto found = curves.find(seed.records.front());
    if (found != curves.end()) lines.push_back(points_of(found->second.epoch, value(found->second, *found->first)));
  }
  return mean_line(lines);
}

/// The evaluations that `last` and `mean_last_10` look at.
void mark_rules(Plot& plot) {
  const Series* longest = nullptr;
  for (const auto& series : plot.series) {
    if (longest == nullptr || series.points.size() > longest->points.size()) longest = &series;
  }
  if (longest == nullptr || longest->points.size() < 2) return;
  const auto& points = longest->points;
  const size_t first = points.size() > kLastTen ? points.size() - kLastTen : 0;
  plot.x_band = {points[first].first, points.back().first};
  plot.x_band_label = "last ten";
}

template <typename Value>
Plot curves_of(const GroupShowing& showing, const Column& column, const TableCurves& curves, Plot plot,
               const Value& value) {
  plot.x_label = "epoch";
  plot.note += (plot.note.empty() ? "" : " ") + plotted_note(showing);
  for (const auto* row : plotted_rows(showing)) {
    const auto& cell = showing.cell(*row, column);
    Series series{.name = row->title, .colour = row_colour(showing.group(), *row)};
    series.points = mean_curve(cell, curves, value);
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  }
  return plot;
}

/// A ring at the best point of each mean curve: what an oracle would pick.
void ring_best(Plot& plot) {
  for (auto& series : plot.series) {
    const auto best = std::max_element(series.points.begin(), series.points.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    series.rings = {*best};
  }
}

void keep(std::vector<Plot>& plots, Plot plot) {
  if (!plot.series.empty()) plots.push_back(std::move(plot));
}

void add_line(Plot& plot, const Record& record, const std::string& name, const Line& line) {
  Series series{.name = name};
  series.points = points_of(record.result.curves.epoch, line);
  if (!series.points.empty()) plot.series.push_back(std::move(series));
}

Plot run_accuracy(const Record& record) {
  const auto& curves = record.result.curves;
  const auto& counts = record.result.final_counts;
  Plot plot{.title = "Test accuracy", .x_label = "epoch", .y_label = "test accuracy, %"};
  for (size_t o = 0; o < curves.outputs.size(); ++o) {
    add_line(plot, record, curves.outputs[o], accuracy(curves.test_correct[o], counts.test_count));
  }
  for (size_t o = 0; o < curves.held_out_correct.size(); ++o) {
    add_line(plot, record, curves.outputs[o] + ", held-out labels",
             accuracy(curves.held_out_correct[o], counts.held_out_count));
  }
  mark_rules(plot);
  if (counts.best_on_test_epoch > 0)
    plot.verticals.emplace_back(static_cast<double>(counts.best_on_test_epoch), "best on test");
  if (counts.best_on_val_epoch)
    plot.verticals.emplace_back(static_cast<double>(*counts.best_on_val_epoch), "best on held-out");
  if (counts.best_on_val_latest_epoch && counts.best_on_val_latest_epoch != counts.best_on_val_epoch)
    plot.verticals.emplace_back(static_cast<double>(*counts.best_on_val_latest_epoch), "latest best on held-out");
  return plot;
}

Plot run_memory(const Record& record) {
  const auto& counts = record.result.curves.train_counts;
  Plot plot{.title = "Fit to the training labels", .x_label = "epoch", .y_label = "share of samples, %"};
  const auto line = [&](const char* name, const char* part, const char* whole) {
    add_line(plot, record, name, share(counts, part, whole));
  };
  line("right label, fitted", "clean_fit", "seen_clean");
  line("wrong label, memorised", "wrong_fit_given", "seen_wrong");
  line("wrong label, true class predicted", "wrong_fit_clean", "seen_wrong");
  return plot;
}

Plot run_selection(const Record& record) {
  const auto& curves = record.result.curves;
  Plot plot{.title = "Telling wrong labels from right ones", .x_label = "epoch", .y_label = "percent"};
  plot.note = "Score: " + (curves.detection_score.empty() ? std::string("none") : curves.detection_score) + ".";
  const auto line = [&](const char* title, const char* name) {
    add_line(plot, record, title, detection_line(curves.detection, name));
  };
  line("AUROC", "auroc");
  line("average precision", "average_precision");
  line("recall at the true number of wrong labels", "recall_at_wrong");
  add_line(plot, record, "right labels among the selected", clean_share(curves.train_counts));
  return plot;
}

Plot run_losses(const Record& record) {
  Plot plot{.title = "Training losses", .x_label = "epoch", .y_label = "loss"};
  for (const auto& [name, values] : record.result.curves.losses) add_line(plot, record, name, values);
  return plot;
}

}  // namespace

std::vector<Plot> column_curves(const GroupShowing& showing, const Column& column, const TableCurves& curves) {
  std::vector<Plot> plots;
  auto learning = curves_of(showing, column, curves,
                            {.title = "Test accuracy at " + column.title,
                             .x_label = {},
                             .y_label = "test accuracy, %",
                             .note = "Mean over seeds. Ring: best point, what an oracle would pick."},
                            [](const CurveColumns& columns, const Record& record) {
                              return accuracy(columns.test_correct, record.result.final_counts.test_count);
                            });
  mark_rules(learning);
  ring_best(learning);
  keep(plots, std::move(learning));
  keep(plots,
       curves_of(showing, column, curves,
                 {.title = "Wrong labels memorised at " + column.title,
                  .x_label = {},
                  .y_label = "share of wrong labels, %",
                  .note = "Wrongly labelled samples for which the network predicts the wrong label it was given."},
                 [](const CurveColumns& columns, const Record&) {
                   return share(columns.train_counts, "wrong_fit_given", "seen_wrong");
                 }));
  keep(plots, curves_of(showing, column, curves,
                        {.title = "Wrong labels told apart at " + column.title,
                         .x_label = {},
                         .y_label = "AUROC, %",
                         .note = "By the method's own score, else by the loss."},
                        [](const CurveColumns& columns, const Record&) {
                          return detection_line(columns.detection, "auroc");
                        }));
  keep(plots, curves_of(showing, column, curves,
                        {.title = "Right labels among the selected at " + column.title,
                         .x_label = {},
                         .y_label = "share of the selected, %"},
                        [](const CurveColumns& columns, const Record&) { return clean_share(columns.train_counts); }));
  return plots;
}

std::vector<Plot> run_curves(const Record& record) {
  std::vector<Plot> plots;
  keep(plots, run_accuracy(record));
  keep(plots, run_memory(record));
  keep(plots, run_selection(record));
  keep(plots, run_losses(record));
  return plots;
}

}  // namespace nlb

// reports/plot.h -- line plots as data for templates/plot.mustache: every coordinate is computed here, every tag stands
// there.
#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <utility>
#include <vector>

namespace nlb {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< in the plot's units, x increasing
  std::vector<std::pair<double, double>> hollow;  ///< published values: marks without a line
};

struct Plot {
  std::string title, x_label, y_label;
  std::vector<Series> series;
};

/// Round tick values covering [low, high], at most `most` of them, low < high.
std::vector<double> ticks(double low, double high, int most);

/// {title, x_label, y_label, width, height, x_ticks, y_ticks, series[{name, index, line, dots, hollow}]}. A plot
/// without points gives an object whose `empty` is true.
kainjow::mustache::data plot_data(const Plot& plot);

}  // namespace nlb

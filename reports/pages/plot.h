// reports/pages/plot.h -- line and point plots as data for templates/plot.mustache: every coordinate is computed here,
// every tag stands there.
#pragma once

#include <kainjow/mustache.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nlb {

using Points = std::vector<std::pair<double, double>>;  ///< (x, y) in the plot's units

struct Series {
  std::string name = {};
  Points points = {};  ///< x increasing where a line joins them
  Points hollow = {};  ///< published values: marks without a line
  Points rings = {};   ///< points of the line that a rule picks
  bool joined = true;
  std::optional<size_t> colour = {};    ///< default: the series' own number
  std::vector<std::string> texts = {};  ///< what each of `points` says when pointed at; default: its numbers
};

struct Plot {
  std::string title = {}, x_label = {}, y_label = {};
  std::vector<Series> series = {};
  std::string note = {};
  std::string top_label = {};                                  ///< of the second x axis
  std::vector<std::pair<double, std::string>> top_ticks = {};  ///< (x, what the second axis says there)
  std::optional<double> identity_band = {};  ///< draws y = x with this half width; both axes then share one range
  std::optional<std::pair<double, double>> x_band = {};  ///< a shaded range of x
  std::string x_band_label = {};
  std::vector<std::pair<double, std::string>> verticals = {};  ///< (x, label)
  Points steps = {};                                           ///< a stair line behind the points (a Pareto front)
  bool log_x = false;
};

/// Round tick values covering [low, high], at most `most` of them, low < high.
std::vector<double> ticks(double low, double high, int most);
/// 1, 2 and 5 times powers of ten inside [low, high], 0 < low < high; only powers where these are more than eight,
/// and ticks() where they are fewer than two.
std::vector<double> log_ticks(double low, double high);

/// A plot without points gives an object whose `empty` is true.
kainjow::mustache::data plot_data(const Plot& plot);

}  // namespace nlb

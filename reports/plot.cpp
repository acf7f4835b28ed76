#include "reports/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr double kWidth = 640, kHeight = 300;
constexpr double kLeft = 52, kRight = 12, kTop = 12, kBottom = 44;
constexpr int kColours = 8;

struct Bounds {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  void widen() {
    if (high > low) return;
    low -= 0.5;
    high += 0.5;
  }
};

/// Maps the plot's units to pixels; y grows upwards.
class Frame {
 public:
  explicit Frame(const Plot& plot) {
    for (const auto& series : plot.series) {
      for (const auto* list : {&series.points, &series.hollow}) {
        for (const auto& [x, y] : *list) {
          x_.add(x);
          y_.add(y);
        }
      }
    }
    empty_ = x_.empty();
    if (empty_) return;
    x_.widen();
    y_.widen();
    x_ticks_ = ticks(x_.low, x_.high, 10);
    y_ticks_ = ticks(y_.low, y_.high, 6);
    for (const double tick : y_ticks_) y_.add(tick);
  }
  bool empty() const { return empty_; }
  std::string x(double value) const {
    return fixed(kLeft + (value - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight), 1);
  }
  std::string y(double value) const {
    return fixed(kHeight - kBottom - (value - y_.low) / (y_.high - y_.low) * (kHeight - kTop - kBottom), 1);
  }
  const std::vector<double>& x_ticks() const { return x_ticks_; }
  const std::vector<double>& y_ticks() const { return y_ticks_; }

 private:
  Bounds x_, y_;
  std::vector<double> x_ticks_, y_ticks_;
  bool empty_ = true;
};

data tick_list(const std::vector<double>& values, const Frame& frame, bool horizontal) {
  data list{data::type::list};
  for (const double value : values) {
    data tick;
    tick.set("at", horizontal ? frame.x(value) : frame.y(value));
    tick.set("label", shortest(std::round(value * 1e6) / 1e6));
    list.push_back(tick);
  }
  return list;
}

data dot_list(const std::vector<std::pair<double, double>>& points, const Frame& frame) {
  data list{data::type::list};
  for (const auto& [x, y] : points) {
    data dot;
    dot.set("x", frame.x(x));
    dot.set("y", frame.y(y));
    dot.set("text", shortest(std::round(x * 1e4) / 1e4) + ": " + fixed(y, 2));
    list.push_back(dot);
  }
  return list;
}

data series_data(const Series& series, size_t number, const Frame& frame) {
  data entry;
  std::string line;
  for (const auto& [x, y] : series.points) line += (line.empty() ? "" : " ") + frame.x(x) + "," + frame.y(y);
  entry.set("name", series.name);
  entry.set("index", std::to_string(number % kColours));
  entry.set("line", line);
  entry.set("dots", series.points.size() <= 40 ? dot_list(series.points, frame) : data{data::type::list});
  entry.set("hollow", dot_list(series.hollow, frame));
  return entry;
}

}  // namespace

std::vector<double> ticks(double low, double high, int most) {
  const double raw = (high - low) / most;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> values;
  for (double value = std::ceil(low / step - 1e-9) * step; value <= high + 1e-9 * step; value += step)
    values.push_back(value);
  return values;
}

data plot_data(const Plot& plot) {
  const Frame frame(plot);
  data result;
  result.set("title", plot.title);
  result.set("x_label", plot.x_label);
  result.set("y_label", plot.y_label);
  result.set("empty", frame.empty() ? data{data::type::bool_true} : data{data::type::bool_false});
  if (frame.empty()) return result;
  result.set("width", fixed(kWidth, 0));
  result.set("height", fixed(kHeight, 0));
  result.set("left", fixed(kLeft, 0));
  result.set("right", fixed(kWidth - kRight, 0));
  result.set("top", fixed(kTop, 0));
  result.set("bottom", fixed(kHeight - kBottom, 0));
  result.set("x_ticks", tick_list(frame.x_ticks(), frame, true));
  result.set("y_ticks", tick_list(frame.y_ticks(), frame, false));
  data list{data::type::list};
  for (size_t i = 0; i < plot.series.size(); ++i) list.push_back(series_data(plot.series[i], i, frame));
  result.set("series", list);
  return result;
}

}  // namespace nlb

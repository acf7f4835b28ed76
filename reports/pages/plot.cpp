#include "reports/pages/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text.h"
#include "reports/pages/page_data.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr double kWidth = 640, kHeight = 320;
constexpr double kLeft = 52, kRight = 16, kTop = 14, kTopAxis = 44, kBottom = 44;
constexpr size_t kColours = 8, kDashes = 4;
constexpr size_t kMostPoints = 120;  // of a line: more cannot be told apart at this width
constexpr size_t kMostDots = 40;
constexpr double kMargin = 0.04;  // of the range, so that no point lies on the frame

struct Bounds {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  void widen(double least) {
    const double by = high > low ? kMargin * (high - low) : least;
    low -= by;
    high += by;
  }
};

/// Maps the plot's units to pixels; y grows upwards.
class Frame {
 public:
  explicit Frame(const Plot& plot) : log_x_(plot.log_x), top_(plot.top_ticks.empty() ? kTop : kTopAxis) {
    for (const auto& series : plot.series) {
      for (const auto* list : {&series.points, &series.hollow}) {
        for (const auto& [x, y] : *list) {
          x_.add(place(x));
          y_.add(y);
        }
      }
    }
    empty_ = x_.empty();
    if (empty_) return;
    if (plot.identity_band) {
      for (const auto* other : {&x_, &y_}) {
        const auto copy = *other;
        x_.add(copy.low);
        x_.add(copy.high);
      }
      y_ = x_;
    }
    x_.widen(log_x_ ? 0.1 : 0.5);
    y_.widen(0.5);
    x_ticks_ = log_x_ ? log_ticks(x_low(), x_high()) : ticks(x_.low, x_.high, 8);
    y_ticks_ = ticks(y_.low, y_.high, 6);
  }
  bool empty() const { return empty_; }
  double top() const { return top_; }
  std::string x(double value) const {
    return fixed(kLeft + (place(value) - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight), 1);
  }
  std::string y(double value) const {
    return fixed(kHeight - kBottom - (value - y_.low) / (y_.high - y_.low) * (kHeight - top_ - kBottom), 1);
  }
  double x_low() const { return log_x_ ? std::pow(10, x_.low) : x_.low; }
  double x_high() const { return log_x_ ? std::pow(10, x_.high) : x_.high; }
  const std::vector<double>& x_ticks() const { return x_ticks_; }
  const std::vector<double>& y_ticks() const { return y_ticks_; }

 private:
  double place(double value) const { return log_x_ ? std::log10(value) : value; }

  bool log_x_;
  double top_;
  Bounds x_, y_;
  std::vector<double> x_ticks_, y_ticks_;
  bool empty_ = true;
};

data tick(const std::string& at, const std::string& label) {
  data entry;
  entry.set("at", at);
  entry.set("label", label);
  return entry;
}

/// Without the noise of repeated addition, and without a sign on zero.
std::string tick_text(double value) { return shortest(std::round(value * 1e6) / 1e6 + 0.0); }

data tick_list(const std::vector<double>& values, const Frame& frame, bool horizontal) {
  data list{data::type::list};
  for (const double value : values)
    list.push_back(tick(horizontal ? frame.x(value) : frame.y(value), tick_text(value)));
  return list;
}

data labelled_list(const std::vector<std::pair<double, std::string>>& values, const Frame& frame) {
  data list{data::type::list};
  for (const auto& [x, label] : values) list.push_back(tick(frame.x(x), label));
  return list;
}

data dot_list(const Points& points, const std::vector<std::string>& texts, const Frame& frame) {
  data list{data::type::list};
  for (size_t i = 0; i < points.size(); ++i) {
    const auto& [x, y] = points[i];
    data dot;
    dot.set("x", frame.x(x));
    dot.set("y", frame.y(y));
    dot.set("text", i < texts.size() ? texts[i] : "at " + shortest(std::round(x * 1e4) / 1e4) + ": " + fixed(y, 2));
    list.push_back(dot);
  }
  return list;
}

std::string polyline(const Points& points, const Frame& frame) {
  std::string line;
  const size_t every = (points.size() + kMostPoints - 1) / kMostPoints;
  for (size_t i = 0; i < points.size(); ++i) {
    if (every > 1 && i % every != 0 && i + 1 != points.size()) continue;
    line += (line.empty() ? "" : " ") + frame.x(points[i].first) + "," + frame.y(points[i].second);
  }
  return line;
}

/// The colour says who it is; beyond eight the dash tells equal colours apart.
std::string series_class(size_t colour) {
  return "c" + std::to_string(colour % kColours) + " d" + std::to_string((colour / kColours + colour) % kDashes);
}

data series_data(const Series& series, size_t number, const Frame& frame) {
  data entry;
  entry.set("name", series.name);
  entry.set("class", series_class(series.colour.value_or(number)));
  set_text(entry, "line", series.joined && series.points.size() > 1 ? polyline(series.points, frame) : std::string());
  entry.set("dots", series.joined && series.points.size() > kMostDots ? data{data::type::list}
                                                                      : dot_list(series.points, series.texts, frame));
  entry.set("hollow", dot_list(series.hollow, {}, frame));
  entry.set("rings", dot_list(series.rings, {}, frame));
  return entry;
}

/// y = x from edge to edge and the band around it, cut at the frame by the drawing's clip.
void set_identity(data& result, const Plot& plot, const Frame& frame) {
  result.set("has_identity", flag(plot.identity_band.has_value()));
  if (!plot.identity_band) return;
  const double low = frame.x_low(), high = frame.x_high(), band = *plot.identity_band;
  result.set("identity", polyline({{low, low}, {high, high}}, frame));
  result.set("band", polyline({{low, low - band}, {high, high - band}, {high, high + band}, {low, low + band}}, frame));
}

void set_marks(data& result, const Plot& plot, const Frame& frame) {
  result.set("has_x_band", flag(plot.x_band.has_value()));
  if (plot.x_band) {
    const double low = std::max(plot.x_band->first, frame.x_low());
    const double high = std::min(plot.x_band->second, frame.x_high());
    result.set("x_band_at", frame.x(low));
    result.set("x_band_width", fixed(std::stod(frame.x(high)) - std::stod(frame.x(low)), 1));
    result.set("x_band_label", plot.x_band_label);
  }
  result.set("verticals", labelled_list(plot.verticals, frame));
  Points stairs;
  for (const auto& [x, y] : plot.steps) {
    if (!stairs.empty()) stairs.emplace_back(x, stairs.back().second);
    stairs.emplace_back(x, y);
  }
  set_text(result, "steps", stairs.size() > 1 ? polyline(stairs, frame) : std::string());
}

void set_axes(data& result, const Plot& plot, const Frame& frame) {
  result.set("width", fixed(kWidth, 0));
  result.set("height", fixed(kHeight, 0));
  result.set("left", fixed(kLeft, 0));
  result.set("right", fixed(kWidth - kRight, 0));
  result.set("top", fixed(frame.top(), 0));
  result.set("bottom", fixed(kHeight - kBottom, 0));
  result.set("inner_width", fixed(kWidth - kLeft - kRight, 0));
  result.set("inner_height", fixed(kHeight - kBottom - frame.top(), 0));
  result.set("centre", fixed((kLeft + kWidth - kRight) / 2, 0));
  result.set("x_ticks", tick_list(frame.x_ticks(), frame, true));
  result.set("y_ticks", tick_list(frame.y_ticks(), frame, false));
  result.set("has_top", flag(!plot.top_ticks.empty()));
  result.set("top_label", plot.top_label);
  result.set("top_ticks", labelled_list(plot.top_ticks, frame));
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

std::vector<double> log_ticks(double low, double high) {
  std::vector<double> all, powers;
  for (double power = std::pow(10, std::floor(std::log10(low))); power <= high; power *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor * power < low || factor * power > high) continue;
      all.push_back(factor * power);
      if (factor == 1) powers.push_back(power);
    }
  }
  if (all.size() < 2) return ticks(low, high, 6);
  return all.size() > 8 ? powers : all;
}

data plot_data(const Plot& plot) {
  const Frame frame(plot);
  data result;
  result.set("title", plot.title);
  result.set("x_label", plot.x_label);
  result.set("y_label", plot.y_label);
  set_text(result, "note", plot.note);
  result.set("empty", flag(frame.empty()));
  if (frame.empty()) return result;
  set_axes(result, plot, frame);
  set_identity(result, plot, frame);
  set_marks(result, plot, frame);
  data list{data::type::list};
  for (size_t i = 0; i < plot.series.size(); ++i) list.push_back(series_data(plot.series[i], i, frame));
  result.set("series", list);
  return result;
}

}  // namespace nlb

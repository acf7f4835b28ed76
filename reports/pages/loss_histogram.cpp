#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "core/durable.h"
#include "core/text.h"
#include "reports/pages/page_data.h"
#include "reports/pages/plot.h"
#include "reports/pages/sections.h"
#include "results/samples.h"
#include "results/store.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

constexpr size_t kBins = 40;
constexpr double kWidth = 640, kHeight = 240, kLeft = 40, kBottom = 40, kTop = 10;

struct Histogram {
  std::array<double, kBins> right{}, wrong{};  ///< percent of the right and of the wrong labels
  int64_t right_count = 0, wrong_count = 0;
  double high = 0;  ///< loss at the right edge; larger ones are in the last bin
};

/// The 99.5th percentile: a few huge losses must not squeeze all others into one bin.
double upper_edge(std::vector<double> losses) {
  const auto place = losses.begin() + static_cast<std::ptrdiff_t>(0.995 * static_cast<double>(losses.size() - 1));
  std::nth_element(losses.begin(), place, losses.end());
  return std::max(*place, 1e-6);
}

Histogram count(const KeptSamples& samples) {
  std::vector<double> losses;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (samples.given[i] >= 0 && std::isfinite(samples.loss[i])) losses.push_back(samples.loss[i]);
  }
  Histogram histogram;
  if (losses.empty()) return histogram;
  histogram.high = upper_edge(losses);
  for (size_t i = 0; i < samples.size(); ++i) {
    if (samples.given[i] < 0 || !std::isfinite(samples.loss[i])) continue;
    const double share = std::clamp(samples.loss[i] / histogram.high, 0.0, 1.0);
    const size_t bin = std::min(kBins - 1, static_cast<size_t>(share * kBins));
    const bool right = samples.given[i] == samples.clean[i];
    (right ? histogram.right : histogram.wrong)[bin] += 1;
    ++(right ? histogram.right_count : histogram.wrong_count);
  }
  for (size_t bin = 0; bin < kBins; ++bin) {
    histogram.right[bin] *= 100.0 / static_cast<double>(std::max<int64_t>(1, histogram.right_count));
    histogram.wrong[bin] *= 100.0 / static_cast<double>(std::max<int64_t>(1, histogram.wrong_count));
  }
  return histogram;
}

data drawn(const Histogram& histogram) {
  double most = 0;
  for (size_t bin = 0; bin < kBins; ++bin) most = std::max({most, histogram.right[bin], histogram.wrong[bin]});
  const double step = (kWidth - kLeft) / kBins, unit = (kHeight - kTop - kBottom) / most;
  data result, bars{data::type::list}, tick_list{data::type::list};
  const auto set_bar = [&](data& bar, const std::string& name, double percent) {
    bar.set(name + "_y", fixed(kHeight - kBottom - percent * unit, 1));
    bar.set(name + "_height", fixed(percent * unit, 1));
  };
  for (size_t bin = 0; bin < kBins; ++bin) {
    data bar;
    bar.set("x", fixed(kLeft + step * static_cast<double>(bin), 1));
    set_bar(bar, "right", histogram.right[bin]);
    set_bar(bar, "wrong", histogram.wrong[bin]);
    bars.push_back(bar);
  }
  for (const double value : ticks(0, histogram.high, 8)) {
    data tick;
    tick.set("at", fixed(kLeft + value / histogram.high * (kWidth - kLeft), 1));
    tick.set("label", shortest(std::round(value * 1e6) / 1e6));
    tick_list.push_back(tick);
  }
  result.set("bars", bars);
  result.set("bar_width", fixed(step - 1, 1));
  result.set("ticks", tick_list);
  result.set("width", fixed(kWidth, 0));
  result.set("height", fixed(kHeight, 0));
  result.set("bottom", fixed(kHeight - kBottom, 0));
  result.set("left", fixed(kLeft, 0));
  result.set("top", fixed(kTop, 0));
  result.set("most", fixed(most, 0));
  result.set("right", std::to_string(histogram.right_count));
  result.set("wrong", std::to_string(histogram.wrong_count));
  return result;
}

}  // namespace

data loss_histogram_data(const Record& record) {
  const auto file = kept_place(record, kSamplesFile);
  data none;
  none.set("empty", flag(true));
  if (!std::filesystem::exists(file)) return none;
  try {
    const auto histogram = count(read_samples(read_file(file), file.string()));
    if (histogram.right_count + histogram.wrong_count == 0) return none;
    auto result = drawn(histogram);
    result.set("empty", flag(false));
    return result;
  } catch (const std::runtime_error&) {  // kept files are extras: a broken one is reported by export, not here
    return none;
  }
}

}  // namespace nlb

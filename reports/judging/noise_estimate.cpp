#include "reports/judging/noise_estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "datasets/noise_inputs.h"

namespace nlb {
namespace {

constexpr int64_t kDrawnPerClass = 200;
constexpr int64_t kMostPrintedClasses = 20;
constexpr double kEvenly = 0.25, kToOne = 0.75;  // concentrations from which words change

std::string percent_text(double share) { return fixed(100 * share, 1) + " %"; }

std::string interval_text(const Interval& interval) {
  return fixed(100 * interval.low, 1) + "–" + percent_text(interval.high);
}

std::string spread_words(double concentration) {
  if (std::isnan(concentration)) return "too few wrong labels to say how they are spread";
  const auto value = " (concentration " + fixed(concentration, 2) + ": 0 = evenly, 1 = to one class)";
  if (concentration < kEvenly) return "wrong labels are spread over the other classes, like symmetric noise" + value;
  if (concentration > kToOne)
    return "wrong labels of a class go to one other class, like pair or asymmetric noise" + value;
  return "wrong labels of a class go to a few others, like confusions between similar classes" + value;
}

/// What a setting's noise does, drawn once on balanced labels of its data set.
NoiseEstimate drawn_noise(const NoiseSpec& noise, int64_t classes) {
  // GLC's order of drawing is defined for its own number of images only.
  const auto count = noise.options.value("population", kDrawnPerClass * classes);
  std::vector<int64_t> clean;
  for (int64_t i = 0; i < count; ++i) clean.push_back(i % classes);
  return estimate_noise(make_noisy_labels(noise, clean, classes, 1), clean, classes);
}

/// Each noise is drawn once, however many protocols have it.
class Drawn {
 public:
  /// nullptr where it cannot be drawn from labels alone.
  const NoiseEstimate* of(const NoiseSpec& noise, int64_t classes) {
    const auto key = noise.generator + noise.options.dump() + shortest(noise.rate) + "/" + std::to_string(classes);
    const auto [place, fresh] = known_.try_emplace(key);
    if (fresh && draws_from_labels_alone(noise)) {
      try {
        place->second = drawn_noise(noise, classes);
      } catch (const InputError&) {
        place->second.checked = 0;  // not built, or not defined for so many classes
      }
    }
    return place->second.checked > 0 ? &place->second : nullptr;
  }

 private:
  std::map<std::string, NoiseEstimate> known_;
};

double distance_of(const NoiseEstimate& a, const NoiseEstimate& b) {
  const double rate = a.rate() - b.rate();
  const double concentration = a.concentration() - b.concentration();
  return std::isnan(concentration) ? std::abs(rate) : std::hypot(rate, concentration);
}

std::vector<NearSetting> settings_by_distance(const NoiseEstimate& estimate, const Protocol& protocol,
                                              const Facts& facts, Drawn& drawn) {
  std::vector<NearSetting> all;
  for (const auto& group : protocol.groups) {
    const auto set = facts.datasets.find(group.data.dataset);
    if (set == facts.datasets.end()) continue;
    for (const auto& setting : group.settings) {
      const auto* noise = drawn.of(setting.noise, set->second.classes);
      if (noise == nullptr || noise->wrong == 0) continue;
      all.push_back({.protocol = protocol.id,
                     .group = group.id,
                     .setting = setting.name,
                     .title = protocol.title,
                     .rate = noise->rate(),
                     .concentration = noise->concentration(),
                     .distance = distance_of(estimate, *noise)});
    }
  }
  const auto nearer = [](const NearSetting& a, const NearSetting& b) { return a.distance < b.distance; };
  std::stable_sort(all.begin(), all.end(), nearer);
  return all;
}

std::string of_checked(int64_t some, const NoiseEstimate& estimate) {
  return std::to_string(some) + " of " + std::to_string(estimate.checked) + " checked labels";
}

/// "cat -> dog, dog -> cat" where most labels of each clean class are of another one, each of one of its own, and far
/// more labels are right so; "" else.
std::string other_names(const NoiseEstimate& estimate, const std::vector<std::string>& class_names, int64_t& right) {
  constexpr double kSigmas = 6;
  std::vector<std::string> moved;
  std::set<int64_t> taken;
  right = 0;
  for (int64_t clean = 0; clean < estimate.classes; ++clean) {
    const auto row = estimate.counts.begin() + clean * estimate.classes;
    const auto top = std::max_element(row, row + estimate.classes);
    if (estimate.classes == 0 || *top == 0) continue;
    const auto given = static_cast<int64_t>(top - row);
    if (!taken.insert(given).second) return "";
    right += *top;
    if (given == clean) continue;
    moved.push_back(class_names[static_cast<size_t>(clean)] + " -> " + class_names[static_cast<size_t>(given)]);
  }
  const auto own = static_cast<double>(estimate.checked - estimate.wrong);
  return static_cast<double>(right) > own + kSigmas * std::sqrt(own + 1) ? join(moved, ", ") : "";
}

/// The right labels that chance would give, and one and a half standard deviations more.
double right_by_chance(const NoiseEstimate& estimate, double& chance) {
  const auto checked = static_cast<double>(estimate.checked);
  chance = 0;
  for (int64_t c = 0; c < estimate.classes; ++c) {
    int64_t given = 0;
    for (int64_t clean = 0; clean < estimate.classes; ++clean) {
      given += estimate.counts[static_cast<size_t>(clean * estimate.classes + c)];
    }
    chance += static_cast<double>(given) / checked * (static_cast<double>(estimate.row_sum(c)) / checked);
  }
  return checked * chance + 1.5 * std::sqrt(checked * chance * (1 - chance));
}

}  // namespace

int64_t NoiseEstimate::row_sum(int64_t clean) const {
  int64_t sum = 0;
  for (int64_t c = 0; c < classes; ++c) sum += counts[static_cast<size_t>(clean * classes + c)];
  return sum;
}

double NoiseEstimate::rate() const {
  return checked == 0 ? 0 : static_cast<double>(wrong) / static_cast<double>(checked);
}

Interval NoiseEstimate::rate_interval() const { return clopper_pearson(wrong, checked); }

Interval NoiseEstimate::entry_interval(int64_t clean, int64_t given) const {
  return clopper_pearson(counts[static_cast<size_t>(clean * classes + given)], row_sum(clean));
}

double NoiseEstimate::concentration() const {
  if (classes < 3) return std::numeric_limits<double>::quiet_NaN();
  double same = 0, pairs = 0;
  for (int64_t clean = 0; clean < classes; ++clean) {
    double wrong_here = 0;
    for (int64_t c = 0; c < classes; ++c) {
      if (c == clean) continue;
      const auto count = static_cast<double>(counts[static_cast<size_t>(clean * classes + c)]);
      wrong_here += count;
      same += count * (count - 1);
    }
    pairs += wrong_here * (wrong_here - 1);
  }
  if (pairs == 0) return std::numeric_limits<double>::quiet_NaN();
  // The chance that two wrong labels of a class agree, with the chance of evenly spread ones taken off: 0 evenly, 1 all
  // to one class. No label is paired with itself, so few labels do not look concentrated.
  const double even = 1.0 / static_cast<double>(classes - 1);
  return (same / pairs - even) / (1 - even);
}

NoiseEstimate estimate_noise(std::span<const int64_t> given, std::span<const int64_t> clean, int64_t classes) {
  NLB_CHECK(given.size() == clean.size(), "one given label a clean one");
  NoiseEstimate estimate{.classes = classes, .counts = std::vector<int64_t>(static_cast<size_t>(classes * classes), 0)};
  for (size_t i = 0; i < given.size(); ++i) {
    if (clean[i] < 0 || given[i] < 0) continue;
    ++estimate.checked;
    estimate.wrong += given[i] != clean[i] ? 1 : 0;
    ++estimate.counts.at(static_cast<size_t>(clean[i] * classes + given[i]));
  }
  return estimate;
}

std::vector<NearSetting> nearest_settings(const NoiseEstimate& estimate, const std::vector<Protocol>& protocols,
                                          const Facts& facts, size_t most) {
  Drawn drawn;
  std::vector<NearSetting> near;
  for (const auto& protocol : protocols) {
    if (const auto all = settings_by_distance(estimate, protocol, facts, drawn); !all.empty()) {
      near.push_back(all.front());
    }
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const NearSetting& a, const NearSetting& b) { return a.distance < b.distance; });
  if (near.size() > most) near.resize(most);
  return near;
}

std::vector<std::string> estimate_doubts(const NoiseEstimate& estimate, const std::vector<std::string>& class_names) {
  constexpr int64_t kFew = 20;
  if (estimate.checked < kFew) return {};
  int64_t right = 0;
  if (const auto names = other_names(estimate, class_names, right); !names.empty()) {
    return {"the columns seem to name the classes differently, clean -> most frequent label: " + names + "; so " +
            of_checked(right, estimate) + " would be right, in place of " +
            std::to_string(estimate.checked - estimate.wrong) + ": put the names right in one of the columns"};
  }
  double chance = 0;
  const auto most = right_by_chance(estimate, chance);
  if (static_cast<double>(estimate.checked - estimate.wrong) > most) return {};
  return {of_checked(estimate.checked - estimate.wrong, estimate) + " are right, no more than chance gives (" +
          percent_text(chance) + "): do label and clean_label of a row speak of the same image?"};
}

std::vector<std::string> estimate_lines(const NoiseEstimate& estimate, const std::vector<std::string>& class_names) {
  if (estimate.checked == 0) return {"no clean label is known, so nothing can be said of the noise"};
  std::vector<std::string> lines = {std::to_string(estimate.wrong) + " of " + std::to_string(estimate.checked) +
                                        " checked labels are wrong: " + percent_text(estimate.rate()) +
                                        ", 95 % interval " + interval_text(estimate.rate_interval()) +
                                        " (exact; holds if the checked ones were picked at random)",
                                    spread_words(estimate.concentration())};
  for (const auto& doubt : estimate_doubts(estimate, class_names)) lines.push_back("note: " + doubt);
  if (estimate.classes > kMostPrintedClasses) return lines;
  lines.emplace_back("P(given | clean) with 95 % intervals, entries that were seen:");
  for (int64_t clean = 0; clean < estimate.classes; ++clean) {
    std::vector<std::string> entries;
    for (int64_t given = 0; given < estimate.classes; ++given) {
      const auto count = estimate.counts[static_cast<size_t>(clean * estimate.classes + given)];
      if (count == 0) continue;
      entries.push_back(class_names[static_cast<size_t>(given)] + " " +
                        percent_text(static_cast<double>(count) / static_cast<double>(estimate.row_sum(clean))) + " [" +
                        interval_text(estimate.entry_interval(clean, given)) + "]");
    }
    lines.push_back("  " + class_names[static_cast<size_t>(clean)] + " (" + std::to_string(estimate.row_sum(clean)) +
                    " checked): " + (entries.empty() ? "none" : join(entries, ", ")));
  }
  return lines;
}

std::vector<std::string> near_lines(const std::vector<NearSetting>& near) {
  std::vector<std::string> lines;
  if (!near.empty()) lines.emplace_back("protocols nearest in rate and kind of noise:");
  for (const auto& one : near) {
    lines.push_back("  " + one.protocol + ", " + (one.group == "main" ? "" : "group " + one.group + ", ") + "setting " +
                    one.setting + ": " + percent_text(one.rate) + " wrong, concentration " +
                    fixed(std::max(0.0, one.concentration), 2) + " (" + one.title + ")");
  }
  return lines;
}

}  // namespace nlb

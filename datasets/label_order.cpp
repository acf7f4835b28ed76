#include "datasets/label_order.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <iterator>
#include <numeric>

#include "core/text.h"
#include "datasets/known_labels.h"
#include "datasets/label_stretches.h"
#include "datasets/label_values.h"
#include "datasets/noise.h"

namespace nlb {
namespace {

constexpr double kSigmas = 6;  // beyond chance, also where thousands of orders are tried
using Labels = std::span<const int64_t>;

/// Another order in which the labels could belong to the images, with the expression that puts them right.
struct Order {
  std::string words, cure;
  std::vector<int64_t> source;  ///< [N]: training image i has label source[i] of the file
  std::string where = {};       ///< what stands for what in the cure
};

std::vector<int64_t> rotation(int64_t count, int64_t by) {
  std::vector<int64_t> source(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) source[static_cast<size_t>(i)] = (i + by) % count;
  return source;
}

Order reversed(int64_t count) {
  std::vector<int64_t> source(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) source[static_cast<size_t>(i)] = count - 1 - i;
  return {"in reversed order", "labels[::-1]", std::move(source)};
}

Order shifted(int64_t count, int64_t by) {
  const int64_t least = by <= count / 2 ? by : by - count;
  const std::string size = std::to_string(std::abs(least));
  return {"shifted by " + size +
              (least > 0 ? ": label " + size + " of the file belongs to image 0"
                         : ": label 0 of the file belongs to image " + size),
          "numpy.roll(labels, " + std::to_string(-least) + ")", rotation(count, by)};
}

/// As ImageFolder lists one folder a class; inside a class in the set's order.
Order by_class(Labels clean) {
  std::vector<int64_t> images(clean.size());
  std::iota(images.begin(), images.end(), int64_t{0});
  std::stable_sort(images.begin(), images.end(),
                   [&](int64_t a, int64_t b) { return clean[static_cast<size_t>(a)] < clean[static_cast<size_t>(b)]; });
  std::vector<int64_t> source(clean.size());
  for (size_t at = 0; at < images.size(); ++at) source[static_cast<size_t>(images[at])] = static_cast<int64_t>(at);
  return {"in the order of class folders, one class behind the other",
          "labels[numpy.argsort(numpy.argsort(clean, kind=\"stable\"))]", std::move(source),
          ", where clean are the set's own labels and the files of a folder stand in the set's order"};
}

/// As a folder lists files that are numbered without leading zeros: 0, 1, 10, 100, 1000, ...
Order by_file_name(int64_t count, int64_t first) {
  std::vector<std::pair<std::string, int64_t>> names;
  for (int64_t i = 0; i < count; ++i) names.emplace_back(std::to_string(i + first), i);
  std::sort(names.begin(), names.end());
  std::vector<int64_t> source(static_cast<size_t>(count));
  for (size_t at = 0; at < names.size(); ++at) source[static_cast<size_t>(names[at].second)] = static_cast<int64_t>(at);
  const std::string key = first == 0 ? "key=str" : "key=lambda i: str(i + " + std::to_string(first) + ")";
  return {"in the order of file names that count from " + std::to_string(first) + " without leading zeros (" +
              names.at(0).first + ", " + names.at(1).first + ", " + names.at(2 % names.size()).first + ", ...)",
          "labels[numpy.argsort(sorted(range(len(labels)), " + key + "))]", std::move(source)};
}

int64_t agreeing(Labels labels, Labels clean, const std::vector<int64_t>& source) {
  int64_t count = 0;
  for (size_t i = 0; i < clean.size(); ++i) count += labels[static_cast<size_t>(source[i])] == clean[i] ? 1 : 0;
  return count;
}

int64_t agreeing(Labels labels, Labels clean) {
  return std::inner_product(labels.begin(), labels.end(), clean.begin(), int64_t{0}, std::plus<>(), std::equal_to<>());
}

std::vector<int64_t> counts_of(Labels labels, int64_t classes) {
  std::vector<int64_t> counts(static_cast<size_t>(classes), 0);
  for (const int64_t label : labels) {
    if (label >= 0 && label < classes) ++counts[static_cast<size_t>(label)];
  }
  return counts;
}

/// The share of agreement between labels that know nothing of each other.
double chance_of(Labels labels, const SetLabels& set) {
  const auto given = counts_of(labels, set.classes), clean = counts_of(set.clean, set.classes);
  const double count = static_cast<double>(labels.size());
  double chance = 0;
  for (size_t c = 0; c < given.size(); ++c) {
    chance += static_cast<double>(given[c]) / count * (static_cast<double>(clean[c]) / count);
  }
  return chance;
}

/// The most agreement that chance gives to one of many orders.
double most_by_chance(double chance, double count) {
  return count * chance + kSigmas * std::sqrt(count * chance * (1 - chance)) + 1;
}

std::string of_all(int64_t some, int64_t count) {
  return std::to_string(some) + " of " + std::to_string(count) + ", " +
         fixed(100 * static_cast<double>(some) / static_cast<double>(count), 1) + " %";
}

/// The shift under which a sample of the labels agrees best; a whole comparison of all shifts would take minutes.
int64_t best_shift(Labels labels, Labels clean) {
  constexpr size_t kSample = 400;
  const size_t count = clean.size(), step = std::max<size_t>(1, count / kSample);
  int64_t best = 0, most = -1;
  for (size_t by = 1; by < count; ++by) {
    int64_t agreement = 0;
    for (size_t i = 0; i < count; i += step) {
      const size_t from = i + by < count ? i + by : i + by - count;
      agreement += labels[from] == clean[i] ? 1 : 0;
    }
    if (agreement > most) {
      most = agreement;
      best = static_cast<int64_t>(by);
    }
  }
  return best;
}

/// The order that fits far better than the set's own; nothing where none does.
std::optional<std::string> fitting_order(Labels labels, const SetLabels& set) {
  const auto count = std::ssize(set.clean);
  if (count < 2) return std::nullopt;
  const int64_t own = agreeing(labels, set.clean);
  const double chance = chance_of(labels, set);
  const double least = std::max(most_by_chance(chance, static_cast<double>(count)),
                                static_cast<double>(own) + kSigmas * std::sqrt(static_cast<double>(own) + 1));
  const std::array orders = {reversed(count), by_class(set.clean), by_file_name(count, 0), by_file_name(count, 1),
                             shifted(count, best_shift(labels, set.clean))};
  const auto agreement = [&](const Order& order) { return agreeing(labels, set.clean, order.source); };
  const auto best = std::max_element(orders.begin(), orders.end(), [&](const Order& one, const Order& other) {
    return agreement(one) < agreement(other);
  });
  if (static_cast<double>(agreement(*best)) <= least) return std::nullopt;
  return "the labels are " + best->words + ": so " + of_all(agreement(*best), count) +
         " agree with the set's own, as they lie " + of_all(own, count) + label_cure(best->cure) + best->where;
}

/// A part of the labels that belongs to other images: batches in another order, a label that was lost on the way.
std::optional<std::string> misplaced_part(Labels labels, const std::vector<LabelStretch>& stretches) {
  std::vector<LabelStretch> placed;
  std::copy_if(stretches.begin(), stretches.end(), std::back_inserter(placed),
               [](const LabelStretch& stretch) { return stretch.shift.has_value(); });
  if (placed.empty()) return std::nullopt;
  return "a part of the labels belongs to other images: " + stretch_words(placed, std::ssize(labels)) +
         "; parts in another order, or a label that was lost or doubled on the way: make the file in the set's order";
}

/// Which class most images of each class have; -1 for a class without images.
std::vector<int64_t> renumbering(Labels labels, const SetLabels& set, int64_t& agreement) {
  const auto classes = static_cast<size_t>(set.classes);
  std::vector<int64_t> matrix(classes * classes, 0);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] >= set.classes) continue;
    ++matrix[static_cast<size_t>(set.clean[i]) * classes + static_cast<size_t>(labels[i])];
  }
  std::vector<int64_t> numbers(classes, -1);
  agreement = 0;
  for (size_t c = 0; c < classes; ++c) {
    const auto row = matrix.begin() + static_cast<std::ptrdiff_t>(c * classes);
    const auto top = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes));
    if (*top == 0) continue;
    numbers[c] = top - row;
    agreement += *top;
  }
  return numbers;
}

bool names_each_once(std::vector<int64_t> numbers) {
  std::erase(numbers, -1);
  std::sort(numbers.begin(), numbers.end());
  return numbers.size() > 1 && std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end();
}

std::string numbering_words(const std::vector<int64_t>& numbers) {
  constexpr size_t kShown = 20;
  std::vector<std::string> words;
  for (size_t c = 0; c < numbers.size(); ++c) {
    if (numbers[c] < 0 || numbers[c] == static_cast<int64_t>(c)) continue;
    if (words.size() == kShown) {
      words.emplace_back("...");
      break;
    }
    words.push_back(std::to_string(c) + " -> " + std::to_string(numbers[c]));
  }
  return join(words, ", ");
}

/// numpy's table from the file's numbers to the set's.
std::string renumbering_cure(const std::vector<int64_t>& numbers, int64_t classes) {
  std::vector<std::string> table(static_cast<size_t>(classes), "-1");
  for (size_t c = 0; c < numbers.size(); ++c) {
    if (numbers[c] >= 0) table[static_cast<size_t>(numbers[c])] = std::to_string(c);
  }
  return label_cure("numpy.array([" + join(table, ", ") + "])[labels]");
}

/// Classes under other numbers, in the set's order of images.
std::optional<std::string> fitting_numbers(Labels labels, const SetLabels& set) {
  const int64_t own = agreeing(labels, set.clean);
  int64_t agreement = 0;
  const auto numbers = renumbering(labels, set, agreement);
  // Each class's most frequent label agrees by choice, too: a few standard deviations for each.
  const double count = static_cast<double>(labels.size()), chance = 1.0 / static_cast<double>(set.classes);
  const double chosen = count * chance + kSigmas * std::sqrt(count * static_cast<double>(set.classes) * chance);
  const double least = std::max(chosen, static_cast<double>(own) + kSigmas * std::sqrt(static_cast<double>(own) + 1));
  if (!names_each_once(numbers) || static_cast<double>(agreement) <= least) return std::nullopt;
  const bool from_one = std::all_of(numbers.begin(), numbers.end(), [&, c = int64_t{0}](int64_t number) mutable {
    ++c;
    return number < 0 || number == c || (c == set.classes && number >= 0);
  });
  return std::string("the classes have other numbers than the set's") +
         (from_one ? " (they run from 1, and the last class is missing)" : "") +
         ", class -> most frequent label: " + numbering_words(numbers) + "; so " +
         of_all(agreement, std::ssize(labels)) + " agree with the set's own, as they are " +
         of_all(own, std::ssize(labels)) + renumbering_cure(numbers, set.classes);
}

std::optional<std::string> single_values(Labels labels, const SetLabels& set) {
  const auto [lowest, highest] = std::minmax_element(labels.begin(), labels.end());
  if (*lowest == *highest) return "all labels are " + std::to_string(*lowest) + ": one class for all images";
  const bool two = std::all_of(labels.begin(), labels.end(), [](int64_t label) { return label == 0 || label == 1; });
  if (!two || set.classes == 2) return std::nullopt;
  return "only 0 and 1 for " + std::to_string(set.classes) +
         " classes: this looks like a mask of right or wrong labels, not like labels";
}

bool is_same_bag(Labels labels, const SetLabels& set) {
  return counts_of(labels, set.classes) == counts_of(set.clean, set.classes);
}

/// "the labels of cifar10 in TensorFlow's order ..." by digest.
std::optional<std::string> published_order(Labels labels, const SetLabels& set) {
  const std::string file = tensorflow_order_file(label_digest(labels, set.classes), set.id);
  if (file.empty()) return std::nullopt;
  return "they are the set's own in TensorFlow's order, which " + file +
         " of UCSC-REAL/cifar-10-100n translates; in Python: " +
         "right = numpy.empty_like(labels); right[numpy.load(\"" + file +
         "\")] = labels; numpy.save(\"labels.npy\", right)";
}

bool is_coarse(const std::string& name) { return name.find("coarse") != std::string::npos; }

/// As people name the right labels beside the noisy ones.
bool is_clean(const std::string& name) {
  static constexpr std::array kNames = {"clean_label",   "clean_labels",   "clean",           "clean_target",
                                        "clean_targets", "clean_y",        "y_clean",         "label_clean",
                                        "labels_clean",  "true_label",     "true_labels",     "true_target",
                                        "true_targets",  "true_y",         "y_true",          "gt",
                                        "gt_label",      "gt_labels",      "ground_truth",    "orig_label",
                                        "orig_labels",   "original_label", "original_labels", "original_targets"};
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

/// Under such a name, beside labels of more classes, these say which labels are right, and are none.
bool are_zeros_and_ones(Labels labels) {
  const auto holds = [&](int64_t wanted) { return std::find(labels.begin(), labels.end(), wanted) != labels.end(); };
  return holds(0) && holds(1) &&
         std::all_of(labels.begin(), labels.end(), [](int64_t label) { return label == 0 || label == 1; });
}

}  // namespace

const LabelArray* own_clean_of(const LabelFile& file, const std::string& name) {
  const auto named =
      std::find_if(file.arrays.begin(), file.arrays.end(), [&](const LabelArray& array) { return array.name == name; });
  const bool two_classes = named != file.arrays.end() && are_zeros_and_ones(named->labels);
  for (const LabelArray& array : file.arrays) {
    if (array.name == name || (are_zeros_and_ones(array.labels) && !two_classes)) continue;
    if (is_coarse(name) ? array.name == "clean_coarse_label" : is_clean(array.name)) return &array;
  }
  return nullptr;
}

LabelFit fit_of_clean(Labels labels, const SetLabels& set, const std::string& name) {
  LabelFit fit;
  constexpr double kCorrected = 0.01;
  if (labels.size() != set.clean.size()) {
    fit.refusals.push_back(name + " has " + std::to_string(labels.size()) + " labels for " +
                           std::to_string(set.clean.size()) + " images");
    return fit;
  }
  const int64_t own = agreeing(labels, set.clean), count = std::ssize(labels);
  if (own == count) return fit;
  if (static_cast<double>(count - own) <= kCorrected * static_cast<double>(count)) {
    fit.remarks.push_back(name + " differs from the set's own labels in " + of_all(count - own, count));
    return fit;
  }
  auto reason = published_order(labels, set);
  if (!reason) reason = misplaced_part(labels, stretches_at_chance(labels, set.clean, chance_of(labels, set)));
  if (!reason) reason = fitting_order(labels, set);
  if (!reason) reason = fitting_numbers(labels, set);
  if (!reason && is_same_bag(labels, set)) reason = "each class is as frequent as in the set, so the order is another";
  fit.refusals.push_back(name + " is not the set's own: " + of_all(own, count) +
                         " agree, so the labels belong to other " + "images or classes" +
                         (reason ? "; " + *reason : ""));
  return fit;
}

LabelFit fit_of_noisy(Labels labels, const SetLabels& set) {
  LabelFit fit;
  if (labels.empty() || labels.size() != set.clean.size()) return fit;
  auto reason = single_values(labels, set);
  const double chance = chance_of(labels, set);
  const auto stretches = stretches_at_chance(labels, set.clean, chance);
  if (!reason) reason = misplaced_part(labels, stretches);
  if (!reason) reason = fitting_order(labels, set);
  if (!reason) reason = fitting_numbers(labels, set);
  if (reason) {
    fit.refusals.push_back(*reason);
    return fit;
  }
  if (!stretches.empty()) {
    fit.remarks.push_back("the labels of " + stretch_words(stretches, std::ssize(labels)) +
                          " agree with the set's own no more often than by chance, those of the other images do: is "
                          "the file whole and in one order?");
  }
  const double count = static_cast<double>(labels.size());
  const int64_t own = agreeing(labels, set.clean);
  constexpr double kUsual = 3;
  if (static_cast<double>(own) <= count * chance + kUsual * std::sqrt(count * chance * (1 - chance))) {
    fit.remarks.push_back(
        "the labels agree with the set's own no more often than by chance (" + of_all(own, std::ssize(labels)) +
        "; chance " + fixed(100 * chance, 1) +
        " %): are they in the set's order? Labels for TensorFlow's order of CIFAR need a translation, "
        "such as CIFAR-N's image_order_c10.npy");
  }
  return fit;
}

LabelFit fit_of(const LabelFile& file, const LabelArray& array, const SetLabels& set) {
  if (is_coarse(array.name)) return {};  // groups of classes, which no set here is labelled with
  if (is_clean(array.name) && (set.classes == 2 || !are_zeros_and_ones(array.labels)))
    return fit_of_clean(array.labels, set, "the file's " + array.name);
  const LabelArray* clean = own_clean_of(file, array.name);
  if (clean == nullptr) return fit_of_noisy(array.labels, set);
  LabelFit fit = fit_of_clean(clean->labels, set, "the file's own " + clean->name);
  if (fit.refusals.empty()) {
    const LabelFit noisy = fit_of_noisy(array.labels, set);
    fit.remarks.insert(fit.remarks.end(), noisy.remarks.begin(), noisy.remarks.end());
    fit.refusals = noisy.refusals;
  }
  return fit;
}

std::string rate_gap(double stated, double effective, int64_t count) {
  constexpr double kRounding = 0.005, kDeviations = 4;
  const double sampling =
      kDeviations * std::sqrt(stated * (1 - stated) / static_cast<double>(std::max<int64_t>(1, count)));
  if (std::abs(stated - effective) <= kRounding + sampling) return "";
  return fixed(100 * effective, 1) + " % of the labels are wrong; the stated rate is " + fixed(100 * stated, 1) + " %";
}

}  // namespace nlb

#include "datasets/data_needs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text.h"
#include "datasets/indices.h"
#include "protocols/circumstances.h"

namespace nlb {
namespace {

constexpr int64_t kFewOfLargest = 5;  // a class with less than this part of the largest one's images is rare
constexpr int64_t kFewToLearn = 10, kFewToTest = 20, kFewTests = 500;
constexpr size_t kShown = 10;

/// Half width of a 95 % interval of an accuracy of one half, in points.
std::string worst_half_width(int64_t images) {
  return "±" + fixed(100 * 1.959964 * std::sqrt(0.25 / static_cast<double>(images)), 1) + " points";
}

std::vector<int64_t> counts_of(const std::vector<int64_t>& labels, size_t classes) {
  std::vector<int64_t> counts(classes, 0);
  for (const int64_t label : labels) {
    if (label >= 0) ++counts.at(static_cast<size_t>(label));
  }
  return counts;
}

/// "cat (3), dog (5)" of the classes that `is_one` picks; "" for none.
template <typename IsOne>
std::string named(const ClassCounts& counts, const std::vector<int64_t>& shown, const IsOne& is_one) {
  std::vector<std::string> words;
  for (size_t c = 0; c < counts.names.size(); ++c) {
    if (is_one(c)) words.push_back(counts.names[c] + " (" + std::to_string(shown[c]) + ")");
  }
  const size_t count = words.size();
  if (count > kShown) words.resize(kShown);
  return join(words, ", ") + (count > kShown ? " and " + std::to_string(count - kShown) + " more" : "");
}

void add_unless_empty(std::vector<std::string>& remarks, const std::string& names, const std::string& begin,
                      const std::string& end) {
  if (!names.empty()) remarks.push_back(begin + names + end);
}

std::string of_images(int64_t part, int64_t whole) {
  return std::to_string(part) + " of " + std::to_string(whole) + " training images";
}

bool learns_from_untrusted(const TrialSpec& spec, const MethodFacts& method) {
  return (method.trusted == "required" && method.reads_noisy_labels) ||
         spec.method.options.value("samples", std::string()) == "untrusted";
}

/// What relations may name, as the samples are that are there.
Circumstances found_in(const TrialSpec& spec, const TrainingData& data, const ClassCounts& counts) {
  Circumstances found = circumstances_of(spec);
  found.classes = data.dataset.classes;
  found.samples = data.size();
  found.trusted = std::ssize(data.trusted);
  found.rarest_class = *std::min_element(counts.train.begin(), counts.train.end());
  return found;
}

/// "; rarest: cat (3), dog (3)" where the relation names the count, for a class is what people can add images to.
std::string rarest_classes(const BrokenRelation& broken, const ClassCounts& counts) {
  if (std::find(broken.names.begin(), broken.names.end(), "data.rarest_class") == broken.names.end()) return {};
  const int64_t least = *std::min_element(counts.train.begin(), counts.train.end());
  return "; rarest: " + named(counts, counts.train, [&](size_t c) { return counts.train[c] == least; });
}

}  // namespace

ClassCounts class_counts(const Dataset& dataset) {
  const auto classes = static_cast<size_t>(dataset.classes);
  return {.names = dataset.class_names,
          .train = counts_of(dataset.given.empty() ? dataset.train.labels : dataset.given, classes),
          .test = counts_of(dataset.test.labels, classes)};
}

ClassCounts class_counts(const TrainingData& data) {
  const auto classes = static_cast<size_t>(data.dataset.classes);
  return {.names = data.dataset.class_names,
          .train = counts_of(data.given, classes),
          .test = counts_of(gather(data.dataset.test.labels, data.test_index), classes)};
}

std::vector<std::string> class_remarks(const ClassCounts& counts) {
  std::vector<std::string> remarks;
  const auto &train = counts.train, &test = counts.test;
  const int64_t largest = train.empty() ? 0 : *std::max_element(train.begin(), train.end());
  int64_t tests = 0, fewest = std::numeric_limits<int64_t>::max();
  for (const int64_t count : test) {
    tests += count;
    if (count > 0) fewest = std::min(fewest, count);
  }
  add_unless_empty(remarks, named(counts, test, [&](size_t c) { return train[c] == 0 && test[c] > 0; }),
                   "no training image has this label, so nothing can learn it (test images): ", "");
  add_unless_empty(remarks, named(counts, train, [&](size_t c) { return train[c] == 0 && test[c] == 0; }),
                   "a class without training and test images: ", "; only a clean_label names it");
  add_unless_empty(remarks, named(counts, train, [&](size_t c) { return train[c] > 0 && test[c] == 0; }),
                   "no test image shows these classes, so no accuracy speaks of them (training images): ", "");
  const auto rare = [&](size_t c) {
    return train[c] > 0 && (train[c] < kFewToLearn || train[c] * kFewOfLargest < largest);
  };
  add_unless_empty(remarks, named(counts, train, rare), "rare in training: ",
                   ", where the largest class has " + std::to_string(largest) +
                       "; methods that leave suspicious images out often end by never predicting such a class");
  add_unless_empty(remarks, named(counts, test, [&](size_t c) { return test[c] > 0 && test[c] < kFewToTest; }),
                   "rare in the test split: ",
                   ", whose own accuracies are known to within " + worst_half_width(fewest) + " at worst");
  if (tests > 0 && tests < kFewTests) {
    remarks.push_back(std::to_string(tests) + " test images give each accuracy to within " + worst_half_width(tests) +
                      " (worst case, 95 %); rows nearer than that cannot be told apart");
  }
  return remarks;
}

std::string few_untrusted(const TrialSpec& spec, const MethodFacts& method, int64_t images, int64_t trusted) {
  const int64_t batch = spec.recipe.batch_size, left = images - trusted;
  if (!learns_from_untrusted(spec, method) || left >= batch || left < circumstances_of(spec).least_batch()) return {};
  return "it learns from images that are not trusted, at least a batch of " + std::to_string(batch) + ", and " +
         of_images(trusted, images) + " are trusted; it would run, and its accuracy would mean nothing";
}

std::vector<std::string> unmet_needs(const TrialSpec& spec, const MethodFacts& method, const TrainingData& data) {
  const auto counts = class_counts(data);
  std::vector<std::string> unmet;
  for (const auto& broken : broken_relations(method, spec.method.options, found_in(spec, data, counts))) {
    if (!broken.of_data) continue;  // judged where the protocol was read
    unmet.push_back(broken.text + rarest_classes(broken, counts));
  }
  if (auto few = few_untrusted(spec, method, data.size(), std::ssize(data.trusted)); !few.empty())
    unmet.push_back(std::move(few));
  return unmet;
}

}  // namespace nlb

#include "reports/judging/class_accuracy.h"

#include <numeric>
#include <optional>

#include "core/parallel.h"
#include "core/text.h"

namespace nlb {
namespace {

using Confusion = std::vector<int32_t>;  ///< [classes, classes], row = true class

/// The confusion matrices of the cell's seeds; nothing where one is not there.
std::optional<std::vector<Confusion>> confusions_of(const Cell& cell, size_t classes) {
  std::vector<Confusion> list;
  for (const auto& seed : cell.seeds) {
    Record record = *seed.records.front();
    auto& confusion = record.result.final_counts.confusion;  // of predictions made elsewhere it came with the record
    if (confusion.empty() && !try_load_curves(record).empty()) return std::nullopt;
    if (confusion.size() != classes * classes) return std::nullopt;
    list.push_back(std::move(confusion));
  }
  return list;
}

struct Tally {
  int64_t images = 0, right = 0, predicted = 0;
};

Tally tally(const Confusion& confusion, size_t classes, size_t which) {
  Tally result{.right = confusion[which * classes + which]};
  for (size_t other = 0; other < classes; ++other) {
    result.images += confusion[which * classes + other];
    result.predicted += confusion[other * classes + which];
  }
  return result;
}

ClassAccuracy accuracy_of(const std::vector<Confusion>& confusions, const std::vector<std::string>& names) {
  ClassAccuracy accuracy;
  std::vector<std::vector<double>> by_seed(confusions.size());
  for (size_t c = 0; c < names.size(); ++c) {
    OneClass one{.name = names[c]};
    std::vector<double> recalls;
    for (size_t seed = 0; seed < confusions.size(); ++seed) {
      const auto counts = tally(confusions[seed], names.size(), c);
      // A class without test images has no recall, and takes no part in the balanced accuracy.
      if (counts.images == 0) continue;
      one.images = counts.images;
      one.never_predicted += counts.predicted == 0 ? 1 : 0;
      recalls.push_back(100.0 * static_cast<double>(counts.right) / static_cast<double>(counts.images));
      by_seed[seed].push_back(recalls.back());
    }
    one.recall = summarise(recalls);
    if (one.images > 0) accuracy.classes.push_back(std::move(one));
  }
  std::vector<double> balanced;
  for (const auto& recalls : by_seed) balanced.push_back(summarise(recalls).mean);
  accuracy.balanced = summarise(balanced);
  return accuracy;
}

std::string seeds_text(int seeds, int all) { return std::to_string(seeds) + " of " + std::to_string(all) + " seeds"; }

}  // namespace

ClassAccuracies class_accuracies(const Table& table) {
  std::vector<const Cell*> cells;
  for (const auto& cell : table.cells) {
    const bool own = table.protocol->datasets.contains(cell.group->data.dataset);
    if (own && cell.column->kind == Column::Kind::setting && !cell.seeds.empty()) cells.push_back(&cell);
  }
  std::vector<std::optional<ClassAccuracy>> found(cells.size());
  for_each_index(cells.size(), [&](size_t i) {
    const auto& names = table.protocol->datasets.at(cells[i]->group->data.dataset).class_names;
    if (const auto confusions = confusions_of(*cells[i], names.size())) found[i] = accuracy_of(*confusions, names);
  });
  ClassAccuracies accuracies;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (found[i]) accuracies.emplace(cells[i], std::move(*found[i]));
  }
  return accuracies;
}

std::string balanced_text(const ClassAccuracy& accuracy) {
  std::string text = "balanced (last) " + fixed(accuracy.balanced.mean, 2);
  if (accuracy.balanced.n > 1) text += " ± " + fixed(accuracy.balanced.deviation, 2);
  return text;
}

std::string missing_class_text(const Cell& cell, const ClassAccuracy* accuracy) {
  const int all = static_cast<int>(cell.seeds.size());
  if (accuracy == nullptr) {
    const int missing = cell.seeds_with_missing_class();
    return missing == 0 ? "" : "some class is never predicted (" + seeds_text(missing, all) + ")";
  }
  std::vector<std::string> parts;
  for (const auto& one : accuracy->classes) {
    if (one.never_predicted > 0) parts.push_back(one.name + " (" + seeds_text(one.never_predicted, all) + ")");
  }
  return parts.empty() ? "" : "never predicts " + join(parts, ", ");
}

}  // namespace nlb

// datasets/label_values.h -- numbers of any source taken as labels, one integer a sample: a list, a column, or rows
// that are one-hot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/element_type.h"

namespace nlb {

struct LabelReading {
  std::optional<std::vector<int64_t>> labels;
  std::string words;  ///< with labels: how they were taken, "" for a plain list; without: why not, and the cure
};

/// `data`: the elements of `shape` in C's order, complete.
LabelReading labels_of(std::string_view data, const ElementType& type, const std::vector<int64_t>& shape);
/// The same of integers; as many as `shape` says.
LabelReading labels_of(std::vector<int64_t> values, const std::vector<int64_t>& shape);

/// Labels that are named by the number of their sample, as in {"0": 6, "1": 9}: in the order of the samples. Nothing
/// unless the names are 0 to N - 1, each once.
std::optional<std::vector<int64_t>> labels_by_number(const std::vector<std::pair<std::string, int64_t>>& named);

/// What to do in Python about anything that numpy can hold but labels cannot be: "; in Python: ...".
std::string label_cure(const std::string& expression);

}  // namespace nlb

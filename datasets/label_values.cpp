#include "datasets/label_values.h"

#include <charconv>

#include "core/error.h"

namespace nlb {
namespace {

LabelReading refused(const std::string& why, const std::string& expression) {
  return {std::nullopt, why + label_cure(expression)};
}

bool is_table(const std::vector<int64_t>& shape) { return shape.size() == 2 && shape[0] > 0 && shape[1] > 1; }

/// The place of the only one among zeros.
template <typename Number>
std::optional<int64_t> hot_place(const std::vector<Number>& row) {
  std::optional<int64_t> place;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] == 0) continue;
    if (row[i] != 1 || place) return std::nullopt;
    place = static_cast<int64_t>(i);
  }
  return place;
}

/// Row by row: as numbers of 8 bytes a whole table may be many times larger than the file.
std::optional<std::vector<int64_t>> one_hot(std::string_view data, const ElementType& type,
                                            const std::vector<int64_t>& shape) {
  const size_t row = static_cast<size_t>(shape[1]) * type.bytes;
  std::vector<int64_t> labels;
  for (size_t at = 0; at < data.size(); at += row) {
    const auto piece = data.substr(at, row);
    const auto place = type.is_integer() ? hot_place(integers_of(piece, type)) : hot_place(reals_of(piece, type));
    if (!place) return std::nullopt;
    labels.push_back(*place);
  }
  return labels;
}

LabelReading with_shape(std::vector<int64_t> values, const std::vector<int64_t>& shape) {
  if (shape.size() == 1) return {std::move(values), ""};
  if (shape.size() == 2 && shape[1] == 1) return {std::move(values), "a column, " + shape_text(shape)};
  const bool one_row = shape.empty() || (shape.size() == 2 && shape[0] == 1);
  const bool few_rows = shape.size() == 2 && shape[0] < shape[1];
  return refused("an array of shape " + shape_text(shape) +
                     "; labels have one dimension, [N], or are a column [N, 1], or one-hot rows [N, classes]",
                 one_row    ? "labels.reshape(-1)"
                 : few_rows ? "labels[0]"
                            : "labels[:, 0]");
}

/// What is not integers, and no one-hot table either.
LabelReading refused_elements(const ElementType& type, const std::vector<int64_t>& shape) {
  const std::string why = std::string("elements of ") + type.name + "; labels are integers: " + allowed_integer_types();
  if (type.kind == ElementType::Kind::truth) {
    return {std::nullopt, why + "; in place of a mask of right or wrong labels write the class of each sample"};
  }
  if (!is_table(shape)) return refused(why, R"(labels.astype("int64"))");
  return {std::nullopt, why + label_cure("labels.argmax(axis=1)") + ", if a row has a score for each class"};
}

}  // namespace

std::string label_cure(const std::string& expression) {
  return R"(; in Python: numpy.save("labels.npy", )" + expression + ")";
}

LabelReading labels_of(std::string_view data, const ElementType& type, const std::vector<int64_t>& shape) {
  if (is_table(shape)) {
    if (auto labels = one_hot(data, type, shape)) return {std::move(labels), "one-hot, " + shape_text(shape)};
  }
  if (!type.is_integer()) {
    return refused_elements(type, shape);
  }
  auto values = integers_of(data, type);
  if (type.kind == ElementType::Kind::unsigned_integer) {
    for (const int64_t value : values) {
      if (value < 0) return refused("numbers from 2^63 on; labels fit 64 bits", R"(labels.astype("int64"))");
    }
  }
  return with_shape(std::move(values), shape);
}

LabelReading labels_of(std::vector<int64_t> values, const std::vector<int64_t>& shape) {
  if (!is_table(shape)) return with_shape(std::move(values), shape);
  std::vector<int64_t> labels;
  for (auto at = values.begin(); at != values.end(); at += shape[1]) {
    const auto place = hot_place(std::vector<int64_t>(at, at + shape[1]));
    if (!place) return with_shape(std::move(values), shape);
    labels.push_back(*place);
  }
  return {std::move(labels), "one-hot, " + shape_text(shape)};
}

std::optional<std::vector<int64_t>> labels_by_number(const std::vector<std::pair<std::string, int64_t>>& named) {
  std::vector<int64_t> labels(named.size(), 0);
  std::vector<bool> seen(named.size(), false);
  for (const auto& [name, label] : named) {
    size_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size() || number >= named.size() || seen[number]) {
      return std::nullopt;
    }
    seen[number] = true;
    labels[number] = label;
  }
  if (named.empty()) return std::nullopt;
  return labels;
}

}  // namespace nlb

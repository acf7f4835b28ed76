#include "datasets/noise/given.h"

#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace nlb::noise {
namespace {

/// The index of the row's entry in which u of [0, 1) falls; the last positive one takes what rounding leaves.
int64_t entry_at(const std::vector<double>& row, double u) {
  double total = 0;
  for (const double weight : row) total += weight;
  double sum = 0;
  int64_t last = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] <= 0) continue;
    sum += row[i];
    last = static_cast<int64_t>(i);
    if (u * total < sum) break;
  }
  return last;
}

double unit_of(const Request& request, int64_t position) {
  const Words4 words = draw(request.class_key, 0, static_cast<uint64_t>(position), 0);
  return unit_double(words.word[0], words.word[1]);
}

}  // namespace

Labels file_labels(const Request& request) {
  NLB_CHECK(request.inputs != nullptr, "a label file was loaded");
  const std::vector<int64_t>& given = request.inputs->labels;
  Labels labels;
  labels.reserve(request.clean().size());
  for (int64_t position = 0; position < request.size(); ++position) {
    const int64_t image = request.population.image_at(position);
    if (image >= std::ssize(given)) {
      throw InputError("label file: " + std::to_string(given.size()) + " labels, but training image " +
                       std::to_string(image) + " takes part; train on the first ones only, or give a whole file");
    }
    const int64_t label = given[static_cast<size_t>(image)];
    if (label < 0 || label >= request.classes()) {
      throw InputError("label file: label " + std::to_string(label) + " of image " + std::to_string(image) +
                       "; allowed are 0 to " + std::to_string(request.classes() - 1));
    }
    labels.push_back(label);
  }
  return labels;
}

Labels own_labels(const Request&) {
  throw InputError(
      "noise own_labels: only an own data set with train_labels \"given\" has labels of its own; these are clean");
}

Matrix file_matrix(const Request& request) {
  const Labels given = file_labels(request);
  const auto classes = static_cast<size_t>(request.classes());
  Matrix rows(classes, std::vector<double>(classes, 0.0));
  for (size_t i = 0; i < given.size(); ++i) {
    rows[static_cast<size_t>(request.clean()[i])][static_cast<size_t>(given[i])] += 1;
  }
  for (auto& row : rows) {
    double total = 0;
    for (const double count : row) total += count;
    for (double& count : row) count = total > 0 ? count / total : 0;
  }
  return rows;
}

Labels drawn_from(const Request& request, const Matrix& rows) {
  Labels labels;
  labels.reserve(request.clean().size());
  for (int64_t position = 0; position < request.size(); ++position) {
    labels.push_back(entry_at(rows[static_cast<size_t>(request.clean_at(position))], unit_of(request, position)));
  }
  return labels;
}

Labels confusion_rows(const Request& request) {
  constexpr double kFloor = 1e-5;
  NLB_CHECK(request.inputs != nullptr, "a matrix file was loaded");
  Matrix rows = request.inputs->matrix;
  if (std::ssize(rows) != request.classes()) {
    throw InputError("noise: the matrix file has " + std::to_string(rows.size()) + " rows for " +
                     std::to_string(request.classes()) + " classes");
  }
  for (size_t own = 0; own < rows.size(); ++own) {
    for (size_t other = 0; other < rows.size(); ++other)
      rows[own][other] = own == other ? 0 : rows[own][other] + kFloor;
  }
  Labels labels = request.clean_labels();
  for (const int64_t position : choose_exact(request)) {
    const std::vector<double>& row = rows[static_cast<size_t>(request.clean_at(position))];
    labels[static_cast<size_t>(position)] = entry_at(row, unit_of(request, position));
  }
  return labels;
}

Labels noisy_copies(const Request& request) {
  const int64_t sets = request.option("copies") + 1;
  const double rate = static_cast<double>(sets - 1) / static_cast<double>(sets);
  if (std::fabs(request.rate - rate) > 1e-6) {
    throw InputError("noise noisy_copies: rate " + shortest(request.rate) + " with " + std::to_string(sets - 1) +
                     " copies; they make it " + shortest(rate));
  }
  NLB_CHECK(request.size() % sets == 0, "a population of whole copies");
  Labels labels = request.clean_labels();
  for (int64_t position = request.size() / sets; position < request.size(); ++position) {
    labels[static_cast<size_t>(position)] = any_class(request, position);
  }
  return labels;
}

}  // namespace nlb::noise

#include <numeric>
#include <string>

#include "core/error.h"
#include "core/mersenne.h"
#include "datasets/noise/variants.h"

namespace nlb::noise {
namespace {

std::vector<int64_t> counting(int64_t count) {
  std::vector<int64_t> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), int64_t{0});
  return values;
}

/// Calls replace(random, position) for each chosen sample in file order.
template <class Replace>
Labels dividemix(const Request& request, Replace replace) {
  CPythonRandom random(request.seed);
  std::vector<int64_t> order = counting(request.size());
  random.shuffle(order);
  std::vector<bool> chosen(order.size(), false);
  for (int64_t j = 0; j < truncated_count(request.rate, request.size()); ++j) {
    chosen[static_cast<size_t>(order[static_cast<size_t>(j)])] = true;
  }
  Labels labels(request.clean.begin(), request.clean.end());
  for (size_t i = 0; i < labels.size(); ++i) {
    if (chosen[i]) labels[i] = replace(random, static_cast<int64_t>(i));
  }
  return labels;
}

}  // namespace

NumpyRandomState numpy_stream(const Request& request) {
  if (request.seed > UINT32_MAX) {
    throw InputError("noise seed: " + std::to_string(request.seed) +
                     " does not fit numpy's RandomState; allowed are 0 to 4294967295, or the stream \"philox\"");
  }
  return NumpyRandomState(static_cast<uint32_t>(request.seed));
}

std::vector<std::vector<double>> matrix(const Request& request, RowOf row_of) {
  std::vector<std::vector<double>> rows;
  for (int64_t c = 0; c < request.classes; ++c) rows.push_back(row_of(request, c));
  return rows;
}

Labels dividemix_symmetric(const Request& request) {
  return dividemix(request, [&](CPythonRandom& random, int64_t) { return random.randint(0, request.classes - 1); });
}

Labels dividemix_asymmetric(const Request& request) {
  return dividemix(request, [&](CPythonRandom&, int64_t position) { return cifar10_partner(request, position); });
}

Labels elr_symmetric(const Request& request) {
  NumpyRandomState random = numpy_stream(request);
  const std::vector<int64_t> order = random.permutation(request.size());
  Labels labels(request.clean.begin(), request.clean.end());
  for (int64_t j = 0; j < ceiling_count(request.rate, request.size()); ++j) {
    const auto position = static_cast<size_t>(order[static_cast<size_t>(j)]);
    labels[position] = random.interval(static_cast<uint32_t>(request.classes - 1));
  }
  return labels;
}

Labels with_numpy_multinomial(const Request& request, RowOf row_of) {
  NumpyRandomState random = numpy_stream(request);
  const auto rows = matrix(request, row_of);
  Labels labels;
  labels.reserve(request.clean.size());
  for (const int64_t clean : request.clean) labels.push_back(random.multinomial_one(rows[static_cast<size_t>(clean)]));
  return labels;
}

Labels with_numpy_choice(const Request& request, RowOf row_of) {
  NumpyRandomState random = numpy_stream(request);
  const auto rows = matrix(request, row_of);
  Labels labels;
  labels.reserve(request.clean.size());
  for (const int64_t clean : request.clean) labels.push_back(random.choice(rows[static_cast<size_t>(clean)]));
  return labels;
}

std::vector<double> inclusive_row(const Request& request, int64_t clean_class) {
  const double share = request.rate * (1.0 / static_cast<double>(request.classes));
  std::vector<double> row(static_cast<size_t>(request.classes), share);
  row[static_cast<size_t>(clean_class)] += 1.0 - request.rate;
  return row;
}

std::vector<double> exclusive_row(const Request& request, int64_t clean_class) {
  const double share = request.rate / static_cast<double>(request.classes - 1);
  std::vector<double> row(static_cast<size_t>(request.classes), share);
  row[static_cast<size_t>(clean_class)] = 1.0 - request.rate;
  return row;
}

std::vector<double> next_class_row(const Request& request, int64_t clean_class) {
  std::vector<double> row(static_cast<size_t>(request.classes), 0.0);
  row[static_cast<size_t>(clean_class)] = 1.0 - request.rate;
  row[static_cast<size_t>((clean_class + 1) % request.classes)] = request.rate;
  return row;
}

}  // namespace nlb::noise

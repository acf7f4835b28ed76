#include "datasets/noise/l2r.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace nlb {
namespace {

NumpyRandomState seeded(uint64_t seed) {
  if (seed > UINT32_MAX) throw InputError("seed " + std::to_string(seed) + " does not fit numpy's RandomState");
  return NumpyRandomState(static_cast<uint32_t>(seed));
}

}  // namespace

std::vector<int64_t> l2r_order(uint64_t seed, int64_t training, int64_t validation) {
  std::vector<int64_t> images = seeded(seed).permutation(training + validation);
  images.resize(static_cast<size_t>(training));
  std::vector<int64_t> sorted = images;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int64_t> order;
  for (const int64_t place : seeded(seed).permutation(training)) {
    const auto found = std::lower_bound(sorted.begin(), sorted.end(), images[static_cast<size_t>(place)]);
    order.push_back(found - sorted.begin());
  }
  return order;
}

namespace noise {
namespace {

void refuse_order(const Request& request) {
  for (const char* option : {"validation", "trusted"}) {
    if (!request.options.contains(option)) continue;
    throw InputError(std::string("noise l2r_flip: option \"") + option + "\" is defined with stream \"numpy\" only");
  }
}

/// Calls label() for each sample whose label is drawn, in the program's order.
template <class Label>
Labels in_l2r_order(const Request& request, Label label) {
  const int64_t trusted = request.option("trusted");
  if (trusted >= request.size()) {
    throw InputError("noise l2r_flip: " + std::to_string(trusted) + " trusted images of " +
                     std::to_string(request.size()) + "; some must be left");
  }
  const std::vector<int64_t> order = l2r_order(request.seed, request.size(), request.option("validation"));
  Labels labels = request.clean_labels();
  for (int64_t j = 0; j < truncated_count(request.rate, request.size() - trusted); ++j) {
    labels[static_cast<size_t>(order[static_cast<size_t>(j)])] = label();
  }
  return labels;
}

int64_t all_but_last(NumpyRandomState& random, const Request& request) {
  return static_cast<int64_t>(std::floor(random.random_sample() * static_cast<double>(request.classes() - 1)));
}

}  // namespace

Labels l2r_uniform(const Request& request) {
  refuse_order(request);
  return with_philox<choose_exact, all_but_last_class>(request);
}

Labels l2r_background(const Request& request) {
  refuse_order(request);
  return with_philox<choose_exact, background_class>(request);
}

Labels l2r_numpy_uniform(const Request& request) {
  NumpyRandomState random = seeded(request.seed + 1);
  return in_l2r_order(request, [&] { return all_but_last(random, request); });
}

Labels l2r_numpy_background(const Request& request) {
  NumpyRandomState random = seeded(request.seed + 1);
  const int64_t label = all_but_last(random, request);
  return in_l2r_order(request, [label] { return label; });
}

}  // namespace noise
}  // namespace nlb

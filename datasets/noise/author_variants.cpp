// datasets/noise/author_variants.cpp -- variants that replay an author's program draw by draw.
#include <string>

#include "core/error.h"
#include "datasets/noise/variants.h"

namespace nlb::noise {

namespace {

/// Calls replace(random, position) for each picked sample in file order.
template <class Replace>
Labels arazo(const Request& request, Replace replace) {
  constexpr uint32_t kTorchSeed = 2, kHundred = 100;
  Mt19937 torch = Mt19937::from_integer(kTorchSeed);
  NumpyRandomState random = numpy_stream(request);
  const double least = kHundred - percent_of(request.rate);
  Labels labels = request.clean_labels();
  for (auto& label : labels) {
    if (torch.next() % kHundred >= least) label = replace(random, label);
  }
  return labels;
}

}  // namespace

CPythonRandom cpython_stream(const Request& request) {
  const bool text = request.options.value(std::string(kSeedAs), "") == "text";
  return text ? CPythonRandom::from_text(std::to_string(request.seed)) : CPythonRandom(request.seed);
}

NumpyRandomState numpy_stream(const Request& request) {
  if (request.seed > UINT32_MAX) {
    throw InputError("noise seed: " + std::to_string(request.seed) +
                     " does not fit numpy's RandomState; allowed are 0 to 4294967295, or the stream \"philox\"");
  }
  return NumpyRandomState(static_cast<uint32_t>(request.seed));
}

Labels dividemix_symmetric(const Request& request) {
  return with_cpython_shuffle(request,
                              [&](CPythonRandom& random, int64_t) { return random.randint(0, request.classes() - 1); });
}

Labels badlabel_symmetric(const Request& request) {
  return with_cpython_shuffle(request, [&](CPythonRandom& random, int64_t i) {
    const int64_t other = random.randint(0, request.classes() - 2);
    return other + (other >= request.clean_at(i) ? 1 : 0);
  });
}

Labels elr_symmetric(const Request& request) {
  NumpyRandomState random = numpy_stream(request);
  const std::vector<int64_t> order = random.permutation(request.size());
  Labels labels = request.clean_labels();
  for (int64_t j = 0; j < ceiling_count(request.rate, request.size()); ++j) {
    const auto position = static_cast<size_t>(order[static_cast<size_t>(j)]);
    labels[position] = random.interval(static_cast<uint32_t>(request.classes() - 1));
  }
  return labels;
}

Labels drpl_symmetric(const Request& request) {
  NumpyRandomState random = numpy_stream(request);
  const std::vector<int64_t> order = random.permutation(request.size());
  Labels labels = request.clean_labels();
  for (int64_t j = 0; j < truncated_count(request.rate, request.size()); ++j) {
    const int64_t position = order[static_cast<size_t>(j)];
    int64_t label;
    do label = random.interval(static_cast<uint32_t>(request.classes() - 1));
    while (label == request.clean_at(position));
    labels[static_cast<size_t>(position)] = label;
  }
  return labels;
}

Labels arazo_inclusive(const Request& request) {
  const auto last = static_cast<uint32_t>(request.classes() - 1);
  return arazo(request, [last](NumpyRandomState& random, int64_t) { return int64_t{random.interval(last)}; });
}

Labels arazo_exclusive(const Request& request) {
  const auto last_other = static_cast<uint32_t>(request.classes() - 2);
  return arazo(request, [last_other](NumpyRandomState& random, int64_t own) {
    const int64_t drawn = random.interval(last_other);
    return drawn + (drawn >= own ? 1 : 0);
  });
}

Labels sce_symmetric(const Request& request) {
  NumpyRandomState random = numpy_stream(request);
  const int64_t quota = percent_count(request.rate, request.size()) / request.classes();
  std::vector<int64_t> chosen;
  for (const auto& members : positions_by_class(request.clean(), request.classes())) {
    const std::vector<int64_t> order = random.permutation(std::ssize(members));
    if (quota > std::ssize(order)) {
      throw InputError("noise: stream \"numpy_sce\" picks " + std::to_string(quota) +
                       " samples of each class; one has " + std::to_string(order.size()));
    }
    for (int64_t j = 0; j < quota; ++j) chosen.push_back(members[static_cast<size_t>(order[static_cast<size_t>(j)])]);
  }
  Labels labels = request.clean_labels();
  for (const int64_t position : chosen) {
    const int64_t other = random.interval(static_cast<uint32_t>(request.classes() - 2));
    labels[static_cast<size_t>(position)] = other + (other >= request.clean_at(position) ? 1 : 0);
  }
  return labels;
}

Matrix inclusive_matrix(const Request& request) {
  const auto classes = static_cast<size_t>(request.classes());
  const double share = request.rate * (1.0 / static_cast<double>(request.classes()));
  Matrix rows(classes, std::vector<double>(classes, share));
  for (size_t c = 0; c < classes; ++c) rows[c][c] += 1.0 - request.rate;
  return rows;
}

Matrix exclusive_matrix(const Request& request) {
  const auto classes = static_cast<size_t>(request.classes());
  const double share = request.rate / static_cast<double>(request.classes() - 1);
  Matrix rows(classes, std::vector<double>(classes, share));
  for (size_t c = 0; c < classes; ++c) rows[c][c] = 1.0 - request.rate;
  return rows;
}

}  // namespace nlb::noise

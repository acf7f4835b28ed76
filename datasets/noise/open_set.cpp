#include "datasets/noise/open_set.h"

#include <algorithm>

#include "core/error.h"
#include "datasets/dataset.h"

namespace nlb::noise {
namespace {

/// Samples in the order they were picked.
struct Picked {
  std::vector<int64_t> open, closed;
};

double open_share(const Request& request) { return request.options.value("open_share", 1.0); }

/// Puts the first int(share count) of `some` among the open ones.
void split(const Request& request, std::span<const int64_t> some, Picked& picked) {
  const auto open = static_cast<size_t>(truncated_count(open_share(request), std::ssize(some)));
  picked.open.insert(picked.open.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(open));
  picked.closed.insert(picked.closed.end(), some.begin() + static_cast<std::ptrdiff_t>(open), some.end());
}

Picked pick_per_class(const Request& request) {
  Picked picked;
  const std::vector<int64_t> chosen = choose_per_class(request);  // class after class
  for (size_t begin = 0, end = 0; begin < chosen.size(); begin = end) {
    while (end < chosen.size() && request.clean_at(chosen[end]) == request.clean_at(chosen[begin])) ++end;
    split(request, std::span(chosen).subspan(begin, end - begin), picked);
  }
  return picked;
}

Picked pick_per_sample(const Request& request) {
  Picked picked;
  for (const int64_t position : choose_per_sample(request)) {
    // Words 0 and 1 of this draw have picked the sample.
    const Words4 words = draw(request.choose_key, 0, static_cast<uint64_t>(position), 0);
    const bool open = unit_double(words.word[2], words.word[3]) < open_share(request);
    (open ? picked.open : picked.closed).push_back(position);
  }
  return picked;
}

Picked pick(const Request& request) {
  const std::string count = request.options.value("count", "");
  if (count == "exact_per_class") return pick_per_class(request);
  if (count == "per_sample") return pick_per_sample(request);
  Picked picked;
  split(request, choose_exact(request), picked);
  return picked;
}

/// Images of the other data set that may come in, in its order.
std::vector<int64_t> pool_of(const Request& request) {
  NLB_CHECK(request.inputs != nullptr && request.inputs->foreign != nullptr, "the other data set was loaded");
  const std::vector<int64_t>& labels = request.inputs->foreign->labels;
  const auto without = request.options.value("without_classes", std::vector<int64_t>{});
  std::vector<int64_t> pool;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (std::find(without.begin(), without.end(), labels[i]) == without.end()) pool.push_back(static_cast<int64_t>(i));
  }
  return pool;
}

std::vector<ReplacedImage> replaced_by(const std::vector<int64_t>& open, const std::vector<int64_t>& pool,
                                       const std::vector<int64_t>& order) {
  if (open.size() > pool.size()) {
    throw InputError("noise open_set: " + std::to_string(open.size()) + " images to replace; the other data set has " +
                     std::to_string(pool.size()));
  }
  std::vector<ReplacedImage> replaced;
  for (size_t j = 0; j < open.size(); ++j) {
    replaced.push_back({.position = open[j], .source = pool[static_cast<size_t>(order[j])]});
  }
  std::sort(replaced.begin(), replaced.end(),
            [](const ReplacedImage& a, const ReplacedImage& b) { return a.position < b.position; });
  return replaced;
}

/// Which labels the closed ones get: drawn from all classes, or from the others.
bool is_inclusive(const Request& request) {
  const std::string closed = request.options.value("closed", "");
  if (closed.empty()) throw InputError("noise open_set: open_share below 1 needs option \"closed\"");
  return closed == "inclusive";
}

}  // namespace

NoisyLabels open_set(const Request& request) {
  const Picked picked = pick(request);
  const std::vector<int64_t> pool = pool_of(request);
  NoisyLabels noisy{.labels = request.clean_labels(), .replaced = {}};
  const std::vector<int64_t> order = draw_permutation(derive(request.key, "foreign"), 0, std::ssize(pool));
  noisy.replaced = replaced_by(picked.open, pool, order);
  if (picked.closed.empty()) return noisy;
  const auto replacement = is_inclusive(request) ? any_class : other_class;
  for (const int64_t position : picked.closed) {
    noisy.labels[static_cast<size_t>(position)] = replacement(request, position);
  }
  return noisy;
}

NoisyLabels evidential_mix(const Request& request) {
  const std::vector<int64_t> pool = pool_of(request);
  CPythonRandom random = cpython_stream(request);
  std::vector<int64_t> order = counting(request.size()), source_order = counting(std::ssize(pool));
  random.shuffle(order);
  random.shuffle(source_order);
  order.resize(static_cast<size_t>(truncated_count(request.rate, request.size())));
  Picked picked;
  split(request, order, picked);
  NoisyLabels noisy{.labels = request.clean_labels(), .replaced = replaced_by(picked.open, pool, source_order)};
  if (picked.closed.empty()) return noisy;
  if (!is_inclusive(request)) throw InputError("noise open_set: closed \"exclusive\" is not defined with cpython");
  std::sort(picked.closed.begin(), picked.closed.end());  // labels are drawn in file order
  for (const int64_t position : picked.closed) {
    noisy.labels[static_cast<size_t>(position)] = random.randint(0, request.classes() - 1);
  }
  return noisy;
}

}  // namespace nlb::noise

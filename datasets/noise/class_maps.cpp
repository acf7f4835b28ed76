#include "datasets/noise/class_maps.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "datasets/noise/superclasses.h"

namespace nlb::noise {
namespace {

constexpr int64_t kBlock = 5;

struct Arrow {
  int64_t from, to;
};
// In the order of YisenWang/symmetric_cross_entropy_for_noisy_labels:datasets.py, whose draws follow it.
constexpr std::array<Arrow, 5> kCifar10Arrows{{{9, 1}, {2, 0}, {3, 5}, {5, 3}, {4, 7}}};
constexpr std::array<Arrow, 5> kMnistArrows{{{7, 1}, {2, 7}, {3, 8}, {5, 6}, {6, 5}}};
constexpr int64_t kDog = 5;

Targets with_arrows(const Request& request, std::span<const Arrow> arrows) {
  Targets targets(static_cast<size_t>(request.classes()));
  for (const Arrow& arrow : arrows) targets[static_cast<size_t>(arrow.from)] = {arrow.to};
  return targets;
}

/// Each class becomes its successor in `ring`, the last one the first.
void close_ring(const std::vector<int64_t>& ring, Targets& targets) {
  for (size_t i = 0; i < ring.size(); ++i) targets[static_cast<size_t>(ring[i])] = {ring[(i + 1) % ring.size()]};
}

/// An option that lists classes; absent: empty.
std::vector<int64_t> class_list(const Request& request, const std::string& name) {
  return request.options.value(name, std::vector<int64_t>{});
}

[[noreturn]] void refuse(const std::string& option, const std::string& problem) {
  throw InputError("noise: option \"" + option + "\": " + problem);
}

void swap_pair(const std::vector<int64_t>& order, int64_t block, Targets& targets) {
  const int64_t first = kBlock * block + order[0], second = kBlock * block + order[1];
  targets[static_cast<size_t>(first)] = {second};
  targets[static_cast<size_t>(second)] = {first};
}

std::vector<int64_t> drawn_derangement(const Request& request) {
  const Key key = derive(request.key, "targets");
  for (uint64_t attempt = 0;; ++attempt) {
    std::vector<int64_t> order = draw_permutation(key, attempt, request.classes());
    bool moves_all = true;
    for (size_t c = 0; c < order.size(); ++c) moves_all = moves_all && order[c] != static_cast<int64_t>(c);
    if (moves_all) return order;
  }
}

/// Of the samples `own`, the first `count` of numpy's choice without replacement get label `to`.
void move_by_choice(NumpyRandomState& random, const std::vector<int64_t>& own, int64_t count, int64_t to,
                    Labels& labels) {
  const std::vector<int64_t> order = random.permutation(std::ssize(own));
  for (int64_t j = 0; j < count; ++j) {
    labels[static_cast<size_t>(own[static_cast<size_t>(order[static_cast<size_t>(j)])])] = to;
  }
}

Labels sce_quotas(const Request& request, std::span<const Arrow> arrows) {
  NumpyRandomState random = numpy_stream(request);
  const auto members = positions_by_class(request.clean(), request.classes());
  Labels labels = request.clean_labels();
  for (const Arrow& arrow : arrows) {
    const std::vector<int64_t>& own = members[static_cast<size_t>(arrow.from)];
    move_by_choice(random, own, percent_count(request.rate, std::ssize(own)), arrow.to, labels);
  }
  return labels;
}

/// These streams draw for the dogs too.
void refuse_without_dogs(const Request& request) {
  if (cifar10_partner(request)[kDog].empty()) {
    refuse("dog", "\"dog_to_dog\" is not defined with stream \"" + request.options.value("stream", "") + "\"");
  }
}

}  // namespace

Targets next_class(const Request& request) {
  std::vector<int64_t> ring = class_list(request, "class_order");
  if (ring.empty()) ring = counting(request.classes());
  std::vector<int64_t> sorted = ring;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != counting(request.classes())) {
    refuse("class_order", "names " + std::to_string(ring.size()) + " classes, not each of " +
                              std::to_string(request.classes()) + " once");
  }
  Targets targets(static_cast<size_t>(request.classes()));
  close_ring(ring, targets);
  return targets;
}

Targets cifar10_partner(const Request& request) {
  Targets targets = with_arrows(request, kCifar10Arrows);
  if (request.options.value("dog", "") == "dog_to_dog") targets[kDog].clear();
  return targets;
}

Targets mnist_partner(const Request& request) { return with_arrows(request, kMnistArrows); }

Targets cifar100_block_next(const Request& request) {
  Targets targets(static_cast<size_t>(request.classes()));
  for (int64_t first = 0; first < request.classes(); first += kBlock) {
    std::vector<int64_t> ring(kBlock);
    std::iota(ring.begin(), ring.end(), first);
    close_ring(ring, targets);
  }
  return targets;
}

Targets cifar100_superclass_next(const Request& request) {
  Targets targets(static_cast<size_t>(request.classes()));
  for (const auto& members : cifar100_superclass_members()) close_ring(members, targets);
  return targets;
}

Targets cifar100_siblings(const Request& request) {
  Targets targets(static_cast<size_t>(request.classes()));
  for (const auto& members : cifar100_superclass_members()) {
    for (const int64_t own : members) {
      for (const int64_t other : members) {
        if (other != own) targets[static_cast<size_t>(own)].push_back(other);
      }
    }
  }
  return targets;
}

Targets cifar100_block_pair(const Request& request) {
  const Key key = derive(request.key, "pairs");
  Targets targets(static_cast<size_t>(request.classes()));
  for (int64_t block = 0; block < request.classes() / kBlock; ++block) {
    swap_pair(draw_permutation(key, static_cast<uint64_t>(block), kBlock), block, targets);
  }
  return targets;
}

Targets biased_map(const Request& request) {
  std::vector<int64_t> wrong = class_list(request, "targets");
  if (wrong.empty()) wrong = drawn_derangement(request);
  if (std::ssize(wrong) != request.classes()) {
    refuse("targets", std::to_string(wrong.size()) + " of them for " + std::to_string(request.classes()) + " classes");
  }
  Targets targets;
  for (const int64_t target : wrong) {
    if (target >= request.classes() || target == std::ssize(targets)) {
      refuse("targets", std::to_string(target) + " for class " + std::to_string(targets.size()) +
                            "; another class, from 0 to " + std::to_string(request.classes() - 1) + ", is required");
    }
    targets.push_back({target});
  }
  return targets;
}

Matrix matrix_of(const Targets& targets, double rate) {
  Matrix rows(targets.size(), std::vector<double>(targets.size(), 0.0));
  for (size_t own = 0; own < targets.size(); ++own) {
    rows[own][own] = targets[own].empty() ? 1.0 : 1.0 - rate;
    for (const int64_t target : targets[own]) {
      rows[own][static_cast<size_t>(target)] = rate / static_cast<double>(targets[own].size());
    }
  }
  return rows;
}

int64_t mapped(const Request& request, const Targets& targets, int64_t position) {
  const int64_t own = request.clean_at(position);
  const std::vector<int64_t>& some = targets[static_cast<size_t>(own)];
  if (some.empty()) return own;
  if (some.size() == 1) return some.front();
  return some[static_cast<size_t>(drawn_below(request, position, std::ssize(some)))];
}

Labels elr_asymmetric(const Request& request) {
  const Targets targets = cifar10_partner(request);
  Labels labels = request.clean_labels();
  for (int64_t c = 0; c < request.classes(); ++c) {
    if (targets[static_cast<size_t>(c)].empty()) continue;
    // Read again for each class: cats that have become "dog" may move back when the dogs' turn comes.
    const std::vector<int64_t> members = positions_by_class(labels, request.classes())[static_cast<size_t>(c)];
    const auto size = static_cast<int64_t>(members.size());
    const std::vector<int64_t> order = draw_permutation(request.choose_key, static_cast<uint64_t>(c), size);
    for (int64_t j = 0; j < ceiling_count(request.rate, size); ++j) {
      const int64_t position = members[static_cast<size_t>(order[static_cast<size_t>(j)])];
      labels[static_cast<size_t>(position)] = targets[static_cast<size_t>(c)].front();
    }
  }
  return labels;
}

Labels sce_cifar10(const Request& request) {
  refuse_without_dogs(request);
  return sce_quotas(request, kCifar10Arrows);
}

Labels apl_cifar10(const Request& request) {
  refuse_without_dogs(request);
  NumpyRandomState random = numpy_stream(request);
  Labels labels = request.clean_labels();
  for (const Arrow& arrow : kCifar10Arrows) {
    const std::vector<int64_t> own = positions_by_class(labels, request.classes())[static_cast<size_t>(arrow.from)];
    move_by_choice(random, own, truncated_count(request.rate, std::ssize(own)), arrow.to, labels);
  }
  return labels;
}

Labels sce_mnist(const Request& request) { return sce_quotas(request, kMnistArrows); }

Labels sce_block_pair(const Request& request) {
  NumpyRandomState pairs = numpy_stream(request);
  Targets targets(static_cast<size_t>(request.classes()));
  for (int64_t block = 0; block < request.classes() / kBlock; ++block) {
    swap_pair(pairs.permutation(kBlock), block, targets);
  }
  constexpr uint32_t kFlipperSeed = 0;
  NumpyRandomState flipper(kFlipperSeed);
  const Matrix rows = matrix_of(targets, request.rate);
  Labels labels;
  for (const int64_t clean : request.clean()) {
    labels.push_back(flipper.multinomial_one(rows[static_cast<size_t>(clean)]));
  }
  return labels;
}

}  // namespace nlb::noise

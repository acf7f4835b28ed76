#include <array>
#include <cmath>

#include "datasets/noise/variants.h"

namespace nlb::noise {
namespace {

// truck -> automobile, bird -> airplane, deer -> horse, cat <-> dog; the other classes stay.
constexpr std::array<int64_t, 10> kCifar10Partner = {0, 1, 0, 5, 7, 3, 6, 7, 8, 1};

std::vector<std::vector<int64_t>> positions_by_class(std::span<const int64_t> labels, int64_t classes) {
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(classes));
  for (size_t i = 0; i < labels.size(); ++i) members[static_cast<size_t>(labels[i])].push_back(static_cast<int64_t>(i));
  return members;
}

int64_t class_below(const Request& request, int64_t position, int64_t bound) {
  const Words4 words = draw(request.class_key, 0, static_cast<uint64_t>(position), 0);
  return below(words.word[0], static_cast<uint32_t>(bound));
}

}  // namespace

int64_t truncated_count(double rate, int64_t count) { return static_cast<int64_t>(rate * static_cast<double>(count)); }

int64_t ceiling_count(double rate, int64_t count) {
  return static_cast<int64_t>(std::ceil(rate * static_cast<double>(count)));
}

std::vector<int64_t> choose_exact(const Request& request) {
  std::vector<int64_t> order = draw_permutation(request.choose_key, 0, request.size());
  order.resize(static_cast<size_t>(truncated_count(request.rate, request.size())));
  return order;
}

std::vector<int64_t> choose_per_class(const Request& request) {
  std::vector<int64_t> chosen;
  const auto members = positions_by_class(request.clean, request.classes);
  for (size_t c = 0; c < members.size(); ++c) {
    const auto size = static_cast<int64_t>(members[c].size());
    const std::vector<int64_t> order = draw_permutation(request.choose_key, c, size);
    for (int64_t j = 0; j < truncated_count(request.rate, size); ++j) {
      chosen.push_back(members[c][static_cast<size_t>(order[static_cast<size_t>(j)])]);
    }
  }
  return chosen;
}

std::vector<int64_t> choose_per_sample(const Request& request) {
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < request.size(); ++i) {
    const Words4 words = draw(request.choose_key, 0, static_cast<uint64_t>(i), 0);
    if (unit_double(words.word[0], words.word[1]) < request.rate) chosen.push_back(i);
  }
  return chosen;
}

int64_t any_class(const Request& request, int64_t position) { return class_below(request, position, request.classes); }

int64_t other_class(const Request& request, int64_t position) {
  const int64_t drawn = class_below(request, position, request.classes - 1);
  return drawn + (drawn >= request.clean_at(position) ? 1 : 0);
}

int64_t next_class(const Request& request, int64_t position) {
  return (request.clean_at(position) + 1) % request.classes;
}

int64_t cifar10_partner(const Request& request, int64_t position) {
  return kCifar10Partner[static_cast<size_t>(request.clean_at(position))];
}

Labels elr_asymmetric(const Request& request) {
  Labels labels(request.clean.begin(), request.clean.end());
  for (int64_t c = 0; c < request.classes; ++c) {
    // Read again for each class: cats that have become "dog" may move back when the dogs' turn comes.
    const std::vector<int64_t> members = positions_by_class(labels, request.classes)[static_cast<size_t>(c)];
    const auto size = static_cast<int64_t>(members.size());
    const std::vector<int64_t> order = draw_permutation(request.choose_key, static_cast<uint64_t>(c), size);
    for (int64_t j = 0; j < ceiling_count(request.rate, size); ++j) {
      const int64_t position = members[static_cast<size_t>(order[static_cast<size_t>(j)])];
      labels[static_cast<size_t>(position)] = kCifar10Partner[static_cast<size_t>(c)];
    }
  }
  return labels;
}

std::vector<double> cifar10_partner_row(const Request& request, int64_t clean_class) {
  std::vector<double> row(static_cast<size_t>(request.classes), 0.0);
  const auto own = static_cast<size_t>(clean_class);
  const auto partner = static_cast<size_t>(kCifar10Partner[own]);
  row[own] = 1.0;
  if (partner == own) return row;
  row[own] = 1.0 - request.rate;
  row[partner] = request.rate;
  return row;
}

}  // namespace nlb::noise

// datasets/noise/philox_variants.cpp -- choices and replacements by our own draws: docs/noise.md, "Our own draws".
#include <cmath>

#include "datasets/noise/variants.h"

namespace nlb::noise {
namespace {

std::vector<int64_t> choose_by_quota(const Request& request, int64_t (*quota)(double, int64_t)) {
  std::vector<int64_t> chosen;
  const auto members = positions_by_class(request.clean(), request.classes());
  for (size_t c = 0; c < members.size(); ++c) {
    const auto size = static_cast<int64_t>(members[c].size());
    const std::vector<int64_t> order = draw_permutation(request.choose_key, c, size);
    for (int64_t j = 0; j < quota(request.rate, size); ++j) {
      chosen.push_back(members[c][static_cast<size_t>(order[static_cast<size_t>(j)])]);
    }
  }
  return chosen;
}

}  // namespace

int64_t truncated_count(double rate, int64_t count) { return static_cast<int64_t>(rate * static_cast<double>(count)); }

int64_t ceiling_count(double rate, int64_t count) {
  return static_cast<int64_t>(std::ceil(rate * static_cast<double>(count)));
}

int64_t rounded_count(double rate, int64_t count) {
  return static_cast<int64_t>(std::nearbyint(rate * static_cast<double>(count)));
}

double percent_of(double rate) { return std::nearbyint(rate * 1e10) / 1e8; }  // .29 * 100 is not 29

int64_t percent_count(double rate, int64_t count) {
  return static_cast<int64_t>(percent_of(rate) * static_cast<double>(count) / 100);
}

std::vector<std::vector<int64_t>> positions_by_class(std::span<const int64_t> labels, int64_t classes) {
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(classes));
  for (size_t i = 0; i < labels.size(); ++i) members[static_cast<size_t>(labels[i])].push_back(static_cast<int64_t>(i));
  return members;
}

std::vector<int64_t> choose_exact(const Request& request) {
  std::vector<int64_t> order = draw_permutation(request.choose_key, 0, request.size());
  order.resize(static_cast<size_t>(truncated_count(request.rate, request.size())));
  return order;
}

std::vector<int64_t> choose_per_class(const Request& request) { return choose_by_quota(request, truncated_count); }

std::vector<int64_t> choose_rounded_per_class(const Request& request) {
  return choose_by_quota(request, rounded_count);
}

std::vector<int64_t> choose_per_sample(const Request& request) {
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < request.size(); ++i) {
    const Words4 words = draw(request.choose_key, 0, static_cast<uint64_t>(i), 0);
    if (unit_double(words.word[0], words.word[1]) < request.rate) chosen.push_back(i);
  }
  return chosen;
}

int64_t drawn_below(const Request& request, int64_t position, int64_t bound) {
  const Words4 words = draw(request.class_key, 0, static_cast<uint64_t>(position), 0);
  return below(words.word[0], static_cast<uint32_t>(bound));
}

int64_t any_class(const Request& request, int64_t position) {
  return drawn_below(request, position, request.classes());
}

int64_t other_class(const Request& request, int64_t position) {
  const int64_t drawn = drawn_below(request, position, request.classes() - 1);
  return drawn + (drawn >= request.clean_at(position) ? 1 : 0);
}

int64_t all_but_last_class(const Request& request, int64_t position) {
  return drawn_below(request, position, request.classes() - 1);
}

int64_t background_class(const Request& request, int64_t) { return drawn_below(request, 0, request.classes() - 1); }

Labels exclusive_per_pair(const Request& request) {
  const double share = request.rate / static_cast<double>(request.classes() - 1);
  Labels labels = request.clean_labels();
  const auto members = positions_by_class(request.clean(), request.classes());
  for (size_t c = 0; c < members.size(); ++c) {
    const std::vector<int64_t> order = draw_permutation(request.choose_key, c, std::ssize(members[c]));
    const int64_t quota = truncated_count(share, std::ssize(members[c]));
    size_t next = 0;
    for (int64_t other = 0; other < request.classes(); ++other) {
      if (other == static_cast<int64_t>(c)) continue;
      for (int64_t j = 0; j < quota; ++j) {
        labels[static_cast<size_t>(members[c][static_cast<size_t>(order[next++])])] = other;
      }
    }
  }
  return labels;
}

}  // namespace nlb::noise

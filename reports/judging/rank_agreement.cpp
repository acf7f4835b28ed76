#include "reports/judging/rank_agreement.h"

#include <algorithm>
#include <cmath>

#include "core/draws.h"
#include "core/error.h"
#include "reports/judging/judging.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

int sign(double value) { return (value > 0) - (value < 0); }

/// Tau-b of rows picked out of two lists, the same row maybe several times.
std::optional<double> tau_of(std::span<const double> first, std::span<const double> second,
                             std::span<const uint32_t> picked) {
  int64_t concordant_less_discordant = 0, untied_first = 0, untied_second = 0;
  for (size_t i = 0; i < picked.size(); ++i) {
    for (size_t j = i + 1; j < picked.size(); ++j) {
      const int a = sign(first[picked[i]] - first[picked[j]]);
      const int b = sign(second[picked[i]] - second[picked[j]]);
      concordant_less_discordant += a * b;
      untied_first += a * a;
      untied_second += b * b;
    }
  }
  if (untied_first == 0 || untied_second == 0) return std::nullopt;
  return static_cast<double>(concordant_less_discordant) /
         std::sqrt(static_cast<double>(untied_first) * static_cast<double>(untied_second));
}

std::vector<uint32_t> all_of(size_t count) {
  std::vector<uint32_t> indices(count);
  for (size_t i = 0; i < count; ++i) indices[i] = static_cast<uint32_t>(i);
  return indices;
}

/// Linear between the order statistics beside it.
double quantile(std::span<const double> sorted, double probability) {
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<double> resampled_taus(std::span<const double> first, std::span<const double> second) {
  const auto key = derive(0, "rank agreement");
  std::vector<uint32_t> picked(first.size());
  std::vector<double> taus;
  for (int resampling = 0; resampling < kResamplings; ++resampling) {
    for (size_t i = 0; i < picked.size(); ++i) {
      picked[i] =
          below(draw(key, static_cast<uint64_t>(resampling), i, 0).word[0], static_cast<uint32_t>(first.size()));
    }
    if (const auto tau = tau_of(first, second, picked)) taus.push_back(*tau);
  }
  std::sort(taus.begin(), taus.end());
  return taus;
}

/// Means of the rows that both columns have.
struct SharedMeans {
  std::vector<double> first, second;
};

SharedMeans shared_means(const Table& table, const Group& group, const Column& a, const Column& b,
                         const std::string& rule) {
  SharedMeans means;
  for (const auto& row : group.rows) {
    const auto* one = table.find(group.id, row.id, a.id);
    const auto* other = table.find(group.id, row.id, b.id);
    if (one == nullptr || other == nullptr) continue;
    if (incomparable(table, *one, rule) || incomparable(table, *other, rule)) continue;
    means.first.push_back(summarise(one->values(rule)).mean);
    means.second.push_back(summarise(other->values(rule)).mean);
  }
  return means;
}

}  // namespace

std::optional<double> kendall_tau_b(std::span<const double> first, std::span<const double> second) {
  NLB_CHECK(first.size() == second.size(), "two lists of one length");
  return tau_of(first, second, all_of(first.size()));
}

std::optional<Agreement> agreement_of(std::span<const double> first, std::span<const double> second) {
  const auto tau = kendall_tau_b(first, second);
  if (!tau) return std::nullopt;
  const auto taus = resampled_taus(first, second);
  return Agreement{
      .rows = static_cast<int>(first.size()), .tau = *tau, .low = quantile(taus, 0.025), .high = quantile(taus, 0.975)};
}

std::vector<Agreement> rank_agreements(const Table& table, const Group& group, const std::string& rule) {
  std::vector<Agreement> found;
  for (size_t i = 0; i < group.columns.size(); ++i) {
    for (size_t j = i + 1; j < group.columns.size(); ++j) {
      const auto& a = group.columns[i];
      const auto& b = group.columns[j];
      if (a.kind != Column::Kind::setting || b.kind != Column::Kind::setting) continue;
      const auto means = shared_means(table, group, a, b, rule);
      if (means.first.size() < kFewestRanked) continue;
      auto agreement = agreement_of(means.first, means.second);
      if (!agreement) continue;
      agreement->first = &a;
      agreement->second = &b;
      found.push_back(*agreement);
    }
  }
  return found;
}

}  // namespace nlb

#include "reports/judging/critical_difference.h"

#include <algorithm>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.h"
#include "reports/judging/judging.h"
#include "reports/judging/rules.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

/// P(range of k independent standard normals < q).
double range_probability(double q, int k) {
  const boost::math::normal normal;
  // The largest of the k lies at z, the others not more than q below it.
  const auto density = [&](double z) {
    return k * boost::math::pdf(normal, z) *
           std::pow(boost::math::cdf(normal, z) - boost::math::cdf(normal, z - q), k - 1);
  };
  constexpr double kFar = 9;  // the largest of k lies above by less than 1e-18 k
  return boost::math::quadrature::gauss_kronrod<double, 61>::integrate(density, -kFar, kFar + q, 8, 1e-12);
}

/// Ranks of one block, 1 = largest; equal values share the mean of their ranks.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto above = std::count_if(values.begin(), values.end(), [&](double v) { return v > values[i]; });
    const auto equal = std::count(values.begin(), values.end(), values[i]);
    ranks[i] = static_cast<double>(above) + static_cast<double>(equal + 1) / 2;
  }
  return ranks;
}

/// Friedman's statistic over blocks of ranks, corrected for ties: the spread of the rows' average ranks in units of the
/// spread that the ranks have, which ties make smaller (Conover, Practical Nonparametric Statistics, 5.8;
/// scipy.stats.friedmanchisquare). NaN where every block ties all rows.
double friedman_statistic(const std::vector<std::vector<double>>& ranks) {
  const auto k = static_cast<double>(ranks.front().size());
  const double middle = (k + 1) / 2;
  double between = 0, all = 0;
  for (size_t row = 0; row < ranks.front().size(); ++row) {
    double sum = 0;
    for (const auto& block : ranks) {
      sum += block[row] - middle;
      all += (block[row] - middle) * (block[row] - middle);
    }
    between += sum * sum;
  }
  return (k - 1) * between / all;  // blocks without ties: all = n k (k + 1) (k - 1) / 12
}

/// Friedman's statistic in the form of Iman and Davenport: F with k - 1 and (k - 1)(N - 1) degrees.
double iman_davenport_p(const std::vector<std::vector<double>>& ranks) {
  const auto n = static_cast<double>(ranks.size());
  const auto k = static_cast<double>(ranks.front().size());
  const double chi = friedman_statistic(ranks);
  if (std::isnan(chi)) return 1;  // no block tells any two rows apart
  const double rest = n * (k - 1) - chi;
  if (rest <= 1e-12 * n * k) return 0;  // all blocks order the rows alike
  const double f = std::max(0.0, (n - 1) * chi / rest);
  return boost::math::cdf(boost::math::complement(boost::math::fisher_f(k - 1, (k - 1) * (n - 1)), f));
}

struct RowValues {
  std::string title;
  double value = 0;
};
struct Block {
  std::string name;
  std::map<std::string, RowValues> rows;  ///< higher is better
};

/// Columns of one setting by generator; a trusted set or other settings of a generator are levels too.
std::map<std::string, std::vector<const Column*>> columns_by_noise(const Group& group) {
  std::map<std::string, std::vector<const Column*>> columns;
  for (const auto& column : group.columns) {
    if (column.kind == Column::Kind::setting)
      columns[group.setting(column.settings.front()).noise.generator].push_back(&column);
  }
  return columns;
}

std::optional<double> mean_over(const Table& table, const Group& group, const Row& row,
                                const std::vector<const Column*>& columns) {
  const auto rule = default_rule(group);
  double sum = 0;
  // The rates of one kind of noise are averaged rather than counted as blocks of their own: blocks must be independent
  // of each other.
  for (const auto* column : columns) {
    const auto& cell = *table.find(group.id, row.id, column->id);
    if (incomparable(table, cell, rule)) return std::nullopt;
    sum += summarise(cell.values(rule)).mean * (table.protocol->lower_is_better ? -1 : 1);
  }
  return sum / static_cast<double>(columns.size());
}

std::vector<Block> blocks_of(const std::vector<const Table*>& tables) {
  std::vector<Block> blocks;
  for (const auto* table : tables) {
    if (!compares_methods(*table->protocol)) continue;
    for (const auto& group : table->protocol->groups) {
      for (const auto& [generator, columns] : columns_by_noise(group)) {
        Block block{.name = group.data.dataset + ", " + generator, .rows = {}};
        const bool known =
            std::any_of(blocks.begin(), blocks.end(), [&](const Block& other) { return other.name == block.name; });
        // Twins and variants show the same data and noise again: the table given first counts, so that no data set has
        // two votes.
        if (known) continue;
        for (const auto& row : group.rows) {
          if (!row.is_ranked()) continue;
          if (const auto value = mean_over(*table, group, row, columns)) block.rows[row.id] = {row.title, *value};
        }
        if (block.rows.size() >= 2) blocks.push_back(std::move(block));
      }
    }
  }
  return blocks;
}

/// Rows that all of the first `count` blocks have.
std::vector<std::string> common_rows(const std::vector<Block>& blocks, size_t count) {
  std::vector<std::string> rows;
  for (const auto& [row, value] : blocks.front().rows) {
    const auto has = [&, row = row](size_t i) { return blocks[i].rows.contains(row); };
    bool all = true;
    for (size_t i = 0; i < count; ++i) all = all && has(i);
    if (all) rows.push_back(row);
  }
  return rows;
}

void set_bars(CriticalDifference& result) {
  size_t end_before = 0;
  for (size_t begin = 0; begin < result.rows.size(); ++begin) {
    size_t end = begin + 1;
    while (end < result.rows.size() && result.rows[end].rank - result.rows[begin].rank <= result.difference) ++end;
    // Rows are in the order of their ranks, so a bar is a run of neighbours; one inside the bar before it says nothing
    // new.
    if (end <= end_before || end - begin < 2) continue;
    end_before = end;
    auto& bar = result.bars.emplace_back();
    for (size_t i = begin; i < end; ++i) bar.push_back(result.rows[i].row);
  }
}

}  // namespace

double nemenyi_quantile(int rows, double level) {
  NLB_CHECK(rows >= 2, "ranks need two rows");
  const auto excess = [&](double q) { return range_probability(q, rows) - (1 - level); };
  std::uintmax_t steps = 100;
  const auto found =
      boost::math::tools::toms748_solve(excess, 0.1, 20.0, boost::math::tools::eps_tolerance<double>(40), steps);
  // Nemenyi's quantile is that of the studentised range with infinite freedom, over the root of 2 (Demsar, JMLR 2006,
  // section 3.2.2).
  return (found.first + found.second) / 2 / std::sqrt(2.0);
}

CriticalDifference critical_difference_of(std::vector<AverageRank> rows,
                                          const std::vector<std::vector<double>>& values) {
  NLB_CHECK(values.size() >= 2 && rows.size() >= 2, "two blocks of two rows at least");
  std::vector<double> average(rows.size(), 0);
  std::vector<std::vector<double>> ranks;
  for (const auto& block : values) {
    ranks.push_back(ranks_of(block));
    for (size_t i = 0; i < rows.size(); ++i) average[i] += ranks.back()[i] / static_cast<double>(values.size());
  }
  CriticalDifference result;
  const auto k = static_cast<double>(rows.size());
  result.difference = nemenyi_quantile(static_cast<int>(rows.size()), 0.05) *
                      std::sqrt(k * (k + 1) / (6 * static_cast<double>(values.size())));
  result.p = iman_davenport_p(ranks);
  for (size_t i = 0; i < rows.size(); ++i) rows[i].rank = average[i];
  result.rows = std::move(rows);
  std::stable_sort(result.rows.begin(), result.rows.end(),
                   [](const AverageRank& a, const AverageRank& b) { return a.rank < b.rank; });
  set_bars(result);
  return result;
}

CriticalDifference critical_difference(const std::vector<const Table*>& tables) {
  auto blocks = blocks_of(tables);
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Block& a, const Block& b) { return a.rows.size() > b.rows.size(); });
  size_t best_count = 0;
  std::vector<std::string> rows;
  // Each further block leaves fewer rows that all of them have: the choice with the most cells is taken, and of equal
  // ones that with more blocks.
  for (size_t count = kFewestBlocks; count <= blocks.size(); ++count) {
    auto common = common_rows(blocks, count);
    if (common.size() < 2 || common.size() * count < rows.size() * best_count) continue;
    best_count = count;
    rows = std::move(common);
  }
  if (best_count == 0) {
    return {.reason = "a critical-difference diagram needs " + std::to_string(kFewestBlocks) +
                      " blocks (data set and kind of noise) in which the same two rows are measured; blocks with two "
                      "rows or more: " +
                      std::to_string(blocks.size())};
  }
  std::vector<AverageRank> named;
  for (const auto& row : rows) named.push_back({.row = row, .title = blocks.front().rows.at(row).title});
  std::vector<std::vector<double>> values(best_count);
  std::vector<std::string> names;
  for (size_t b = 0; b < best_count; ++b) {
    names.push_back(blocks[b].name);
    for (const auto& row : rows) values[b].push_back(blocks[b].rows.at(row).value);
  }
  auto result = critical_difference_of(std::move(named), values);
  result.blocks = std::move(names);
  return result;
}

}  // namespace nlb

// reports/judging/critical_difference.h -- ranks over blocks: Friedman's test in Iman and Davenport's form and
// Nemenyi's critical difference, as in Demšar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7
// (2006).
#pragma once

#include <string>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

inline constexpr size_t kFewestBlocks = 6;

struct AverageRank {
  std::string row = {}, title = {};
  double rank = 0;  ///< 1 is best
};

/// Where `reason` is not empty there is no diagram, and it says why.
struct CriticalDifference {
  std::vector<std::string> blocks = {};             ///< "cifar10, pair_flip"
  std::vector<AverageRank> rows = {};               ///< best first
  double difference = 0;                            ///< average ranks further apart than this differ, alpha = .05
  double p = 1;                                     ///< Iman and Davenport's F: that all rows are alike
  std::vector<std::vector<std::string>> bars = {};  ///< row ids of maximal runs that do not differ, at least two each
  std::string reason = {};
};

/// A block is a data set x kind of noise, a row's value in it the mean over its levels. Only rows (by id) that are
/// measured in all blocks are compared, and only tables of published or own protocols count (no smoke, mini or
/// quickstart). Where two groups share a block, the first one given stands for it. Each group under its default rule.
CriticalDifference critical_difference(const std::vector<const Table*>& tables);

/// The same from values alone: values[block][row], higher is better, of `rows` in that order (their ranks are filled
/// in); at least two rows and two blocks.
CriticalDifference critical_difference_of(std::vector<AverageRank> rows,
                                          const std::vector<std::vector<double>>& values);

/// Upper 5 % point of the studentised range of `rows` means with infinite degrees of freedom, over the root of two:
/// Nemenyi's q.
double nemenyi_quantile(int rows, double level);

}  // namespace nlb

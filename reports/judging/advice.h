// reports/judging/advice.h -- which row to take for noise of a kind and rate: what stored records say, nearest first.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reports/judging/cells.h"
#include "reports/judging/statistics.h"

namespace nlb {

/// Noise that somebody has, and what a training may cost.
struct Wish {
  std::string kind;                    ///< see is_of_kind
  double rate = 0;                     ///< share of wrong labels, in [0, 1)
  std::optional<double> seconds = {};  ///< at most, wall time of a trial as measured
};

/// Whether noise is of a kind that is named by a generator's id ("symmetric_exclusive"), by words at its beginning or
/// end ("symmetric", "pair", "asymmetric", "instance"), or as "human" and "predicted": label files that people wrote
/// (CIFAR-10N, CIFAR-100N) and others.
bool is_of_kind(const NoiseSpec& noise, const std::string& kind);

/// Every word that is_of_kind knows for `noise`.
std::vector<std::string> kinds_of(const NoiseSpec& noise);

struct AdvisedRow {
  const Cell* cell = nullptr;
  Sample sample;              ///< accuracy in percent (or what the protocol measures) under the group's rule
  double seconds = 0;         ///< mean wall time of its trials; 0 where nobody timed them
  bool best = false;          ///< best mean among those that the budget allows, or not surely behind it
  std::string unranked = {};  ///< why no test compares it; "" where one does
};

/// One column of a table, measured here.
struct Advice {
  const Table* table = nullptr;
  const Group* group = nullptr;
  const Column* column = nullptr;
  double rate = 0;  ///< of the column
  std::string rule;
  std::vector<AdvisedRow> rows;        ///< that the budget allows, best first; two at least
  std::vector<AdvisedRow> too_costly;  ///< best first
  int seeds = 0;                       ///< fewest of a row in `rows`
  /// Means are compared by a test only from two seeds on; with one all stands by the mean alone.
  bool tested() const { return seeds >= 2; }
};

using RowSeconds = std::function<double(const Table&, const Group&, const Row&)>;

/// Of each group of published, own and other real tables (no smoke, mini or quickstart) the column of that kind whose
/// rate is nearest, with two measured rows or more; nearest first, of equally near ones the one with
/// most seeds, `most` at most.
std::vector<Advice> advise(const std::vector<const Table*>& tables, const Wish& wish, const RowSeconds& seconds,
                           size_t most);

}  // namespace nlb

// cli/until_decided.h -- the plans of `run --until-decided`: all places up to the first look, then those still open.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "protocols/plan.h"
#include "reports/judging/looks.h"

namespace nlb {

class LookPlans {
 public:
  /// Throws InputError where a protocol lists no looks, or where shards or seed entries were chosen.
  LookPlans(const std::vector<Protocol>& protocols, Selection selection);

  /// Trials up to look `number` (0-based) of each protocol, of the places that are still open.
  Plan plan(size_t number) const;
  size_t looks() const;  ///< the largest number of looks of a protocol
  /// Judges what `folder` holds after look `number`; returns how many places (rows at a setting) stay open.
  size_t look(size_t number, const std::string& folder);
  std::string counts_text(size_t number) const;  ///< "3 seeds", or "3 seeds (a), 5 seeds (b)"

 private:
  Plan plan_of(const Protocol& protocol, size_t number) const;

  const std::vector<Protocol>& protocols_;
  Selection selection_;
  bool looked_ = false;
  std::set<Place> open_;
};

}  // namespace nlb

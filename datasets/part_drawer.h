// datasets/part_drawer.h -- draws the parts of a trial's data (who takes part, is held out, trusted, tested on) from
// its split seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/draws.h"
#include "protocols/trial.h"

namespace nlb {

/// A part to draw: its place in the trial's JSON, and the name of its key, which may never change.
struct DataPart {
  const char* place;
  const char* key;
};
inline constexpr DataPart kTrainSubset{"/data/train_subset", "train_subset"}, kHeldOut{"/data/held_out", "held_out"},
    kTrusted{"/trusted", "trusted"}, kTestSubset{"/data/test_subset", "test_subset"};

/// Throws InputError: the trial asks for what its data cannot give.
[[noreturn]] void refuse_trial(const std::string& place, const std::string& text);

/// Every part has a key of its own, so none moves another. All throw InputError for a part larger than its whole.
class PartDrawer {
 public:
  PartDrawer(uint64_t split_seed, int64_t classes);

  /// `count` of `from`, increasing; all with equal probability.
  std::vector<int64_t> uniform(DataPart part, const std::vector<int64_t>& from, int64_t count) const;
  /// `count / classes` of each class of `from`, increasing; `clean` has the labels of all that `from` may name.
  std::vector<int64_t> stratified(DataPart part, const std::vector<int64_t>& from, const std::vector<int64_t>& clean,
                                  int64_t count) const;
  /// Of the images that have `labels`; all of them without `spec`.
  std::vector<int64_t> subset(DataPart part, const std::optional<SubsetSpec>& spec,
                              const std::vector<int64_t>& labels) const;

 private:
  Key key_;
  int64_t classes_;
};

}  // namespace nlb

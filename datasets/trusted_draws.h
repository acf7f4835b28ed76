// datasets/trusted_draws.h -- which training images a trial trusts: one row for each draw of protocols/trusted_draws.h.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "datasets/part_drawer.h"
#include "protocols/trial.h"

namespace nlb {

/// Asked for, by number or as a share of `images`, rounded down.
int64_t trusted_count(const TrustedSpec& asked, int64_t images);

/// What a draw sees. Positions are those of the training samples, 0 to size - 1.
struct TrustedRequest {
  const TrialSpec& trial;
  const PartDrawer& drawer;
  int64_t size;                       ///< training samples
  const std::vector<int64_t>& known;  ///< positions whose clean label is known, increasing
  const std::vector<int64_t>& clean;  ///< [size]
  const TrustedSpec& spec() const { return *trial.trusted; }
  int64_t count_of(int64_t images) const;  ///< trusted_count(spec(), images)
};

struct TrustedRule {
  std::string_view word;  ///< TrustedSpec::draw
  bool needs_all_known;   ///< an author's program, which knows no image without a clean label
  std::vector<int64_t> (*draw)(const TrustedRequest& request);
};

const std::vector<TrustedRule>& trusted_rules();

/// Positions of the trusted ones of samples with these clean labels, increasing: the training samples, or the images of
/// the other data set that the trial names. Throws InputError, with the place in the trial's JSON, where the data
/// set is too small for them or the draw is not defined on it.
std::vector<int64_t> draw_trusted(const TrialSpec& trial, const PartDrawer& drawer, const std::vector<int64_t>& clean);

}  // namespace nlb

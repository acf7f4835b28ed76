#include "datasets/noise_quota.h"

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/text.h"
#include "datasets/noise/variants.h"

namespace nlb {
namespace {

/// How many samples a fixed number is of: all, those of a class, or of a pair of classes; and the share that is picked.
struct Quota {
  std::string_view of;  ///< in words
  int64_t size = 0;
  double share = 0;
  bool rounded = false;  ///< to the nearest, else down
  int64_t picked() const { return rounded ? noise::rounded_count(share, size) : noise::truncated_count(share, size); }
};

/// Of the generator's word for how many, if that word is a fixed number rounded down.
std::optional<Quota> quota_of(const NoiseSpec& spec, int64_t classes, int64_t images, int64_t of_class) {
  const auto word = spec.options.value("count", spec.options.value("variant", std::string()));
  const auto stream = spec.options.value("stream", std::string());
  if (word == "exact_per_pair") {
    return Quota{"for each other class of a class of", of_class, spec.rate / static_cast<double>(classes - 1)};
  }
  if (stream != "philox" && stream != "cpython") return std::nullopt;  // those have roundings of their own
  if (word == "exact" || word == "subset") return Quota{"of all", images, spec.rate};
  if (word == "exact_per_class" || word == "per_class") return Quota{"of a class of", of_class, spec.rate};
  if (word == "rounded_per_class") return Quota{"of a class of", of_class, spec.rate, true};
  return std::nullopt;
}

}  // namespace

void check_quota(const NoiseSpec& spec, int64_t classes, int64_t images, int64_t of_class) {
  if (spec.rate == 0) return;
  const auto quota = quota_of(spec, classes, images, of_class);
  if (!quota || quota->picked() > 0) return;
  const double least = spec.rate / quota->share / static_cast<double>(quota->size) / (quota->rounded ? 2 : 1);
  throw InputError("noise " + spec.generator + ": rate " + shortest(spec.rate) + " picks no sample " +
                   std::string(quota->of) + " " + std::to_string(quota->size) +
                   ", so no label would be wrong; write 0 for none, another word for how many, or at least " +
                   significant(least, 3));
}

void check_noise_picks(const NoiseSpec& spec, int64_t classes, int64_t images) {
  check_quota(spec, classes, images, (images + classes - 1) / classes);
}

}  // namespace nlb

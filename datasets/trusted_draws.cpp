#include "datasets/trusted_draws.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "datasets/indices.h"
#include "datasets/noise/glc.h"
#include "datasets/noise/l2r.h"

namespace nlb {
namespace {

using Indices = std::vector<int64_t>;

/// The last `count` of an author's order, increasing.
Indices last_of(const Indices& order, int64_t count) {
  Indices last(order.end() - count, order.end());
  std::sort(last.begin(), last.end());
  return last;
}

void require_some(const TrustedRequest& request) {
  if (request.count_of(request.size) < 1)
    refuse_trial("/trusted", "no trusted image among " + std::to_string(request.size));
}

Indices draw_stratified(const TrustedRequest& request) {
  require_some(request);
  return request.drawer.stratified(kTrusted, request.known, request.clean, request.count_of(request.size));
}

Indices draw_uniform(const TrustedRequest& request) {
  require_some(request);
  return request.drawer.uniform(kTrusted, request.known, request.count_of(request.size));
}

/// The first images of the file; neither seed moves them.
Indices draw_first(const TrustedRequest& request) {
  const int64_t population = request.spec().options.value("population", int64_t{0});
  if (population != request.size) {
    refuse_trial("/trusted/draw", "\"" + request.spec().draw + "\" with order file: population " +
                                      std::to_string(population) + " of " + std::to_string(request.size) +
                                      " images; all take part");
  }
  const int64_t count = request.count_of(population);
  if (count < 1 || count >= population) {
    refuse_trial(kTrusted.place, std::to_string(count) + " images of " + std::to_string(population));
  }
  return counting(count);
}

/// The last images of GLC's order for MNIST, the first of the file for CIFAR; neither seed moves them.
Indices draw_glc(const TrustedRequest& request) {
  const TrustedSpec& spec = request.spec();
  if (spec.options.value("order", "") == "file") return draw_first(request);
  const int64_t population = spec.options.value("population", int64_t{0});
  if (request.size != kGlcImages || population > request.size) {
    refuse_trial("/trusted/draw", "\"" + spec.draw + "\" is defined for MNIST's 60000 training images; found " +
                                      std::to_string(request.size) + ", population " + std::to_string(population));
  }
  const int64_t count = request.count_of(population);
  if (count < 1 || count > population) {
    refuse_trial(kTrusted.place, std::to_string(count) + " images of only " + std::to_string(population));
  }
  return last_of(glc_order(population, request.size), count);
}

/// The last images of L2R's order, by the split seed.
Indices draw_l2r(const TrustedRequest& request) {
  const int64_t count = request.count_of(request.size);
  if (count < 1 || count >= request.size) {
    refuse_trial(kTrusted.place, std::to_string(count) + " images of " + std::to_string(request.size));
  }
  const auto& held_out = request.trial.data.held_out;
  return last_of(l2r_order(request.trial.seeds.split, request.size, held_out ? held_out->count : 0), count);
}

}  // namespace

int64_t trusted_count(const TrustedSpec& asked, int64_t images) {
  NLB_CHECK(asked.count.has_value() != asked.fraction.has_value(), "a trusted set has a count or a fraction");
  if (asked.count) return *asked.count;
  return static_cast<int64_t>(*asked.fraction * static_cast<double>(images));
}

int64_t TrustedRequest::count_of(int64_t images) const { return trusted_count(spec(), images); }

const std::vector<TrustedRule>& trusted_rules() {
  static const std::vector<TrustedRule> all = {
      {.word = "stratified", .needs_all_known = false, .draw = draw_stratified},
      {.word = "uniform", .needs_all_known = false, .draw = draw_uniform},
      {.word = "glc", .needs_all_known = true, .draw = draw_glc},
      {.word = "l2r", .needs_all_known = true, .draw = draw_l2r},
  };
  return all;
}

Indices draw_trusted(const TrialSpec& trial, const PartDrawer& drawer, const Indices& clean) {
  const TrustedSpec& spec = *trial.trusted;
  const auto& rules = trusted_rules();
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& one) { return one.word == spec.draw; });
  if (rule == rules.end()) {
    std::string built;
    for (const TrustedRule& one : rules) built += (built.empty() ? "" : ", ") + std::string(one.word);
    refuse_trial("/trusted/draw", "\"" + spec.draw + "\" is not built; built are " + built);
  }
  if (spec.dataset && (rule->needs_all_known || !spec.count)) {
    refuse_trial("/trusted/dataset", "images of another data set are drawn by number, \"stratified\" or \"uniform\"");
  }
  const Indices known = known_among(counting(std::ssize(clean)), clean);
  if (rule->needs_all_known && known.size() != clean.size()) {
    refuse_trial("/trusted/draw", "\"" + spec.draw + "\" needs the clean label of every image");
  }
  return rule->draw({.trial = trial, .drawer = drawer, .size = std::ssize(clean), .known = known, .clean = clean});
}

}  // namespace nlb

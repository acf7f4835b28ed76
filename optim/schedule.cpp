#include <cmath>
#include <numbers>
#include <utility>

#include "core/error.h"
#include "optim/optimiser.h"

namespace nlb {
namespace {

/// Half a cosine from `high` at share 0 to `low` at share 1.
double half_cosine(double high, double low, double share) {
  return low + (high - low) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

bool known(const std::string& id) {
  for (const char* name : {"constant", "multi_step", "cosine", "cosine_restarts", "exponential", "linear"}) {
    if (id == name) return true;
  }
  return false;
}

}  // namespace

Schedule::Schedule(const ScheduleSpec& spec, double learning_rate, int64_t epochs)
    : spec_(spec), learning_rate_(learning_rate), epochs_(epochs) {
  if (!known(spec.id)) {
    throw InputError("schedule \"" + spec.id +
                     "\" is unknown; allowed: constant, multi_step, cosine, cosine_restarts, exponential, linear");
  }
  if ((spec.id == "cosine_restarts" || spec.id == "exponential") && !(spec.period > 0)) {
    throw InputError("schedule " + spec.id + ": period is not above 0");
  }
}

double Schedule::rate(int64_t epoch, int64_t step, int64_t steps_per_epoch) const {
  const auto whole = static_cast<double>(epoch);
  const double exact = whole + static_cast<double>(step) / static_cast<double>(steps_per_epoch);
  if (exact < spec_.warmup_epochs) {
    return spec_.warmup_start + (learning_rate_ - spec_.warmup_start) * exact / spec_.warmup_epochs;
  }
  const auto epochs = static_cast<double>(epochs_);
  const double cosine_time = spec_.unit == "step" ? exact : whole;
  if (spec_.id == "multi_step") {
    double rate = learning_rate_;
    for (const double milestone : spec_.milestones) rate = exact >= milestone ? rate * spec_.factor : rate;
    return rate;
  }
  if (spec_.id == "cosine") {
    return half_cosine(learning_rate_, spec_.minimum, cosine_time / (spec_.period > 0 ? spec_.period : epochs));
  }
  if (spec_.id == "cosine_restarts") {
    return half_cosine(learning_rate_, spec_.minimum, std::fmod(cosine_time, spec_.period) / spec_.period);
  }
  if (spec_.id == "exponential") {
    const auto steps = static_cast<double>(epoch * steps_per_epoch + step);
    return learning_rate_ * std::pow(spec_.factor, steps / spec_.period);
  }
  if (spec_.id == "linear" && whole > spec_.start) {
    return spec_.minimum + (learning_rate_ - spec_.minimum) * (epochs - whole) / (epochs - spec_.start);
  }
  return learning_rate_;
}

}  // namespace nlb

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

/// When a rate is asked for.
struct Moment {
  int64_t steps;   ///< since the training began
  double whole;    ///< epochs, without the part of the one that runs
  double exact;    ///< epochs with it
  double epochs;   ///< of the training
  double initial;  ///< the recipe's rate
};

double rate_of(const ConstantRate& /*curve*/, const Moment& now) { return now.initial; }

double rate_of(const MultiStepRate& curve, const Moment& now) {
  double rate = now.initial;
  for (const double milestone : curve.milestones) rate = now.exact >= milestone ? rate * curve.factor : rate;
  return rate;
}

double rate_of(const CosineRate& curve, const Moment& now) {
  const double time = curve.unit == CosineUnit::step ? now.exact : now.whole;
  return half_cosine(now.initial, curve.minimum, time / curve.period.value_or(now.epochs));
}

double rate_of(const CosineRestartsRate& curve, const Moment& now) {
  return half_cosine(now.initial, curve.minimum, std::fmod(now.whole, curve.period) / curve.period);
}

double rate_of(const ExponentialRate& curve, const Moment& now) {
  return now.initial * std::pow(curve.factor, static_cast<double>(now.steps) / curve.period);
}

double rate_of(const LinearRate& curve, const Moment& now) {
  if (now.whole <= curve.start) return now.initial;
  return curve.minimum + (now.initial - curve.minimum) * (now.epochs - now.whole) / (now.epochs - curve.start);
}

void check_period(const ScheduleSpec& spec) {
  const auto* restarts = std::get_if<CosineRestartsRate>(&spec.rate);
  const auto* exponential = std::get_if<ExponentialRate>(&spec.rate);
  if (restarts != nullptr && !(restarts->period > 0))
    throw InputError("schedule cosine_restarts: period is not above 0");
  if (exponential != nullptr && !(exponential->period > 0)) {
    throw InputError("schedule exponential: period is not above 0");
  }
}

}  // namespace

Schedule::Schedule(const ScheduleSpec& spec, double learning_rate, int64_t epochs)
    : spec_(spec), learning_rate_(learning_rate), epochs_(epochs) {
  check_period(spec);
}

double Schedule::rate(int64_t epoch, int64_t step, int64_t steps_per_epoch) const {
  const auto whole = static_cast<double>(epoch);
  const double exact = whole + static_cast<double>(step) / static_cast<double>(steps_per_epoch);
  if (const auto& warm_up = spec_.warm_up; warm_up && exact < warm_up->epochs) {
    return warm_up->start + (learning_rate_ - warm_up->start) * exact / warm_up->epochs;
  }
  const Moment now = {.steps = epoch * steps_per_epoch + step,
                      .whole = whole,
                      .exact = exact,
                      .epochs = static_cast<double>(epochs_),
                      .initial = learning_rate_};
  return std::visit([&](const auto& curve) { return rate_of(curve, now); }, spec_.rate);
}

}  // namespace nlb

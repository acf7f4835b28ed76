#include "tests/device/step_count.h"

#include "core/error.h"
#include "engine/machine.h"

namespace nlb::test {
namespace {

/// The value at `at` of the straight line through (few, y1) and (more, y2), whole numbers all.
int64_t on_the_line(int64_t few, int64_t y1, int64_t more, int64_t y2, int64_t at) {
  NLB_CHECK((y2 - y1) % (more - few) == 0, "a step's bytes do not go with its images");
  return y1 + (y2 - y1) / (more - few) * (at - few);
}

StepCount summed(std::map<std::string, Launched> kernels, int64_t convolved_bytes) {
  StepCount count = {.kernels = std::move(kernels), .all = {}, .convolved_bytes = convolved_bytes};
  for (const auto& [name, launched] : count.kernels) {
    count.all.launches += launched.launches;
    count.all.bytes += launched.bytes;
    count.all.activation_bytes += launched.activation_bytes;
  }
  return count;
}

}  // namespace

StepCount count_step(const Setting& setting, Layers with, const std::string& precision) {
  const torch::Device there{torch::kCUDA, 0};
  set_layers(with);
  set_precision(precision, there);
  count_activations(setting.batch);
  Trained trained(setting, there);
  const Pass pass = trained.method->begin_epoch(0).front();
  const auto take = [&](int64_t number) {
    trained.method->step({.epoch = 0,
                          .pass = 0,
                          .number = number,
                          .count = 1024 / setting.batch,
                          .batches = {trained.set.batch(pass.streams.front(), 0, number)}});
  };
  take(0);
  take_journal();
  take(1);
  const Journal journal = take_journal();
  count_activations(-1);
  set_precision("fp32", there);
  set_layers(Layers::kernels);
  return summed(journal.launches, journal.convolved_bytes);
}

StepCount count_step_of(const Setting& setting, Layers with, const std::string& precision, int64_t few, int64_t more) {
  Setting small = setting, larger = setting;
  small.batch = few;
  larger.batch = more;
  const StepCount one = count_step(small, with, precision), other = count_step(larger, with, precision);
  std::map<std::string, Launched> kernels;
  const auto at_batch = [&](int64_t y1, int64_t y2) { return on_the_line(few, y1, more, y2, setting.batch); };
  NLB_CHECK(one.kernels.size() == other.kernels.size(), "steps of different batches start different operations");
  for (const auto& [name, launched] : one.kernels) {
    const auto found = other.kernels.find(name);
    NLB_CHECK(found != other.kernels.end() && found->second.launches == launched.launches,
              "steps of different batches start different operations: " + name);
    kernels[name] = {.launches = launched.launches,
                     .bytes = at_batch(launched.bytes, found->second.bytes),
                     .activation_bytes = at_batch(launched.activation_bytes, found->second.activation_bytes)};
  }
  return summed(std::move(kernels), at_batch(one.convolved_bytes, other.convolved_bytes));
}

}  // namespace nlb::test

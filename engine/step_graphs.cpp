#include "engine/step_graphs.h"

#include <utility>

#include "core/error.h"
#include "nets/device_layers.h"

namespace nlb {
namespace {

/// A batch of its own memory, as `batch`.
Batch like(const Batch& batch) {
  Batch made;
  made.index = torch::empty_like(batch.index);
  for (const torch::Tensor& view : batch.views) made.views.push_back(torch::empty_like(view));
  made.labels = torch::empty_like(batch.labels);
  return made;
}

void fill(torch::Tensor& to, const torch::Tensor& from) {
  NLB_CHECK(to.sizes() == from.sizes(), "a step of a captured phase has another shape than the first one");
  to.copy_(from);
}

void fill(Step& to, const Step& from) {
  to.epoch = from.epoch;
  to.pass = from.pass;
  to.number = from.number;
  to.count = from.count;
  NLB_CHECK(to.batches.size() == from.batches.size(), "a step of a captured phase has other streams");
  for (size_t i = 0; i < from.batches.size(); ++i) {
    Batch& batch = to.batches[i];
    fill(batch.index, from.batches[i].index);
    fill(batch.labels, from.batches[i].labels);
    NLB_CHECK(batch.views.size() == from.batches[i].views.size(), "a step of a captured phase has other views");
    for (size_t v = 0; v < batch.views.size(); ++v) fill(batch.views[v], from.batches[i].views[v]);
  }
}

/// The next replay writes over what this one left.
StepLog copied(const StepLog& log, const Step& step, const Step& fixed, double rate) {
  const auto own = [](const std::optional<torch::Tensor>& tensor) {
    return tensor ? std::optional(tensor->clone()) : std::nullopt;
  };
  StepLog copy;
  copy.index = log.index.is_same(fixed.batch().index) ? step.batch().index : log.index.clone();
  copy.predicted = log.predicted.clone();
  copy.sample_loss = log.sample_loss.clone();
  copy.selected = own(log.selected);
  copy.corrected = own(log.corrected);
  copy.score = own(log.score);
  for (const auto& [name, value] : log.losses) copy.losses.emplace_back(name, value.clone());
  copy.learning_rate = rate;
  return copy;
}

}  // namespace

bool has_step_graphs(torch::Device device) {
  return device.is_cuda() && has_device_layers(device) && graph_maker() != nullptr;
}

StepGraphs::StepGraphs(Method& method, torch::Device device, bool wanted)
    : method_(method), device_(device), wanted_(wanted) {
  NLB_CHECK(!wanted || has_step_graphs(device), "steps cannot be captured on " + device.str());
}

StepLog StepGraphs::step(const Step& step) {
  const auto name = wanted_ ? method_.phase(step) : std::nullopt;
  if (!name) return method_.step(step);
  Phase& phase = phases_[*name];
  if (!std::exchange(phase.seen, true)) return first_step(phase, step);
  fill(phase.fixed, step);
  const double rate = method_.prepare(step, /*replayed=*/phase.graph != nullptr);
  if (phase.graph == nullptr) capture(phase);
  phase.graph->replay();
  return copied(phase.log, step, phase.fixed, rate);
}

StepLog StepGraphs::first_step(Phase& phase, const Step& step) {
  for (const Batch& batch : step.batches) phase.fixed.batches.push_back(like(batch));
  const double rate = method_.prepare(step, /*replayed=*/false);
  StepLog log = method_.step(step);
  log.learning_rate = rate;
  return log;
}

void StepGraphs::capture(Phase& phase) {
  phase.graph = graph_maker()(device_, [&] { phase.log = method_.step(phase.fixed); });
}

}  // namespace nlb

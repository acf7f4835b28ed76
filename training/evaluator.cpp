#include "training/evaluator.h"

#include <algorithm>

#include "core/error.h"

namespace nlb {
namespace {

/// Large enough to keep two cores busy, small enough that a wide network's activations fit beside the training state. A
/// GPU is kept busy by more: a wide network's largest activation takes 0.7 GB then, without those of a backward pass.
constexpr int64_t kBatch = 250, kGpuBatch = 1000;

std::vector<int64_t> to_host(const torch::Tensor& values) {
  const auto host = values.to(torch::kCPU, torch::kInt64).contiguous();
  return {host.const_data_ptr<int64_t>(), host.const_data_ptr<int64_t>() + host.numel()};
}

}  // namespace

Evaluation evaluate(Method& method, const EvaluationSet& set, int64_t classes) {
  const torch::NoGradGuard no_gradient;
  Evaluation result;
  std::vector<std::vector<torch::Tensor>> predicted;  // [outputs][batches]: stays on the device until the end
  auto finite = torch::ones({}, torch::TensorOptions(set.labels().device()).dtype(torch::kBool));
  const int64_t batch = set.labels().is_cuda() ? kGpuBatch : kBatch;
  for (int64_t begin = 0; begin < set.size(); begin += batch) {
    const auto outputs = method.predict(set.images(begin, std::min(begin + batch, set.size())));
    predicted.resize(outputs.size());
    if (begin == 0) {
      for (const Output& output : outputs) result.outputs.push_back(output.name);
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      predicted[i].push_back(outputs[i].scores.argmax(1));
      finite.logical_and_(outputs[i].scores.isfinite().all());
    }
  }
  if (!finite.item<bool>()) throw TrialFailure("a score of the evaluation is not finite");
  const std::vector<int64_t> labels = to_host(set.labels());
  result.confusion.resize(static_cast<size_t>(classes * classes));
  for (size_t i = 0; i < predicted.size(); ++i) {
    std::vector<int64_t> classes_seen = to_host(torch::cat(predicted[i]));
    int64_t correct = 0;
    for (size_t k = 0; k < labels.size(); ++k) correct += classes_seen[k] == labels[k] ? 1 : 0;
    result.correct.push_back(correct);
    if (i != 0) continue;
    for (size_t k = 0; k < labels.size(); ++k) {
      result.right.push_back(classes_seen[k] == labels[k] ? 1 : 0);
      ++result.confusion[static_cast<size_t>(labels[k] * classes + classes_seen[k])];
    }
    result.predicted = std::move(classes_seen);
  }
  return result;
}

}  // namespace nlb

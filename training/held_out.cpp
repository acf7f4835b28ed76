#include "training/held_out.h"

#include <algorithm>

#include "core/error.h"
#include "facts/option_reader.h"

namespace nlb {
namespace {

constexpr int64_t kSweepBatch = 500;

}  // namespace

void read(OptionReader& from, Scored& to) {
  from.read("scored", to.lowest_held_out_loss, {{"each_epoch", false}, {"lowest_held_out_loss", true}});
}

void show_held_out(Method& method, const EvaluationSet* noisy) {
  auto* asking = dynamic_cast<AsksHeldOut*>(&method);
  if (asking == nullptr || !asking->asks_held_out()) return;
  NLB_CHECK(noisy != nullptr, "the facts of a method that asks for held-out samples say so in a relation");
  asking->take_held_out(*noisy);
}

double held_out_mean(const EvaluationSet& noisy, Learner& learner, const SampleScore& score) {
  return held_out_mean(noisy, [&](const torch::Tensor& images, const torch::Tensor& labels) {
    return score(learner.evaluate(images), labels);
  });
}

double held_out_mean(const EvaluationSet& noisy, const SampleScore& score) {
  const torch::NoGradGuard no_gradient;
  auto sum = torch::zeros({}, torch::TensorOptions(noisy.labels().device()).dtype(torch::kFloat64));
  for (int64_t begin = 0; begin < noisy.size(); begin += kSweepBatch) {
    const int64_t end = std::min(begin + kSweepBatch, noisy.size());
    const auto scores = score(noisy.images(begin, end), noisy.labels().slice(0, begin, end));
    sum += scores.to(torch::kFloat64).sum();
  }
  return sum.item<double>() / static_cast<double>(noisy.size());
}

void EarlyStopping::offer(double loss) {
  const bool lower = loss < lowest_;
  lowest_ = lower ? loss : lowest_;
  waited_ = lower ? 0 : waited_ + 1;
}

void EarlyStopping::start_over() {
  lowest_ = std::numeric_limits<double>::infinity();
  waited_ = 0;
}

void EarlyStopping::visit_state(StateVisitor& visitor, const std::string& name) {
  if (!asks()) return;
  visitor.number(name + "/lowest", lowest_);
  visitor.integer(name + "/waited", waited_);
}

void BestNetwork::offer(double score, ParameterStore& network) {
  if (!(score < score_)) return;
  score_ = score;
  values_ = network.flat().detach().clone();
  buffers_ = network.flat_buffers().detach().clone();
}

void BestNetwork::put_into(ParameterStore& network) const {
  const torch::NoGradGuard no_gradient;
  NLB_CHECK(!empty(), "a network has been offered");
  network.flat().copy_(values_);
  network.flat_buffers().copy_(buffers_);
}

void BestNetwork::lend(ParameterStore& network, const std::function<void()>& use) const {
  if (empty()) return use();
  BestNetwork own(values_.options());
  own.offer(0, network);
  put_into(network);
  use();
  own.put_into(network);
}

torch::Tensor BestNetwork::evaluate(Learner& learner, const torch::Tensor& images) const {
  torch::Tensor scores;
  lend(learner.net().parameters(), [&] { scores = learner.evaluate(images); });
  return scores;
}

void BestNetwork::visit_state(StateVisitor& visitor, const std::string& name) {
  visitor.number(name + "/score", score_);
  visitor.tensor(name + "/values", values_);
  visitor.tensor(name + "/buffers", buffers_);
}

}  // namespace nlb

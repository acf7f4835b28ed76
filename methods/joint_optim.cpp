#include "methods/joint_optim.h"

#include <algorithm>
#include <cmath>

#include "training/losses.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {

void read(OptionReader& from, JointOptimOptions& to) {
  from.read("alpha", to.alpha);
  from.read("beta", to.beta);
  from.read("averaged_epochs", to.averaged_epochs);
  from.read("relabelling_start_epoch", to.relabelling_start_epoch);
  from.read("second_training_start_epoch", to.second_training_start_epoch);
  read(from, "second_training", to.second);
}

torch::Tensor uniform_prior_loss(const torch::Tensor& logits) {
  // log of a mean of probabilities, without leaving logarithms; log B is a constant that only the value needs.
  const auto log_sums = torch::logsumexp(torch::log_softmax(logits, 1), 0);
  return std::log(static_cast<double>(logits.size(0))) - log_sums.mean();
}

torch::Tensor joint_optim_loss(const torch::Tensor& logits, const torch::Tensor& labels, double alpha, double beta) {
  return soft_cross_entropy(logits, labels).mean() + alpha * uniform_prior_loss(logits) +
         beta * prediction_entropy(logits).mean();
}

// The history starts at the given labels: a sample that a dropped last batch leaves out keeps what its slot held.
JointOptim::JointOptim(const MethodContext& context)
    : OneNet(context),
      context_(context),
      options_(options_of<JointOptimOptions>(context)),
      second_schedule_(options_.second.schedule, options_.second.learning_rate, epochs()),
      labels_(one_hot(set().labels(), set().classes(), context.type)),
      history_(labels_.unsqueeze(0).repeat({options_.averaged_epochs, 1, 1})) {}

std::vector<Pass> JointOptim::begin_epoch(int64_t epoch) {
  const int64_t second = options_.second_training_start_epoch;
  if (epoch >= options_.relabelling_start_epoch && epoch <= second) relabel(epoch);
  if (epoch == second) train_again();
  return OneNet::begin_epoch(epoch);
}

// DEVIATION: the mean is over the epochs there are. In the reference code slots not written yet would count as zeros;
// with relabelling from epoch 70 and ten slots there are none.
void JointOptim::relabel(int64_t epochs_done) {
  const int64_t filled = std::min(epochs_done, options_.averaged_epochs);
  if (filled > 0) labels_ = history_.narrow(0, 0, filled).mean(0);
}

void JointOptim::train_again() {
  training_ = 1;
  start_over(context_, "second");
  history_ = torch::Tensor();
}

StepLog JointOptim::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto labels = labels_.index_select(0, batch.index);
  StepLog log = training_ == 0 ? first_step(step, logits, labels) : second_step(step, logits, labels);
  log.corrected = labels.argmax(1);
  log.score = of_label(labels, batch.labels);
  return log;
}

StepLog JointOptim::first_step(const Step& step, const torch::Tensor& logits, const torch::Tensor& labels) {
  const Batch& batch = step.batch();
  // Of the training pass itself, before its update: augmented, with the batch's own statistics.
  history_.select(0, step.epoch % options_.averaged_epochs)
      .index_copy_(0, batch.index, torch::softmax(logits.detach(), 1));
  return descend(step, logits, cross_entropy(logits, batch.labels),
                 joint_optim_loss(logits, labels, options_.alpha, options_.beta));
}

StepLog JointOptim::second_step(const Step& step, const torch::Tensor& logits, const torch::Tensor& labels) {
  const int64_t epoch = step.epoch - options_.second_training_start_epoch;
  const double rate = second_schedule_.rate(epoch, step.number, step.count);
  return descend_at(rate, step, logits, cross_entropy(logits, step.batch().labels),
                    soft_cross_entropy(logits, labels).mean());
}

void JointOptim::visit_state(StateVisitor& visitor) {
  int64_t training = training_;
  visitor.integer("training", training);  // first: loading into a new method, it says which network follows
  if (training == 1 && training_ == 0) train_again();
  OneNet::visit_state(visitor);
  visitor.tensor("labels", labels_);
  if (history_.defined()) visitor.tensor("history", history_);
}

}  // namespace nlb

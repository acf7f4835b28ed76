#include "methods/gce.h"

#include <cmath>

#include "core/error.h"
#include "training/losses.h"
#include "training/options.h"

namespace nlb {
namespace {

constexpr int64_t kPruningBatch = 250;

}  // namespace

void read(OptionReader& from, GceOptions& to) {
  from.read("q", to.q);
  from.read("epsilon", to.epsilon);
  if (!from.given("truncation")) return;
  auto& truncation = to.truncation.emplace();
  from.read("truncation", truncation.k);
  from.read("pruning_start_epoch", truncation.pruning_start_epoch);
  from.read("pruning_interval_epochs", truncation.pruning_interval_epochs);
  from.read("pruning_network", truncation.by_best, {{"current", false}, {"best_on_held_out", true}});
}

double truncation_level(double q, double k) { return (1 - std::pow(k, q)) / q; }

torch::Tensor truncated_gce(const torch::Tensor& losses, const torch::Tensor& weights, double q, double k) {
  return (weights * (losses - truncation_level(q, k))).mean();
}

Gce::Gce(const MethodContext& context)
    : OneNet(context),
      options_(options_of<GceOptions>(context)),
      best_(torch::TensorOptions(context.device).dtype(context.type)) {
  if (options_.truncation) {
    weights_ = torch::ones({set().size()}, torch::TensorOptions(context.device).dtype(context.type));
  }
}

std::vector<Pass> Gce::begin_epoch(int64_t epoch) {
  if (const auto& truncation = options_.truncation) {
    const int64_t coming = epoch + 1;
    if (coming >= truncation->pruning_start_epoch && coming % truncation->pruning_interval_epochs == 0) prune();
  }
  return OneNet::begin_epoch(epoch);
}

void Gce::end_epoch(int64_t /*epoch*/) {
  if (!prunes_by_best()) return;
  NLB_CHECK(held_out_ != nullptr, "a method that asks for held-out samples has been shown them");
  const auto wrong = [](const torch::Tensor& logits, const torch::Tensor& labels) {
    return logits.argmax(1) != labels;
  };
  best_.offer(held_out_mean(*held_out_, learner(), wrong), learner().net().parameters());
}

// DEVIATION: with the current weights, as in Algorithm 1 of the paper, which alternates between weights and network, or
// with those that were best on held-out noisy labels. AlanChou/Truncated-Loss takes the snapshot that was best on the
// test set, which no method can see here, and prunes on augmented images; we prune on plain ones.
void Gce::prune() {
  const torch::NoGradGuard no_gradient;
  const double level = -std::log(options_.truncation->k);
  const auto sweep = [&] {
    set().for_each(kPruningBatch, [&](const Batch& batch) {
      const auto losses = cross_entropy(learner().evaluate(batch.images()), batch.labels);
      weights_.index_copy_(0, batch.index, (losses < level).to(weights_.scalar_type()));
    });
  };
  best_.lend(learner().net().parameters(), sweep);  // the current network where none was offered
}

StepLog Gce::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto entropies = cross_entropy(logits, batch.labels);
  const auto losses = generalised_cross_entropy(entropies, options_.q, options_.epsilon);
  if (!options_.truncation) return descend(step, logits, entropies, losses.mean());
  const auto weights = weights_.index_select(0, batch.index);
  StepLog log = descend(step, logits, entropies, truncated_gce(losses, weights, options_.q, options_.truncation->k));
  log.selected = weights > 0;
  return log;
}

void Gce::visit_state(StateVisitor& visitor) {
  OneNet::visit_state(visitor);
  if (weights_.defined()) visitor.tensor("weights", weights_);
  if (prunes_by_best()) best_.visit_state(visitor, "best");
}

}  // namespace nlb

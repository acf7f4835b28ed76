#include "methods/dividemix.h"

#include <algorithm>

#include "core/error.h"
#include "training/losses.h"
#include "training/mixing.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

constexpr int64_t kSweepBatch = 250;

torch::Tensor probabilities(const torch::Tensor& logits) { return torch::softmax(logits, 1); }

std::string numbered(const char* name, size_t net) { return name + std::to_string(net + 1); }

/// The logs of both networks' steps as one: samples side by side, losses averaged.
StepLog side_by_side(const StepLog& first, const StepLog& second) {
  StepLog log;
  log.index = torch::cat({first.index, second.index});
  log.predicted = torch::cat({first.predicted, second.predicted});
  log.sample_loss = torch::cat({first.sample_loss, second.sample_loss});
  log.selected = torch::cat({*first.selected, *second.selected});
  log.corrected = torch::cat({*first.corrected, *second.corrected});
  log.score = torch::cat({*first.score, *second.score});
  for (size_t i = 0; i < first.losses.size(); ++i) {
    log.losses.emplace_back(first.losses[i].first, (first.losses[i].second + second.losses[i].second) / 2);
  }
  log.learning_rate = first.learning_rate;
  return log;
}

std::vector<int64_t> positions(const torch::Tensor& chosen) {
  const auto found = chosen.nonzero().reshape({-1}).to(torch::kCPU).contiguous();
  const auto* first = found.const_data_ptr<int64_t>();
  return {first, first + found.numel()};
}

}  // namespace

void read(OptionReader& from, DivideMixOptions& to) {
  from.read("warm_up_epochs", to.warm_up_epochs);
  from.read("warm_up_batch_size", to.warm_up_batch_size);
  from.read("warm_up_penalty", to.warm_up_penalty,
            {{"none", WarmUpPenalty::none},
             {"negative_entropy", WarmUpPenalty::negative_entropy},
             {"negative_entropy_of_raised_logits", WarmUpPenalty::negative_entropy_of_raised_logits}});
  from.read("clean_threshold", to.clean_threshold);
  from.read("averaged_losses", to.averaged_losses);
  from.read("mixture_iterations", to.mixture.max_iterations);
  from.read("mixture_tolerance", to.mixture.tolerance);
  from.read("mixture_added_variance", to.mixture.added_variance);
  from.read("temperature", to.temperature);
  from.read("mixup_alpha", to.mixup_alpha);
  from.read("lambda_u", to.lambda_u);
  from.read("lambda_u_ramp_epochs", to.lambda_u_ramp_epochs);
  from.read("networks_train", to.networks_train,
            {{"in_turn", NetworksTrain::in_turn}, {"lockstep", NetworksTrain::lockstep}});
}

torch::Tensor negative_entropy(const torch::Tensor& logits) { return -prediction_entropy(logits).mean(); }

std::optional<torch::Tensor> warm_up_penalty(WarmUpPenalty penalty, const torch::Tensor& logits) {
  if (penalty == WarmUpPenalty::none) return std::nullopt;
  return negative_entropy(penalty == WarmUpPenalty::negative_entropy ? logits : logits.clamp_min(1e-12));
}

torch::Tensor normalised_losses(const torch::Tensor& losses) {
  const auto least = losses.min();
  return (losses - least) / (losses.max() - least);
}

torch::Tensor clean_probabilities(const torch::Tensor& values, const GaussianMixtureOptions& options) {
  const auto host = values.detach().to(torch::kCPU, torch::kFloat64).contiguous();
  const auto* first = host.const_data_ptr<double>();
  const GaussianMixture mixture = fit_gaussian_mixture_cpu(first, host.numel(), options);
  auto posterior = torch::empty_like(host);
  gaussian_posterior_cpu(mixture, first, host.numel(), posterior.mutable_data_ptr<double>());
  return posterior.to(values.options());
}

torch::Tensor refined_labels(const torch::Tensor& labels, const torch::Tensor& clean, const torch::Tensor& predicted,
                             double temperature) {
  const auto given = one_hot(labels, predicted.size(1), predicted.scalar_type());
  const auto share = clean.unsqueeze(1);
  return sharpen(share * given + (1 - share) * predicted, temperature);
}

double unlabelled_weight(const DivideMixOptions& options, double position) {
  const double run =
      (position - static_cast<double>(options.warm_up_epochs)) / static_cast<double>(options.lambda_u_ramp_epochs);
  return options.lambda_u * std::clamp(run, 0.0, 1.0);
}

DivideMixLoss dividemix_loss(const torch::Tensor& logits, const torch::Tensor& targets, int64_t labelled) {
  const int64_t unlabelled = logits.size(0) - labelled;
  const auto error = probabilities(logits.narrow(0, labelled, unlabelled)) - targets.narrow(0, labelled, unlabelled);
  return {.labelled = soft_cross_entropy(logits.narrow(0, 0, labelled), targets.narrow(0, 0, labelled)).mean(),
          .unlabelled = error.square().mean(),
          .penalty = uneven_penalty(logits)};
}

DivideMix::DivideMix(const MethodContext& context)
    : options_(options_of<DivideMixOptions>(context)),
      recipe_(context.spec.recipe),
      set_(context.set),
      mix_keys_{derive(context.train_key("mix"), "net1"), derive(context.train_key("mix"), "net2")},
      nets_{Learner(context, "net1", context.spec.recipe.epochs),
            Learner(context, "net2", context.spec.recipe.epochs)} {
  const auto of_net = torch::TensorOptions(context.device).dtype(context.type);
  for (size_t net = 0; net < 2; ++net) {
    losses_[net] = torch::zeros({options_.averaged_losses, set_.size()}, of_net);
    clean_[net] = torch::zeros({set_.size()}, of_net);
  }
}

std::vector<Pass> DivideMix::begin_epoch(int64_t epoch) {
  if (epoch < options_.warm_up_epochs) return {warm_up_pass(0), warm_up_pass(1)};
  judge(0);
  judge(1);
  judged_ = std::min(judged_ + 1, options_.averaged_losses);
  if (options_.networks_train == NetworksTrain::lockstep) return {lockstep()};
  std::vector<Pass> passes;
  for (size_t net = 0; net < 2; ++net) {
    auto [labelled, unlabelled] = division(net, /*cycle=*/false);
    unlabelled.cycle = true;
    passes.push_back({.name = numbered("net", net), .streams = {std::move(labelled), std::move(unlabelled)}});
  }
  return passes;
}

/// The first stream gives nothing but the number of steps: that of one pass over the whole set.
Pass DivideMix::lockstep() {
  Pass pass = {.name = "nets", .streams = {recipe_pass(recipe_).streams.front()}};
  pass.streams.front().name = "steps";
  pass.streams.front().shuffle = false;
  pass.streams.front().views = {};
  for (size_t net = 0; net < 2; ++net) {
    for (Stream& part : division(net, /*cycle=*/true)) pass.streams.push_back(std::move(part));
  }
  return pass;
}

Pass DivideMix::warm_up_pass(size_t net) const {
  Pass pass = recipe_pass(recipe_);
  pass.name = pass.streams.front().name = numbered("warm_up", net);
  pass.streams.front().batch_size = options_.warm_up_batch_size;
  return pass;
}

/// Co-divide: how probable `net` finds each given label.
void DivideMix::judge(size_t net) {
  const torch::NoGradGuard no_gradient;
  auto losses = torch::zeros_like(clean_[net]);
  set_.for_each(kSweepBatch, [&](const Batch& batch) {
    losses.index_copy_(0, batch.index, cross_entropy(nets_[net].evaluate(batch.images()), batch.labels));
  });
  losses_[net] = torch::cat({losses_[net].slice(0, 1), normalised_losses(losses).unsqueeze(0)});
  const int64_t averaged = std::min(judged_ + 1, options_.averaged_losses);
  clean_[net] =
      clean_probabilities(losses_[net].slice(0, options_.averaged_losses - averaged).mean(0), options_.mixture);
}

std::array<Stream, 2> DivideMix::division(size_t net, bool cycle) {
  const auto labelled = clean_[1 - net] > options_.clean_threshold;
  Stream clean{.name = numbered("labelled", net),
               .samples = positions(labelled),
               .batch_size = recipe_.batch_size,
               .keep_last = recipe_.last_batch == LastBatch::keep,
               .views = {View::recipe, View::recipe},
               .cycle = cycle};
  Stream rest = clean;
  rest.name = numbered("unlabelled", net);
  rest.samples = positions(labelled.logical_not());
  labelled_[net] = std::ssize(*clean.samples);
  for (const Stream* part : {&clean, &rest}) {
    if (!part->samples->empty() && set_.batches(*part) > 0) continue;
    throw TrialFailure("the mixture leaves " + std::to_string(part->samples->size()) + " of " +
                       std::to_string(set_.size()) + " samples in \"" + part->name + "\": no batch");
  }
  return {std::move(clean), std::move(rest)};
}

StepLog DivideMix::warm_up(const Step& step) {
  Learner& learner = nets_[static_cast<size_t>(step.pass)];
  const Batch& batch = step.batch();
  const auto logits = learner.forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  const auto penalty = warm_up_penalty(options_.warm_up_penalty, logits);
  const auto loss = penalty ? losses.mean() + *penalty : losses.mean();
  StepLog log;
  log.index = batch.index;
  log.predicted = logits.detach().argmax(1);
  log.sample_loss = losses.detach();
  log.losses = {{"loss", loss.detach()}};
  log.learning_rate = learner.minimise(loss, step.epoch, step);
  return log;
}

/// Co-guessing and co-refinement. The network that trains is in training mode, so that its statistics move with these
/// batches too; the other one is in evaluation mode.
DivideMix::Targets DivideMix::targets(size_t net, const Batch& labelled, const Batch& unlabelled) {
  const torch::NoGradGuard no_gradient;
  Learner &learner = nets_[net], &other = nets_[1 - net];
  const auto &u1 = unlabelled.views[0], &u2 = unlabelled.views[1];
  const auto own_u = learner.forward(u1);
  const auto guessed = (probabilities(own_u) + probabilities(learner.forward(u2)) + probabilities(other.evaluate(u1)) +
                        probabilities(other.evaluate(u2))) /
                       4;
  const auto own_x = learner.forward(labelled.views[0]);
  const auto predicted = (probabilities(own_x) + probabilities(learner.forward(labelled.views[1]))) / 2;
  const auto clean = clean_[1 - net].index_select(0, labelled.index);
  return {.own = torch::cat({own_x, own_u}),
          .refined = refined_labels(labelled.labels, clean, predicted, options_.temperature),
          .guessed = sharpen(guessed, options_.temperature)};
}

StepLog DivideMix::step(const Step& step) {
  if (step.epoch < options_.warm_up_epochs) return warm_up(step);
  if (options_.networks_train == NetworksTrain::in_turn) {
    return train(static_cast<size_t>(step.pass), step, step.batches[0], step.batches[1]);
  }
  const StepLog first = train(0, step, step.batches[1], step.batches[2]);
  return side_by_side(first, train(1, step, step.batches[3], step.batches[4]));
}

StepLog DivideMix::train(size_t net, const Step& step, const Batch& x, const Batch& u) {
  const Targets made = targets(net, x, u);
  const auto images = torch::cat({x.views[0], x.views[1], u.views[0], u.views[1]});
  const auto rows = torch::cat({made.refined, made.refined, made.guessed, made.guessed});
  const RowMixing drawn =
      draw_row_mixing(mix_keys_[net], step.epoch, step.number, images.size(0), options_.mixup_alpha, images.device());
  const double weight = std::max(drawn.weight, 1 - drawn.weight);
  const auto logits = nets_[net].forward(mix(images, weight, drawn.order));
  const DivideMixLoss terms = dividemix_loss(logits, mix(rows, weight, drawn.order), 2 * x.size());
  // The authors count batches this way, one too many where the batch size divides the labelled part; the code that
  // trains in lockstep counts whole batches.
  const int64_t whole = labelled_[net] / recipe_.batch_size;
  const bool in_turn = options_.networks_train == NetworksTrain::in_turn;
  const auto batches = static_cast<double>(in_turn ? whole + 1 : std::max<int64_t>(whole, 1));
  const double position = static_cast<double>(step.epoch) + static_cast<double>(step.number) / batches;
  const auto loss = terms.labelled + unlabelled_weight(options_, position) * terms.unlabelled + terms.penalty;

  StepLog log = report(x, u, made, clean_[1 - net]);
  log.losses = {{"loss", loss.detach()},
                {"labelled", terms.labelled.detach()},
                {"unlabelled", terms.unlabelled.detach()},
                {"penalty", terms.penalty.detach()}};
  log.learning_rate = nets_[net].minimise(loss, step.epoch, step);
  return log;
}

/// Labelled rows, then unlabelled ones; these come again where their part is the smaller one.
StepLog DivideMix::report(const Batch& x, const Batch& u, const Targets& made, const torch::Tensor& clean) {
  const auto index = torch::cat({x.index, u.index});
  const auto labels = torch::cat({x.labels, u.labels});
  StepLog log;
  log.index = index;
  log.predicted = made.own.argmax(1);
  log.sample_loss = cross_entropy(made.own, labels);
  log.selected = torch::cat({torch::ones_like(x.labels), torch::zeros_like(u.labels)}) > 0;
  log.corrected = torch::cat({made.refined, made.guessed}).argmax(1);
  log.score = clean.index_select(0, index);
  return log;
}

std::vector<Output> DivideMix::predict(const torch::Tensor& images) {
  const auto first = nets_[0].evaluate(images), second = nets_[1].evaluate(images);
  return {{"ensemble", first + second}, {"net1", first}, {"net2", second}};
}

void DivideMix::visit_state(StateVisitor& visitor) {
  for (size_t net = 0; net < 2; ++net) {
    nets_[net].visit_state(visitor);
    visitor.tensor(numbered("losses", net), losses_[net]);
    visitor.tensor(numbered("clean", net), clean_[net]);
  }
  visitor.integer("judged_epochs", judged_);
}

}  // namespace nlb

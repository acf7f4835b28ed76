#include "methods/m_correction.h"

#include <algorithm>

#include "training/losses.h"
#include "training/options.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

constexpr double kLeastWrong = 1e-4;  // PaulAlbert31/LabelNoiseCorrection:utils.py clips there
constexpr int64_t kLookup = 100;

}  // namespace

void read(OptionReader& from, MCorrectionOptions& to) {
  using Variant = MCorrectionVariant;
  from.read("variant", to.variant,
            {{"m_dyr_h", Variant::m_dyr_h}, {"m_dyr_s", Variant::m_dyr_s}, {"md_dyr_sh", Variant::md_dyr_sh}});
  from.read("mixup_alpha", to.mixup_alpha);
  from.read("bootstrap_start_epoch", to.bootstrap_start_epoch);
  from.read("regulariser", to.regulariser);
  from.read("em_iterations", to.em_iterations);
  if (!from.given("dynamic_mixup_epochs")) return;
  DynamicMixup dynamic{};
  from.read("dynamic_mixup_epochs", dynamic.plain_epochs);
  from.read("temperature_epochs", dynamic.temperature_epochs);
  from.read("final_temperature", dynamic.final_temperature);
  if (to.variant == Variant::md_dyr_sh) to.dynamic = dynamic;  // the static ones do not read it
}

torch::Tensor wrong_probabilities(const torch::Tensor& losses, LossRange range, const torch::Tensor& lookup) {
  // scaled_loss and looked_up of kernels/mixture.h, on tensors.
  const double least = range.low + 1e-5;
  const auto raw = (losses.detach().to(torch::kFloat64) - least) / (range.high - least + 1e-6);
  const auto scaled = torch::where(raw >= 1, 1 - 1e-3, torch::where(raw <= 0, 1e-3, raw));
  const auto entry = (scaled * kLookup).to(torch::kInt64).clamp(0, kLookup - 1);
  return lookup.index_select(0, entry).clamp(kLeastWrong, 1 - kLeastWrong);
}

torch::Tensor bootstrapped_targets(const torch::Tensor& labels, const torch::Tensor& wrong,
                                   const torch::Tensor& predictions) {
  const auto given = one_hot(labels, predictions.size(1), predictions.scalar_type());
  const auto share = wrong.to(predictions.scalar_type()).unsqueeze(1);
  return (1 - share) * given + share * predictions;
}

torch::Tensor dynamic_weights(const torch::Tensor& wrong, const torch::Tensor& order) {
  const auto right = 1 - wrong;
  return right / (right + right.index_select(0, order));
}

double falling_temperature(const DynamicMixup& dynamic, int64_t place) {
  const int64_t last = dynamic.temperature_epochs - 1;
  if (place >= last) return dynamic.final_temperature;
  return 1 + static_cast<double>(place) * ((dynamic.final_temperature - 1) / static_cast<double>(last));
}

MCorrection::MCorrection(const MethodContext& context)
    : OneNet(context),
      options_(options_of<MCorrectionOptions>(context)),
      recipe_(context.spec.recipe),
      mix_key_(context.train_key("mix")),
      lookup_(torch::zeros({kLookup}, torch::TensorOptions(context.device).dtype(torch::kFloat64))) {}

int64_t MCorrection::first_fit() const {
  return options_.bootstrap_start_epoch - (options_.dynamic ? options_.dynamic->plain_epochs : 0);
}

std::vector<Pass> MCorrection::begin_epoch(int64_t epoch) {
  if (epoch >= first_fit()) fit(epoch);
  return OneNet::begin_epoch(epoch);
}

/// As released: losses of augmented images, in evaluation mode, after the epoch before.
void MCorrection::fit(int64_t epoch) {
  const torch::NoGradGuard no_gradient;
  const Stream sweep{.name = "track", .batch_size = recipe_.batch_size, .shuffle = false};
  std::vector<torch::Tensor> losses;
  for (int64_t number = 0; number < set().batches(sweep); ++number) {
    const Batch batch = set().batch(sweep, epoch, number);
    losses.push_back(cross_entropy(learner().evaluate(batch.images()), batch.labels));
  }
  const auto all = torch::cat(losses).to(torch::kCPU, torch::kFloat64).contiguous();
  const auto* first = all.const_data_ptr<double>();
  range_ = loss_range_cpu(first, all.numel());
  const auto scaled = scaled_losses_in_range(range_, first, all.numel());
  const BetaMixture mixture = fit_beta_mixture_cpu(scaled.data(), std::ssize(scaled), options_.em_iterations);
  lookup_ = torch::tensor(beta_lookup(mixture), torch::kFloat64).to(lookup_.device());
}

torch::Tensor MCorrection::wrong(const Batch& batch) {
  const torch::NoGradGuard no_gradient;
  return wrong_probabilities(cross_entropy(learner().evaluate(batch.images()), batch.labels), range_, lookup_);
}

RowMixing MCorrection::draw(const Step& step) const {
  const Batch& batch = step.batch();
  return draw_row_mixing(mix_key_, step.epoch, step.number, batch.size(), options_.mixup_alpha, batch.index.device());
}

StepLog MCorrection::step(const Step& step) {
  if (step.epoch < first_fit()) return mixup(step);
  return step.epoch < options_.bootstrap_start_epoch ? dynamic_mixup(step) : bootstrap(step);
}

/// The step's own logits are those of the mixed images.
StepLog MCorrection::mixup(const Step& step) {
  const Batch& batch = step.batch();
  const RowMixing mixing = draw(step);
  const auto logits = learner().forward(mix(batch.images(), mixing.weight, mixing.order));
  const auto labels = one_hot(batch.labels, set().classes(), logits.scalar_type());
  const auto loss = soft_cross_entropy(logits, mix(labels, mixing.weight, mixing.order)).mean();
  return descend(step, logits, cross_entropy(logits.detach(), batch.labels), loss);
}

/// Images mixed by trust, labels by a weight that has nothing to do with it, as released.
StepLog MCorrection::dynamic_mixup(const Step& step) {
  const Batch& batch = step.batch();
  const RowMixing mixing = draw(step);
  const auto doubt = wrong(batch);
  const auto logits = learner().forward(mix(batch.images(), dynamic_weights(doubt, mixing.order), mixing.order));
  const auto labels = one_hot(batch.labels, set().classes(), logits.scalar_type());
  const auto loss = soft_cross_entropy(logits, mix(labels, mixing.weight, mixing.order)).mean();
  StepLog log = descend(step, logits, cross_entropy(logits.detach(), batch.labels), loss);
  log.score = 1 - doubt;
  return log;
}

// DEVIATION: labels are judged before the forward pass of the mixed images, as in the released soft variants; the
// released hard one does it after, when the batch-norm averages have moved once more.
// DEVIATION: M-DYR-S weighs its two halves by the mixing weight, as in the paper; the released code did so from July
// 2020 on, before by 1/2 each.
StepLog MCorrection::bootstrap(const Step& step) {
  const Batch& batch = step.batch();
  torch::Tensor own;
  {
    const torch::NoGradGuard no_gradient;
    own = learner().forward(batch.images());
  }
  const auto doubt = wrong(batch);
  const RowMixing mixing = draw(step);
  const auto& dynamic = options_.dynamic;
  const double temperature = dynamic ? falling_temperature(*dynamic, step.epoch - options_.bootstrap_start_epoch) : 1;
  const auto guess = options_.hard() ? one_hot(own.argmax(1), set().classes(), own.scalar_type())
                                     : torch::softmax(own / temperature, 1);
  const auto targets = bootstrapped_targets(batch.labels, doubt, guess);
  const auto mixed = dynamic ? mix(batch.images(), dynamic_weights(doubt, mixing.order), mixing.order)
                             : mix(batch.images(), mixing.weight, mixing.order);
  const auto logits = learner().forward(mixed);
  const double own_share = dynamic ? .5 : mixing.weight;
  const auto loss = soft_cross_entropy(logits, mix(targets, own_share, mixing.order)).mean() +
                    options_.regulariser * uneven_penalty(logits);
  StepLog log = descend(step, own, cross_entropy(own, batch.labels), loss);
  log.corrected = targets.argmax(1);
  log.score = 1 - doubt;
  return log;
}

void MCorrection::visit_state(StateVisitor& visitor) {
  OneNet::visit_state(visitor);
  visitor.tensor("lookup", lookup_);
  visitor.number("loss_low", range_.low);
  visitor.number("loss_high", range_.high);
}

}  // namespace nlb

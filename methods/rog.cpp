#include "methods/rog.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "methods/ce.h"

namespace nlb {
namespace {

constexpr int64_t kSweepBatch = 500;
// Smaller eigenvalues, relative to the largest, count as 0: scipy's pinvh in double, which sklearn uses.
constexpr double kCutOff = 2.2e-10;

int64_t share_of(double share, int64_t count) { return static_cast<int64_t>(share * static_cast<double>(count)); }

/// Sum of the outer products of deviations from the mean.
torch::Tensor scatter(const torch::Tensor& rows, const torch::Tensor& mean) {
  const auto centred = rows - mean;
  return torch::mm(centred.t(), centred);
}

torch::Tensor class_means(const torch::Tensor& features, const std::vector<torch::Tensor>& chosen) {
  std::vector<torch::Tensor> means;
  for (size_t c = 0; c < chosen.size(); ++c) {
    if (chosen[c].numel() == 0) throw TrialFailure("class " + std::to_string(c) + " has too few labels to fit");
    means.push_back(features.index_select(0, chosen[c]).mean(0));
  }
  return torch::stack(means);
}

}  // namespace

TiedGaussians tied_gaussians(const torch::Tensor& features, const std::vector<torch::Tensor>& chosen, Pooling pooling) {
  TiedGaussians found{.means = class_means(features, chosen), .covariance = {}};
  const int64_t width = features.size(1);
  int64_t count = 0;
  for (const auto& rows : chosen) count += rows.numel();
  found.covariance = torch::zeros({width, width}, features.options());
  for (size_t c = 0; c < chosen.size(); ++c) {
    found.covariance += scatter(features.index_select(0, chosen[c]), found.means[static_cast<int64_t>(c)]);
    if (pooling == Pooling::released) found.covariance /= count;
  }
  if (pooling == Pooling::all) found.covariance /= count;
  return found;
}

std::vector<torch::Tensor> nearest_rows(const torch::Tensor& features, const std::vector<torch::Tensor>& members,
                                        const TiedGaussians& gaussians, double share) {
  const auto precision = torch::linalg_pinv(gaussians.covariance, kCutOff, /*hermitian=*/true);
  std::vector<torch::Tensor> kept;
  for (size_t c = 0; c < members.size(); ++c) {
    const auto centred = features.index_select(0, members[c]) - gaussians.means[static_cast<int64_t>(c)];
    const auto distance = (torch::mm(centred, precision) * centred).sum(1);
    const auto order = distance.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
    kept.push_back(members[c].index_select(0, order.narrow(0, 0, share_of(share, members[c].numel()))));
  }
  return kept;
}

TiedGaussians concentrated(const torch::Tensor& features, const std::vector<torch::Tensor>& members,
                           const std::vector<torch::Tensor>& kept) {
  TiedGaussians found{.means = class_means(features, kept), .covariance = {}};
  const int64_t width = features.size(1);
  found.covariance = torch::zeros({width, width}, features.options());
  int64_t count = 0;
  for (size_t c = 0; c < kept.size(); ++c) {
    const auto own = scatter(features.index_select(0, kept[c]), found.means[static_cast<int64_t>(c)]) / kept[c].numel();
    found.covariance += own * members[c].numel();
    count += members[c].numel();
  }
  found.covariance /= count;
  return found;
}

LinearRule linear_rule(const TiedGaussians& gaussians) {
  const auto precision = torch::linalg_pinv(gaussians.covariance, kCutOff, /*hermitian=*/true);
  const auto weight = torch::mm(gaussians.means, precision);
  const double prior = -std::log(static_cast<double>(gaussians.means.size(0)));
  return {.weight = weight, .bias = -0.5 * (weight * gaussians.means).sum(1) + prior};
}

RogOptions rog_options(const Json& options) {
  return {.keep_share = options.at("keep_share").get<double>(),
          .pooling = options.at("first_covariance") == "released" ? Pooling::released : Pooling::all};
}

Rog::Rog(const MethodContext& context)
    : OneNet(context), options_(rog_options(context.spec.method.options)), draw_key_(context.train_key("method:rog")) {
  const auto one = torch::zeros({1}, torch::kInt64);
  const torch::NoGradGuard no_gradient;
  const auto shape = learner().net().features(set().images(one), {});
  const auto like = torch::TensorOptions(context.device).dtype(context.type);
  rule_ = {.weight = torch::zeros({set().classes(), shape.size(1)}, like),
           .bias = torch::zeros({set().classes()}, like)};
}

StepLog Rog::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, losses.mean());
}

torch::Tensor Rog::features() {
  std::vector<torch::Tensor> rows;
  set().for_each(kSweepBatch, [&](const Batch& batch) {
    rows.push_back(learner().net().features(batch.images(), {}).to(torch::kFloat64));
  });
  auto all = torch::cat(rows);
  if (!all.isfinite().all().item<bool>()) throw TrialFailure("features are not finite");
  return all;
}

/// Rows of each class by given label: a random share of them, in the draw's order.
std::vector<torch::Tensor> Rog::members(double share) {
  const auto labels = set().labels().cpu();
  std::vector<torch::Tensor> rows;
  for (int64_t c = 0; c < set().classes(); ++c) {
    const auto all = (labels == c).nonzero().squeeze(1);
    auto order = draw_permutation(draw_key_, static_cast<uint64_t>(c), all.numel());
    order.resize(static_cast<size_t>(share_of(share, all.numel())));
    rows.push_back(all.index_select(0, torch::tensor(order, torch::kInt64)).to(set().device()));
  }
  return rows;
}

// DEVIATION: one layer, the input of the last linear one; the released code joins several by weights that it fits on
// 500 test images.
void Rog::end_epoch(int64_t epoch) {
  if (epoch + 1 < epochs()) return;
  const torch::NoGradGuard no_gradient;
  const auto rows = features();
  const auto whole = members(1), first = members(options_.keep_share);
  const auto kept = nearest_rows(rows, whole, tied_gaussians(rows, first, options_.pooling), options_.keep_share);
  const LinearRule rule = linear_rule(concentrated(rows, whole, kept));
  rule_.weight.copy_(rule.weight);
  rule_.bias.copy_(rule.bias);
  fitted_ = 1;
}

std::vector<Output> Rog::predict(const torch::Tensor& images) {
  const auto net = learner().evaluate(images);
  if (fitted_ == 0) return {{"rog", net}, {"net", net}};
  const auto inputs = learner().net().features(images, {});
  return {{"rog", torch::addmm(rule_.bias, inputs, rule_.weight.t())}, {"net", net}};
}

void Rog::visit_state(StateVisitor& visitor) {
  OneNet::visit_state(visitor);
  visitor.integer("fitted", fitted_);
  visitor.tensor("rule/weight", rule_.weight);
  visitor.tensor("rule/bias", rule_.bias);
}

}  // namespace nlb

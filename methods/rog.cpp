#include "methods/rog.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "training/losses.h"
#include "training/options.h"

namespace nlb {
namespace {

constexpr int64_t kSweepBatch = 500;
constexpr double kLeastProbability = 1e-10;  // inside the logarithm: pokaxpoka/RoGNoisyLabel:generative_utils.py

int64_t share_of(double share, int64_t count) { return static_cast<int64_t>(share * static_cast<double>(count)); }

/// Sum of the outer products of deviations from the mean.
torch::Tensor scatter(const torch::Tensor& rows, const torch::Tensor& mean) {
  const auto centred = rows - mean;
  return torch::mm(centred.t(), centred);
}

struct RowsOfLabel {
  uint64_t label;
  std::vector<int64_t> positions;  // increasing
};

std::vector<RowsOfLabel> rows_by_label(const torch::Tensor& labels, int64_t classes) {
  std::vector<RowsOfLabel> rows;
  for (int64_t c = 0; c < classes; ++c) rows.push_back({.label = static_cast<uint64_t>(c), .positions = {}});
  const auto host = labels.cpu();
  const auto* label = host.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < host.numel(); ++i) rows[static_cast<size_t>(label[i])].positions.push_back(i);
  return rows;
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

torch::Tensor precision(const torch::Tensor& covariance, double cut_off) {
  return torch::linalg_pinv(covariance, cut_off, /*hermitian=*/true);
}

std::vector<torch::Tensor> nearest_rows(const torch::Tensor& features, const std::vector<torch::Tensor>& members,
                                        const TiedGaussians& gaussians, double share, double cut_off) {
  const auto inverse = precision(gaussians.covariance, cut_off);
  std::vector<torch::Tensor> kept;
  for (size_t c = 0; c < members.size(); ++c) {
    const auto centred = features.index_select(0, members[c]) - gaussians.means[static_cast<int64_t>(c)];
    const auto distance = (torch::mm(centred, inverse) * centred).sum(1);
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

LinearRule linear_rule(const TiedGaussians& gaussians, double cut_off) {
  const auto weight = torch::mm(gaussians.means, precision(gaussians.covariance, cut_off));
  const double prior = -std::log(static_cast<double>(gaussians.means.size(0)));
  return {.weight = weight, .bias = -0.5 * (weight * gaussians.means).sum(1) + prior};
}

torch::Tensor likeliest_rows(const torch::Tensor& features, const torch::Tensor& labels, const TiedGaussians& gaussians,
                             double share, double cut_off) {
  const auto centred = features - gaussians.means.index_select(0, labels);
  const auto distance = (torch::mm(centred, precision(gaussians.covariance, cut_off)) * centred).sum(1);
  const auto order = distance.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
  return order.narrow(0, 0, share_of(share, features.size(0)));
}

torch::Tensor fit_layer_weights(const std::vector<torch::Tensor>& posteriors, const torch::Tensor& labels,
                                const LayerFit& fit, Key key) {
  const torch::AutoGradMode with_gradient(true);
  // [L, V]: each layer's probability of the sample's label.
  const auto given =
      torch::stack(posteriors).gather(2, labels.view({1, -1, 1}).expand({std::ssize(posteriors), -1, 1}));
  const auto of_label = given.squeeze(2);
  auto a = torch::ones({of_label.size(0)}, of_label.options()).requires_grad_();
  torch::optim::Adam adam({a}, torch::optim::AdamOptions(fit.rate));
  const int64_t count = of_label.size(1), size = std::min(fit.batch_size, count);
  for (int64_t epoch = 0; epoch < fit.epochs; ++epoch) {
    const auto order = torch::tensor(draw_permutation(key, static_cast<uint64_t>(epoch), count), labels.options());
    for (int64_t begin = 0; begin + size <= count; begin += size) {
      const auto chosen = of_label.index_select(1, order.narrow(0, begin, size));
      const auto mixture = torch::mv(chosen.t(), torch::softmax(a, 0));
      adam.zero_grad();
      (-torch::log(mixture + kLeastProbability).mean()).backward();
      adam.step();
    }
  }
  return torch::softmax(a, 0).detach();
}

void read(OptionReader& from, RogOptions& to) {
  from.read("keep_share", to.keep_share);
  from.read("first_covariance", to.pooling, {{"pooled", Pooling::all}, {"released", Pooling::released}});
  from.read("first_cut_off", to.first_cut_off);
  from.read("cut_off", to.cut_off);
  from.read("validation_per_class", to.layers.validation_per_class);
  from.read("validation_keep_share", to.layers.keep_share);
  from.read("weights_learning_rate", to.layers.rate);
  from.read("weights_epochs", to.layers.epochs);
  from.read("weights_batch_size", to.layers.batch_size);
}

// DEVIATION: the samples that weigh the layers come out of the training set, with the labels they have; the released
// code takes the first 50 (CIFAR-100: 5) of each class of the test set, makes labels of the first wrong, and scores the
// rest.
Rog::Rog(const MethodContext& context)
    : OneNet(context), options_(options_of<RogOptions>(context)), draw_key_(context.train_key("method:rog")) {
  std::vector<bool> apart(static_cast<size_t>(set().size()));
  for (const auto& rows : rows_by_label(set().labels(), set().classes())) {
    const auto order = draw_permutation(derive(draw_key_, "validation"), rows.label, std::ssize(rows.positions));
    const auto taken = std::min(options_.layers.validation_per_class, std::ssize(rows.positions));
    for (int64_t i = 0; i < taken; ++i) {
      apart[static_cast<size_t>(rows.positions[static_cast<size_t>(order[static_cast<size_t>(i)])])] = true;
    }
  }
  for (size_t i = 0; i < apart.size(); ++i) (apart[i] ? validation_ : fitting_).push_back(static_cast<int64_t>(i));

  const auto like = torch::TensorOptions(context.device).dtype(context.type);
  for (const auto& layer : layer_features_of({0})) {
    rules_.push_back({.weight = torch::zeros({set().classes(), layer.size(1)}, like),
                      .bias = torch::zeros({set().classes()}, like)});
  }
  weights_ = torch::full({std::ssize(rules_)}, 1 / static_cast<double>(rules_.size()), like);
}

std::vector<Pass> Rog::begin_epoch(int64_t epoch) {
  auto passes = OneNet::begin_epoch(epoch);
  if (!validation_.empty()) passes.front().streams.front().samples = fitting_;
  return passes;
}

StepLog Rog::step(const Step& step) {
  const Batch& batch = step.batch();
  const auto logits = learner().forward(batch.images());
  const auto losses = cross_entropy(logits, batch.labels);
  return descend(step, logits, losses, losses.mean());
}

std::vector<torch::Tensor> Rog::layer_features(const torch::Tensor& images) {
  if (validation_.empty()) return {learner().net().features(images, {})};
  return learner().net().layer_features(images, {});
}

std::vector<torch::Tensor> Rog::layer_features_of(const std::vector<int64_t>& positions) {
  const torch::NoGradGuard no_gradient;
  std::vector<std::vector<torch::Tensor>> parts;
  set().for_each(
      kSweepBatch,
      [&](const Batch& batch) {
        const auto layers = layer_features(batch.images());
        parts.resize(layers.size());
        for (size_t i = 0; i < layers.size(); ++i) parts[i].push_back(layers[i]);
      },
      &positions);
  std::vector<torch::Tensor> whole;
  for (const auto& layer : parts) {
    whole.push_back(torch::cat(layer));
    if (!whole.back().isfinite().all().item<bool>()) throw TrialFailure("features are not finite");
  }
  return whole;
}

TiedGaussians Rog::robust_gaussians(const torch::Tensor& features, uint64_t layer) {
  const auto labels = set().labels().index_select(0, torch::tensor(fitting_, set().labels().options()));
  std::vector<torch::Tensor> whole, first;
  for (const auto& rows : rows_by_label(labels, set().classes())) {
    // The first layer's draws are those of a fit to one layer.
    const auto key = layer == 0 ? draw_key_ : derive(draw_key_, "layer" + std::to_string(layer));
    auto order = draw_permutation(key, rows.label, std::ssize(rows.positions));
    order.resize(static_cast<size_t>(share_of(options_.keep_share, std::ssize(order))));
    whole.push_back(torch::tensor(rows.positions, set().labels().options()));
    first.push_back(whole.back().index_select(0, torch::tensor(order, set().labels().options())));
  }
  const auto exact = features.to(torch::kFloat64);
  const auto estimate = tied_gaussians(exact, first, options_.pooling);
  return concentrated(exact, whole, nearest_rows(exact, whole, estimate, options_.keep_share, options_.first_cut_off));
}

torch::Tensor Rog::posterior(size_t layer, const torch::Tensor& features) const {
  const LinearRule& rule = rules_[layer];
  return torch::softmax(torch::addmm(rule.bias, features.to(rule.weight.scalar_type()), rule.weight.t()), 1);
}

void Rog::weigh_layers(const TiedGaussians& last) {
  const auto layers = layer_features_of(validation_);
  const auto labels = set().labels().index_select(0, torch::tensor(validation_, set().labels().options()));
  const auto likely =
      likeliest_rows(layers.back().to(torch::kFloat64), labels, last, options_.layers.keep_share, options_.cut_off);
  if (likely.numel() == 0) throw TrialFailure("no validation sample is left to weigh the layers by");
  std::vector<torch::Tensor> posteriors;
  for (size_t i = 0; i < layers.size(); ++i) {
    posteriors.push_back(posterior(i, layers[i].index_select(0, likely)).to(torch::kFloat64));
  }
  weights_.copy_(
      fit_layer_weights(posteriors, labels.index_select(0, likely), options_.layers, derive(draw_key_, "weights")));
}

void Rog::end_epoch(int64_t epoch) {
  if (epoch + 1 < epochs()) return;
  const torch::NoGradGuard no_gradient;
  const auto layers = layer_features_of(fitting_);
  TiedGaussians last;
  for (size_t i = 0; i < layers.size(); ++i) {
    last = robust_gaussians(layers[i], i);
    const LinearRule rule = linear_rule(last, options_.cut_off);
    rules_[i].weight.copy_(rule.weight);
    rules_[i].bias.copy_(rule.bias);
  }
  if (!validation_.empty()) weigh_layers(last);
  fitted_ = 1;
}

std::vector<Output> Rog::predict(const torch::Tensor& images) {
  const auto net = learner().evaluate(images);
  if (fitted_ == 0) return {{"rog", net}, {"net", net}};
  const auto layers = layer_features(images);
  auto mixture = torch::zeros_like(net);
  for (size_t i = 0; i < layers.size(); ++i) mixture += weights_[static_cast<int64_t>(i)] * posterior(i, layers[i]);
  return {{"rog", torch::log(mixture + kLeastProbability)}, {"net", net}};
}

void Rog::visit_state(StateVisitor& visitor) {
  OneNet::visit_state(visitor);
  visitor.integer("fitted", fitted_);
  visitor.tensor("weights", weights_);
  for (size_t i = 0; i < rules_.size(); ++i) {
    visitor.tensor("rule" + std::to_string(i) + "/weight", rules_[i].weight);
    visitor.tensor("rule" + std::to_string(i) + "/bias", rules_[i].bias);
  }
}

}  // namespace nlb

// Our mathematics against what the authors' own functions gave, outside this project, for the tensors of
// authors_vectors.json (each entry names repository, commit, file and function). Where we depart, the difference itself
// is checked; methods/*.json name these under "deviations".
#include "tests/methods/authors_vectors.h"

#include <catch2/catch.hpp>

#include "methods/bootstrap.h"
#include "methods/dividemix.h"
#include "methods/elr.h"
#include "methods/gce.h"
#include "methods/joint_optim.h"
#include "methods/m_correction.h"
#include "methods/pencil.h"
#include "methods/rog.h"
#include "methods/sce.h"
#include "training/losses.h"
#include "training/mixing.h"
#include "training/small_loss.h"
#include "training/soft_targets.h"
#include "training/transition.h"
#include "training/two_nets.h"

namespace nlb {
namespace {

using namespace test;

DivideMixOptions dividemix_of(const Vector& vector) {
  DivideMixOptions options{};
  options.warm_up_epochs = vector.integer("warm_up");
  options.lambda_u = vector.number("lambda_u");
  options.lambda_u_ramp_epochs = vector.integer("ramp");
  return options;
}

TEST_CASE("DivideMix: ramp, losses and penalty are those of the authors' code", "[methods][dividemix][authors]") {
  const Vector ramp("dividemix/ramp");
  const auto positions = ramp.in("positions"), weights = ramp.out("weights");
  for (int64_t i = 0; i < positions.size(0); ++i) {
    CHECK(unlabelled_weight(dividemix_of(ramp), positions[i].item<double>()) ==
          near(weights[i].item<double>(), kExact));
  }
  const Vector semi("dividemix/semi_loss");
  const auto targets = torch::cat({semi.in("targets_x"), semi.in("targets_u")});
  const int64_t labelled = semi.in("logits_x").size(0);
  const auto terms = [&](const torch::Tensor& logits) { return dividemix_loss(logits, targets, labelled); };
  const auto logits = torch::cat({semi.in("logits_x"), semi.in("logits_u")});
  check_near(terms(logits).labelled, semi.out("labelled"));
  check_near(terms(logits).unlabelled, semi.out("unlabelled"));
  check_near(gradient([&](const auto& z) { return terms(z).labelled; }, logits).slice(0, 0, labelled),
             semi.out("gradient_x"));
  check_near(gradient([&](const auto& z) { return terms(z).unlabelled; }, logits).slice(0, labelled),
             semi.out("gradient_u"));
  const auto penalty = [](WarmUpPenalty kind) {
    return [kind](const torch::Tensor& z) { return warm_up_penalty(kind, z).value(); };
  };
  check_loss(Vector("dividemix/neg_entropy"), penalty(WarmUpPenalty::negative_entropy));
  check_loss(Vector("dividemix/neg_entropy_raised"), penalty(WarmUpPenalty::negative_entropy_of_raised_logits));
  CHECK_FALSE(warm_up_penalty(WarmUpPenalty::none, logits));
}

TEST_CASE("DivideMix: a step refines, guesses, mixes and sums up as the authors' code",
          "[methods][dividemix][authors]") {
  const Vector step("dividemix/step");
  const auto own_x = torch::softmax(step.in("own_x"), 2), own_u = torch::softmax(step.in("own_u"), 2),
             other_u = torch::softmax(step.in("other_u"), 2);
  const double temperature = step.number("temperature");
  const auto refined = refined_labels(step.classes("labels"), step.in("clean"), own_x.mean(0), temperature);
  const auto guessed = sharpen(torch::cat({own_u, other_u}).mean(0), temperature);
  check_near(refined, step.out("targets_x"));
  check_near(guessed, step.out("targets_u"));
  const auto mixed =
      mix(torch::cat({refined, refined, guessed, guessed}), step.number("mix_weight"), step.classes("mix_order"));
  check_near(mixed, step.out("mixed_targets"));
  const DivideMixLoss terms = dividemix_loss(step.in("logits"), mixed, 2 * refined.size(0));
  const double weight = unlabelled_weight(dividemix_of(step), step.number("epoch"));
  check_near(terms.labelled, step.out("labelled"));
  check_near(terms.unlabelled, step.out("unlabelled"));
  check_near(terms.penalty, step.out("penalty"));
  CHECK(weight == near(step.out("weight").item<double>(), kExact));
  check_near(terms.labelled + weight * terms.unlabelled + terms.penalty, step.out("loss"));
}

TEST_CASE("DivideMix: losses are normalised and divided as the authors' code does with scikit-learn",
          "[methods][dividemix][authors]") {
  const auto* id = GENERATE("dividemix/mixture", "dividemix/mixture_averaged");
  const Vector vector(id);
  CAPTURE(id);
  const auto normalised = normalised_losses(vector.in("losses"));
  check_near(normalised, vector.out("normalised"));
  const auto values = vector.in("earlier").numel() == 0
                          ? normalised
                          : torch::cat({vector.in("earlier"), normalised.unsqueeze(0)}).mean(0);
  const GaussianMixtureOptions options{.max_iterations = static_cast<int>(vector.integer("iterations")),
                                       .tolerance = vector.number("tolerance"),
                                       .added_variance = vector.number("added_variance")};
  check_near(clean_probabilities(values, options), vector.out("clean"), kFitted);
}

/// Loss and gradient of both networks, each trained on the smallest losses of the other.
void check_exchange(const Vector& vector, const torch::Tensor& candidates,
                    const std::function<torch::Tensor(const torch::Tensor&)>& losses) {
  torch::Tensor logits[2] = {vector.in("logits1").requires_grad_(true), vector.in("logits2").requires_grad_(true)};
  const torch::Tensor of[2] = {losses(logits[0]), losses(logits[1])};
  const Exchange taught = exchange_small_losses(of[0], of[1], candidates, vector.number("forget_rate"));
  const auto scale = divisor(taught.kept, LossScale::mean_over_kept_twice, torch::kFloat64);
  for (size_t net = 0; net < 2; ++net) {
    const auto number = std::to_string(net + 1);
    const auto loss = (taught.weights[net] * of[net]).sum() / scale;
    check_near(loss, vector.out("loss" + number));
    check_near(torch::autograd::grad({loss}, {logits[net]})[0], vector.out("gradient" + number));
  }
}

TEST_CASE("Co-teaching: the networks exchange their small losses as in the authors' code",
          "[methods][co_teaching][authors]") {
  const auto* id = GENERATE("co_teaching/0", "co_teaching/1", "co_teaching/2");
  const Vector vector(id);
  CAPTURE(id);
  const auto labels = vector.classes("labels");
  check_exchange(vector, torch::ones_like(labels, torch::kBool),
                 [&](const torch::Tensor& logits) { return cross_entropy(logits, labels); });
}

TEST_CASE("Co-teaching+: the samples of disagreement are those of the authors' code, but for two documented cases",
          "[methods][co_teaching_plus][authors]") {
  const auto differ = [](const Vector& vector) { return disagreement(vector.in("logits1"), vector.in("logits2")); };
  const auto twice = [](const Vector& vector) {
    return [labels = vector.classes("labels")](const torch::Tensor& logits) {
      return cross_entropy(torch::softmax(logits, 1), labels);
    };
  };
  SECTION("some disagree") {
    const Vector vector("co_teaching_plus/disagreeing");
    check_exchange(vector, differ(vector), twice(vector));
  }
  SECTION("nobody disagrees: early all samples count, later none") {
    const Vector early("co_teaching_plus/nobody_early"), late("co_teaching_plus/nobody_late");
    CHECK(differ(early).sum().item<int64_t>() == 0);
    check_near(twice(early)(early.in("logits1")).mean(), early.out("loss1"));
    check_near(gradient([&](const auto& z) { return twice(early)(z).mean(); }, early.in("logits2")),
               early.out("gradient2"));
    check_exchange(late, differ(late), twice(late));
    CHECK(late.out("loss1").item<double>() == 0);
  }
  SECTION("DEVIATION: where the share to keep is less than one sample we keep one, they keep all") {
    const Vector vector("co_teaching_plus/less_than_one");
    const auto candidates = differ(vector);
    CHECK(candidates.sum().item<int64_t>() == 2);
    CHECK(kept_count(candidates.sum(), vector.number("forget_rate")).item<int64_t>() == 1);
    const auto all = twice(vector)(vector.in("logits1")).masked_select(candidates);
    check_near(all.mean() / 2, vector.out("loss1"));
  }
  SECTION("DEVIATION: with training sample 0 among them their list loses its last sample") {
    const Vector vector("co_teaching_plus/sample_zero");
    auto candidates = differ(vector);
    CHECK(candidates[0].item<bool>());
    candidates[candidates.nonzero().max().item<int64_t>()] = false;
    check_exchange(vector, candidates, twice(vector));
  }
}

TEST_CASE("ELR: loss, targets and gradient of three visits are those of the authors' code", "[methods][elr][authors]") {
  const Vector vector("elr/visits");
  const auto labels = vector.classes("labels"), all = vector.in("logits");
  auto targets = torch::zeros_like(all[0]);
  for (int64_t visit = 0; visit < all.size(0); ++visit) {
    CAPTURE(visit);
    targets = elr_targets(all[visit], targets, vector.number("beta"));
    const auto loss = [&](const torch::Tensor& logits) {
      return (cross_entropy(logits, labels) + elr_regulariser(logits, targets, vector.number("lambda"))).mean();
    };
    check_near(targets, vector.out("targets")[visit]);
    check_near(loss(all[visit]), vector.out("loss")[visit]);
    check_near(gradient(loss, all[visit]), vector.out("gradient")[visit]);
  }
}

TEST_CASE("PENCIL: the losses of three stages and the labels' step are those of the authors' code",
          "[methods][pencil][authors]") {
  const auto* id = GENERATE("pencil/0", "pencil/1", "pencil/2", "pencil/3");
  const Vector vector(id);
  CAPTURE(id);
  const auto logits = vector.in("logits"), given = vector.in("label_logits");
  const auto labels = vector.classes("labels");
  const int64_t epoch = vector.integer("epoch");
  check_near(prediction_entropy(logits).mean() / logits.size(1), vector.out("entropy"));
  if (epoch < vector.integer("stage1")) {
    check_near(cross_entropy(logits, labels).mean(), vector.out("loss"));
    check_near(10 * one_hot(labels, logits.size(1), torch::kFloat64), vector.out("label_logits"));
    return;
  }
  check_near(pencil_divergence(logits, given).mean(), vector.out("divergence"));
  check_near(pencil_compatibility(given, labels, Compatibility::softmax_again), vector.out("compatibility"));
  if (epoch >= vector.integer("stage2")) return check_near(vector.out("divergence"), vector.out("loss"));
  PencilOptions options{};
  options.alpha = vector.number("alpha");
  options.beta = vector.number("beta");
  options.compatibility = Compatibility::softmax_again;
  const auto loss = [&](const torch::Tensor& label_logits) {
    return pencil_loss(logits, label_logits, labels, options);
  };
  check_near(loss(given), vector.out("loss"));
  check_near(given - vector.number("lambda") * gradient(loss, given), vector.out("label_logits"));
}

TEST_CASE("Joint optimisation: the loss is that of the port to PyTorch", "[methods][joint_optim][authors]") {
  const Vector vector("joint_optim/loss");
  check_loss(vector, [&](const torch::Tensor& logits) {
    return joint_optim_loss(logits, vector.in("labels"), vector.number("alpha"), vector.number("beta"));
  });
}

TEST_CASE("GCE: plain and truncated losses are those of the code compared with", "[methods][gce][authors]") {
  const Vector plain("gce/plain"), truncated("gce/truncated");
  const auto lq = [](const Vector& vector, const torch::Tensor& logits) {
    return generalised_cross_entropy(cross_entropy(logits, vector.classes("labels")), vector.number("q"));
  };
  check_loss(plain, [&](const torch::Tensor& logits) { return lq(plain, logits).mean(); });
  const double q = truncated.number("q"), k = truncated.number("k");
  const auto weights = (lq(truncated, truncated.in("logits")) < truncation_level(q, k)).to(torch::kFloat64);
  check_near(weights, truncated.out("weights"), 0);
  for (const auto& [with, when] : {std::pair(torch::ones_like(weights), "before"), {weights, "after"}}) {
    check_loss(
        truncated, [&](const torch::Tensor& z) { return truncated_gce(lq(truncated, z), with, q, k); },
        std::string("loss_") + when, std::string("gradient_") + when);
  }
}

TEST_CASE("SCE and bootstrapping: losses and gradients are those of the code for Keras",
          "[methods][sce][bootstrap][authors]") {
  const auto* id = GENERATE("sce/cifar10", "sce/cifar100");
  const Vector sce(id), soft("bootstrap/soft"), hard("bootstrap/hard");
  CAPTURE(id);
  const auto entropies = [](const Vector& vector, const torch::Tensor& z) {
    return cross_entropy(z, vector.classes("labels"));
  };
  check_loss(sce, [&](const torch::Tensor& z) {
    const SceOptions options{
        .alpha = sce.number("alpha"), .beta = sce.number("beta"), .log_of_zero = sce.number("log_of_zero")};
    return symmetric_cross_entropy(entropies(sce, z), options).mean();
  });
  check_loss(soft,
             [&](const torch::Tensor& z) { return soft_bootstrap(z, entropies(soft, z), soft.number("beta")).mean(); });
  check_loss(hard,
             [&](const torch::Tensor& z) { return hard_bootstrap(z, entropies(hard, z), hard.number("beta")).mean(); });
}

TEST_CASE("Forward and backward: corrected losses and anchor points are those of the authors' code for Keras",
          "[methods][transition][authors]") {
  const Vector forward("transition/forward"), backward("transition/backward");
  check_loss(forward, [&](const torch::Tensor& z) {
    return forward_losses(z, forward.classes("labels"), forward.in("matrix")).mean();
  });
  check_loss(backward, [&](const torch::Tensor& z) {
    return backward_losses(z, backward.classes("labels"), inverted(backward.in("matrix")), 1e-7).mean();
  });
  for (const char* id :
       {"transition/anchor_largest", "transition/anchor_percentile", "transition/anchor_percentile_raw"}) {
    const Vector anchor(id);
    CAPTURE(id);
    const AnchorOptions options{.by_percentile = anchor.flag("by_percentile"),
                                .percentile = anchor.number("percentile"),
                                .zeroes_stay = true,
                                .normalise_rows = anchor.flag("normalise_rows")};
    check_near(anchor_matrix(anchor.in("probabilities"), options), anchor.out("matrix"));
  }
}

torch::Tensor glc_matrix(const std::string& method, const Vector& vector) {
  const auto probabilities = vector.in("probabilities");
  if (method == "ours") return mean_rows(probabilities, vector.classes("trusted_labels"));
  if (method == "confusion") {
    return confusion_rows(probabilities.argmax(1), vector.classes("trusted_labels"), probabilities.size(1), 1e-7, 0.01);
  }
  return anchor_matrix(probabilities,
                       {.by_percentile = true, .percentile = 97, .zeroes_stay = true, .normalise_rows = false});
}

TEST_CASE("GLC and its baselines: matrices and losses are those of the authors' code", "[methods][glc][authors]") {
  const auto* method = GENERATE("ours", "confusion", "forward_gold", "forward");
  const Vector vector(std::string("glc/") + method);
  CAPTURE(method);
  const auto matrix = glc_matrix(method, vector);
  check_near(matrix, vector.out("matrix"));
  if (std::string(method) == "forward") {
    return check_near(forward_losses(vector.in("logits"), vector.classes("labels"), matrix).mean(), vector.out("loss"));
  }
  const auto labels = torch::cat({vector.classes("labels_others"), vector.classes("labels_trusted")});
  const auto others = vector.in("logits_others").size(0);
  const auto trusted = torch::arange(labels.size(0)) >= others;
  const auto losses =
      forward_losses(torch::cat({vector.in("logits_others"), vector.in("logits_trusted")}), labels, matrix, trusted);
  check_near(losses.slice(0, 0, others).sum(), vector.out("sum_others"));
  check_near(losses.slice(0, others).sum(), vector.out("sum_trusted"));
  check_near(losses.sum() / vector.number("batch_size"), vector.out("loss"));
}

TEST_CASE("M-correction: range, beta mixture and lookup are those of the authors' code",
          "[methods][m_correction][authors]") {
  const Vector vector("m_correction/mixture");
  const auto losses = vector.in("losses");
  const auto* first = losses.const_data_ptr<double>();
  const LossRange range = loss_range_cpu(first, losses.numel());
  CHECK(range.high == near(vector.out("high").item<double>(), kExact));
  CHECK(range.low + 1e-5 == near(vector.out("low_plus").item<double>(), kExact));
  const auto scaled = scaled_losses_in_range(range, first, losses.numel());
  const BetaMixture mixture =
      fit_beta_mixture_cpu(scaled.data(), std::ssize(scaled), static_cast<int>(vector.integer("iterations")));
  for (int k = 0; k < 2; ++k) {
    CAPTURE(k);
    CHECK(mixture.alpha[k] == near(vector.out("alpha")[k].item<double>(), kFitted));
    CHECK(mixture.beta[k] == near(vector.out("beta")[k].item<double>(), kFitted));
    CHECK(mixture.weight[k] == near(vector.out("weight")[k].item<double>(), kFitted));
  }
  check_near(torch::tensor(beta_lookup(mixture), kDouble), vector.out("lookup"), kFitted);
}

/// [B] as the authors' code finds it, and the loss of a bootstrapping step with these guesses.
void check_bootstrapping(const Vector& vector, const torch::Tensor& guess, double own_share) {
  const auto labels = vector.classes("labels"), order = vector.classes("mix_order");
  const auto wrong = wrong_probabilities(
      vector.in("losses"), {.low = vector.number("low"), .high = vector.number("high")}, vector.in("lookup"));
  check_near(wrong, vector.out("wrong"));
  const auto targets = bootstrapped_targets(labels, wrong, guess), logits = vector.in("mixed_logits");
  const auto penalty = uneven_penalty(logits);
  check_near(penalty, vector.out("penalty"));
  check_near(soft_cross_entropy(logits, mix(targets, own_share, order)).mean() + vector.number("regulariser") * penalty,
             vector.out("loss"));
}

TEST_CASE("M-correction: the steps of M-DYR-H, M-DYR-S and MD-DYR-SH have the loss of the authors' code",
          "[methods][m_correction][authors]") {
  const Vector hard("m_correction/hard"), soft("m_correction/soft");
  const auto own = hard.in("own_logits");
  check_bootstrapping(hard, one_hot(own.argmax(1), own.size(1), torch::kFloat64), hard.number("mix_weight"));
  check_bootstrapping(soft, torch::softmax(soft.in("own_logits"), 1), soft.number("mix_weight"));
  for (const char* id :
       {"m_correction/soft_to_hard_0", "m_correction/soft_to_hard_20", "m_correction/soft_to_hard_88"}) {
    CAPTURE(id);
    const Vector vector(id);
    const DynamicMixup dynamic{.plain_epochs = 0,
                               .temperature_epochs = vector.integer("temperature_epochs"),
                               .final_temperature = vector.number("final_temperature")};
    const double temperature = falling_temperature(dynamic, vector.integer("place"));
    CHECK(temperature == near(vector.out("temperature").item<double>(), kExact));
    check_bootstrapping(vector, torch::softmax(vector.in("own_logits") / temperature, 1), 0.5);
    const auto order = vector.classes("mix_order");
    check_near(mix(vector.in("images"), dynamic_weights(vector.out("wrong"), order), order), vector.in("mixed_images"));
  }
}

TEST_CASE("RoG: first and robust estimates and the linear rule are those of the authors' code",
          "[methods][rog][authors]") {
  const Vector vector("rog/estimates");
  const auto features = vector.in("features"), labels = vector.in("labels");
  std::vector<torch::Tensor> chosen, members;
  for (const Json& rows : vector.lists("chosen")) {
    members.push_back((labels == std::ssize(chosen)).nonzero().squeeze(1));
    chosen.push_back(tensor_of(rows).to(torch::kInt64));
  }
  const TiedGaussians first = tied_gaussians(features, chosen, Pooling::released);
  check_near(first.means, vector.out("means"));
  check_near(first.covariance, vector.out("covariance"));
  check_near(linear_rule(first, 2.2e-10).weight, torch::mm(vector.out("means"), vector.out("precision")), kFitted);
  const auto kept = nearest_rows(features, members, first, vector.number("share"), 2.2e-10);
  const Json& classes = vector.outputs().at("classes");
  for (size_t c = 0; c < kept.size(); ++c) {
    CAPTURE(c);
    check_near(kept[c], tensor_of(classes[c].at("kept")), 0);
    const TiedGaussians robust = concentrated(features, {members[c]}, {kept[c]});
    check_near(robust.means[0], tensor_of(classes[c].at("mean")));
    check_near(robust.covariance, tensor_of(classes[c].at("covariance")));
  }
}

}  // namespace
}  // namespace nlb

// RoG: estimates, cut-offs, validation samples and layers' weights of the card and of the authors' code.
#include "methods/rog.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <vector>

#include "tests/methods/authors_vectors.h"
#include "tests/methods/vectors.h"
#include "training/options.h"

namespace nlb {
namespace {

using namespace test;

constexpr double kCutOff = 2.2e-10;

TEST_CASE("RoG's estimates and rule are the card's", "[methods][rog]") {
  const auto features = torch::tensor({{0., 0.},   {.2, .1},   {-.1, .3}, {.1, -.2}, {.3, .2},   {-.2, -.1}, {0., .4},
                                       {2.1, 1.9}, {1.8, 2.3}, {.1, .1},  {2., 2.},  {2.2, 1.9}, {1.9, 2.3}, {2.1, 2.2},
                                       {1.7, 1.8}, {2.4, 2.1}, {2., 1.6}, {.1, .2},  {-.1, .1},  {2.2, 2.4}},
                                      kDouble);
  const std::vector<torch::Tensor> members = {torch::arange(0, 10), torch::arange(10, 20)};
  const std::vector<torch::Tensor> first = {torch::arange(0, 7), torch::arange(10, 17)};
  const auto pooled = tied_gaussians(features, first, Pooling::all);
  check_close(pooled.means, {.0428571429, .1, 2.0428571429, 1.9857142857});
  check_close(pooled.covariance, {.033877551, .0067346939, .0067346939, .0448979592});
  check_close(tied_gaussians(features, first, Pooling::released).covariance,
              {.0221282799, .0054081633, .0054081633, .0263265306});
  const auto kept = nearest_rows(features, members, pooled, 0.7, kCutOff);
  check_close(std::get<0>(kept[0].sort()), {0, 1, 2, 4, 5, 6, 9}, 0);
  check_close(std::get<0>(kept[1].sort()), {10, 11, 12, 13, 14, 15, 16}, 0);
  const auto robust = concentrated(features, members, kept);
  check_close(robust.means[0], {.0428571429, .1428571429});
  check_close(robust.covariance, {.033877551, .0079591837, .0079591837, .0375510204});
  const auto rule = linear_rule(robust, kCutOff);
  check_close(rule.weight, {.3907245977, 3.7215311994, 50.3865899459, 42.2006684354}, 1e-7);
  check_close(rule.bias, {-.9673435076, -94.0586848576}, 1e-7);
  const auto logits = torch::mv(rule.weight, torch::tensor({1., 1.2}, kDouble)) + rule.bias;
  check_close(torch::softmax(logits, 0), {.0439613004, .9560386996}, 1e-7);
}

TEST_CASE("RoG's precisions are cut where its code cuts them, which decides what it keeps", "[methods][rog]") {
  const auto vector = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/methods/rog_cut_off.json"));
  const auto matrix = [&](const char* name) {
    std::vector<torch::Tensor> rows;
    for (const Json& row : vector[name]) rows.push_back(torch::tensor(row.get<std::vector<double>>(), kDouble));
    return torch::stack(rows);
  };
  const auto rows_of = [](const Json& rows) { return torch::tensor(rows.get<std::vector<int64_t>>(), torch::kInt64); };
  const auto distance = [](const torch::Tensor& a, const torch::Tensor& b) {
    return ((a - b).abs().max() / b.abs().max()).item<double>();
  };
  const auto features = matrix("features");
  const auto labels = rows_of(vector["labels"]);
  std::vector<torch::Tensor> chosen, members;
  for (const Json& rows : vector["chosen"]) {
    members.push_back((labels == std::ssize(chosen)).nonzero().squeeze(1));
    chosen.push_back(rows_of(rows));
  }
  const auto first = tied_gaussians(features, chosen, Pooling::released);
  const RogOptions released = options_of<RogOptions>({"rog",
                                                      {{"keep_share", vector["share"]},
                                                       {"first_covariance", "released"},
                                                       {"first_cut_off", 1.1920929e-4},
                                                       {"validation_per_class", 0},
                                                       {"validation_keep_share", .5},
                                                       {"weights_learning_rate", .02},
                                                       {"weights_epochs", 20},
                                                       {"weights_batch_size", 50}}});
  CHECK(released.cut_off == kCutOff);
  CHECK(distance(precision(first.covariance, released.first_cut_off), matrix("precision")) <
        5e-4);  // theirs is float32
  CHECK(distance(precision(first.covariance, kCutOff), matrix("precision")) > 0.5);
  const auto kept = nearest_rows(features, members, first, released.keep_share, released.first_cut_off);
  const auto by_the_other = nearest_rows(features, members, first, released.keep_share, kCutOff);
  for (size_t c = 0; c < kept.size(); ++c) {
    CHECK(torch::equal(std::get<0>(kept[c].sort()), rows_of(vector["kept"][c])));
    CHECK_FALSE(torch::equal(std::get<0>(by_the_other[c].sort()), rows_of(vector["kept"][c])));
  }
  const auto robust = concentrated(features, members, kept);
  CHECK(distance(precision(robust.covariance, released.cut_off), matrix("robust_precision")) < 1e-3);
}

TEST_CASE("RoG's cut-offs are 2.2e-10 where the options are silent, and the first follows the other",
          "[methods][rog]") {
  Json options = {{"keep_share", .7},
                  {"first_covariance", "pooled"},
                  {"validation_per_class", 0},
                  {"validation_keep_share", .5},
                  {"weights_learning_rate", .02},
                  {"weights_epochs", 20},
                  {"weights_batch_size", 50}};
  CHECK(options_of<RogOptions>({"rog", options}).first_cut_off == kCutOff);
  options["cut_off"] = 1e-6;
  CHECK(options_of<RogOptions>({"rog", options}).first_cut_off == 1e-6);
  CHECK(options_of<RogOptions>({"rog", options}).cut_off == 1e-6);
  options["first_cut_off"] = 1e-4;
  CHECK(options_of<RogOptions>({"rog", options}).first_cut_off == 1e-4);
  CHECK(options_of<RogOptions>({"rog", options}).cut_off == 1e-6);
}

TEST_CASE("RoG takes the validation samples nearest to the mean of their label", "[methods][rog]") {
  const TiedGaussians gaussians{.means = torch::tensor({{0., 0.}, {4., 0.}}, kDouble),
                                .covariance = torch::tensor({{4., 0.}, {0., 1.}}, kDouble)};
  // Squared Mahalanobis distances under the given label: 1/4, 1, 4, 9/4, 0.
  const auto features = torch::tensor({{1., 0.}, {0., 1.}, {0., 0.}, {1., 0.}, {4., 0.}}, kDouble);
  const auto labels = torch::tensor({0, 0, 1, 1, 1});
  check_close(likeliest_rows(features, labels, gaussians, 0.6, kCutOff), {4, 0, 1}, 0);
  check_close(likeliest_rows(features, labels, gaussians, 0.99, kCutOff), {4, 0, 1, 3}, 0);
}

TEST_CASE("RoG's weights of layers are a numpy Adam's", "[methods][rog]") {
  const std::vector<torch::Tensor> posteriors = {
      torch::tensor({{.5, .4, .1}, {.3, .2, .5}, {.05, .05, .9}, {.6, .3, .1}}, kDouble),
      torch::tensor({{.7, .2, .1}, {.6, .1, .3}, {.4, .2, .4}, {.3, .6, .1}}, kDouble)};
  const auto labels = torch::tensor({0, 1, 2, 1});
  const LayerFit fit{.validation_per_class = 2, .keep_share = .5, .rate = .02, .epochs = 20, .batch_size = 50};
  const torch::NoGradGuard no_gradient;  // as at the end of an epoch
  check_close(fit_layer_weights(posteriors, labels, fit, derive(1, "weights")), {.6777632399766828, .3222367600233172},
              1e-12);
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

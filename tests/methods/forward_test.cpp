// Forward: the corrected loss and the anchor points of the card, of the authors' code and of whole trainings.
#include <cmath>
#include <string>
#include <vector>

#include "methods/patrini.h"
#include "tests/methods/authors_vectors.h"
#include "tests/methods/matrices.h"
#include "tests/methods/stages.h"
#include "tests/methods/trusted_steps.h"
#include "tests/methods/vectors.h"
#include "training/held_out.h"
#include "training/transition.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("The forward loss has the card's values and gradient", "[methods][forward]") {
  check_close(forward_losses(logits_f(), labels_f(), matrix_t()), {1.698703218, 0.678294663, 1.842992478});
  const auto mean = [](const auto& z) { return forward_losses(z, labels_f(), matrix_t()).mean(); };
  check_close(mean(logits_f()), {1.406663453});
  check_close(gradient(mean, logits_f()),
              {0.103809292, 0.005168360, -0.116506712, 0.007529060, 0.039183374, 0.048617978, 0.026265401, -0.114066754,
               -0.110246129, 0.120709064, -0.028150203, 0.017687267});
}

TEST_CASE("The forward loss stays finite where probabilities underflow", "[methods][forward]") {
  const auto z = torch::tensor({{400.0F, 0.0F}});
  const auto y = torch::tensor({1}, torch::kInt64);
  const auto matrix = torch::tensor({{1.0F, 0.0F}, {0.5F, 0.5F}});
  const auto sum = [&](const auto& x) { return forward_losses(x, y, matrix).sum(); };
  CHECK(sum(z).template item<double>() == Approx(400 + std::log(2)).epsilon(1e-6));
  check_close(gradient(sum, z), {1, -1}, 1e-6);
}

TEST_CASE("The forward loss of a clamped softmax is Keras's", "[methods][forward]") {
  // numpy in float64 on the card's fixture F and T: softmax clipped to [.2, .8], then times T.
  const auto losses = [](const auto& z) { return forward_losses_clamped(z, labels_f(), matrix_t(), 0.2); };
  check_close(losses(logits_f()), {1.432547089, 0.644473645, 1.466795583});
  check_close(gradient([&](const auto& z) { return losses(z).sum(); }, logits_f()),
              {-0.090083901, 0.009844175, 0.044118530, 0.036121197, 0.132453775, 0.146384060, 0.088786420, -0.367624254,
               0.038002496, 0.093300654, -0.152159363, 0.020856212});
  const auto hardly = forward_losses_clamped(logits_f(), labels_f(), matrix_t(), 1e-12);
  CHECK((hardly - forward_losses(logits_f(), labels_f(), matrix_t())).abs().max().item<double>() < 1e-10);
}

TEST_CASE("Anchor points are the card's", "[methods][forward]") {
  std::vector<double> angles;
  for (int64_t i = 0; i < 40; ++i) {
    for (int64_t k = 0; k < 4; ++k) {
      angles.push_back(3 * std::sin(1.3 * static_cast<double>(i) + 1.6 * static_cast<double>(k)));
    }
  }
  const auto probabilities = torch::softmax(torch::tensor(angles, kDouble).view({40, 4}), 1);
  const auto rows_of = [&](std::vector<int64_t> picked) {
    return probabilities.index_select(0, torch::tensor(picked, torch::kInt64));
  };
  AnchorOptions options{.percentile = std::nullopt, .zeroes_stay = false, .normalise_rows = false};
  CHECK(torch::equal(anchor_matrix(probabilities, options), rows_of({35, 0, 18, 12})));
  options.percentile = 97;
  const auto filtered = anchor_matrix(probabilities, options);
  CHECK(torch::equal(filtered, rows_of({11, 24, 13, 36})));
  check_close(filtered.diagonal(), {.876461967, .897479055, .860923452, .855951295});
  check_close(filtered[0][1], {.025610481});
  check_close(filtered[3][2], {.021082463});
}

TEST_CASE("Ignored probabilities stay zero in later rows, as released", "[methods][forward]") {
  const auto probabilities = torch::tensor({{.6, .4}, {.5, .5}, {.4, .6}}, kDouble);
  AnchorOptions options{.percentile = 97, .zeroes_stay = true, .normalise_rows = false};
  // Class 0 loses .6; class 1 loses .6 of row 2, so that its anchor is row 1.
  check_close(anchor_matrix(probabilities, options), {.5, .5, .5, .5});
  options.percentile = 50;
  // Class 0 loses .6 and .5; class 1 loses .6 and .5; row 0, its anchor, has a zero in column 0.
  check_close(anchor_matrix(probabilities, options), {.4, .6, 0, .4});
  options.zeroes_stay = false;
  check_close(anchor_matrix(probabilities, options), {.4, .6, .6, .4});
  options.normalise_rows = true;
  options.zeroes_stay = true;
  check_close(anchor_matrix(probabilities, options), {.4, .6, 0, 1});
}

TEST_CASE("Forward: corrected losses and anchor points are those of the authors' code for Keras",
          "[methods][forward][authors]") {
  const Vector forward("transition/forward");
  check_loss(forward, [&](const torch::Tensor& z) {
    return forward_losses(z, forward.classes("labels"), forward.in("matrix")).mean();
  });
  for (const char* id :
       {"transition/anchor_largest", "transition/anchor_percentile", "transition/anchor_percentile_raw"}) {
    const Vector anchor(id);
    CAPTURE(id);
    const auto percentile = std::optional<double>(anchor.number("percentile"));
    const AnchorOptions options{.percentile = anchor.flag("by_percentile") ? percentile : std::nullopt,
                                .zeroes_stay = true,
                                .normalise_rows = anchor.flag("normalise_rows")};
    check_near(anchor_matrix(anchor.in("probabilities"), options), anchor.out("matrix"));
  }
}

TEST_CASE("Forward on GLC's data: matrix and loss are those of the authors' code", "[methods][forward][authors]") {
  const Vector vector("glc/forward");
  const auto matrix = released_anchors(vector.in("probabilities"));
  check_near(matrix, vector.out("matrix"));
  check_near(forward_losses(vector.in("logits"), vector.classes("labels"), matrix).mean(), vector.out("loss"));
}

TEST_CASE("Forward's two trainings agree with an independent implementation", "[methods][forward][training]") {
  const Json by_loss = {{"selected_epoch", "lowest_held_out_loss"}};
  const auto row = GENERATE_COPY(values<StagedTraining>(
      {{"forward", joined(kAnchor, {{"selected_epoch", "last"}}), {"noisy", "net"}},
       {"forward", joined(kAnchor, by_loss), {"noisy", "net"}, "forward from the lowest held-out loss"},
       {"forward",
        joined(joined(kAnchor, by_loss), {{"least_probability", 0.15}}),
        {"noisy", "net"},
        "forward of a clamped softmax"},
       {"forward",
        joined(kAnchor, {{"selected_epoch", "last"}, {"scored", "lowest_held_out_loss"}, {"anchor_percentile", 70}}),
        {"noisy", "net"},
        "forward scored at its lowest held-out loss"},
       {"forward",
        joined(joined(kAnchor, by_loss), {{"scored", "lowest_held_out_loss"}, {"anchor_percentile", 90}}),
        {"noisy", "net"},
        "forward by held-out loss in both trainings"}}));
  check_stages(row);
}

TEST_CASE("Forward's second training begins where its option says", "[methods][forward][training]") {
  const std::string weights = GENERATE(as<std::string>{}, "new", "first_stage_initial", "first_stage_final");
  CAPTURE(weights);
  Json options = joined(kAnchor, {{"selected_epoch", "last"}});
  options["second_stage_weights"] = weights;
  SteppedTrial trial("forward", options);
  const auto initial = trial.state();
  trial.train_epoch(0);
  const auto final = trial.state();
  trial.method->begin_epoch(1);
  const auto second = trial.state();
  const std::string learner = weights == "first_stage_initial" ? "noisy/" : "net/";
  for (const std::string& name : kNames) {
    CAPTURE(name);
    const auto& begun = second.at(learner + name);
    CHECK(torch::equal(begun, initial.at("noisy/" + name)) == (weights == "first_stage_initial"));
    CHECK(torch::equal(begun, final.at("noisy/" + name)) == (weights == "first_stage_final"));
  }
}

}  // namespace
}  // namespace nlb

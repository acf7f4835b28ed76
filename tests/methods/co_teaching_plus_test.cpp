// Co-teaching+: who is kept on the card and in the authors' code, and its first epochs.
#include "methods/co_teaching_plus.h"

#include <vector>

#include "tests/methods/authors_vectors.h"
#include "tests/methods/two_nets.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Co-teaching+ exchanges among disagreeing samples as on its card", "[methods][co_teaching_plus]") {
  const auto candidates = disagreement(kLogits1, kLogits2);
  CHECK(chosen(candidates.to(torch::kInt64)) == std::vector<int64_t>{0, 2, 3, 5, 7});
  struct Row {
    bool softmax_twice;
    double loss1, loss2;
  };
  const auto row = GENERATE(values<Row>({{false, .9344466883, 1.0613858726}, {true, .3336416694, .3630874127}}));
  CAPTURE(row.softmax_twice);
  // Rounded as on the card: network 1's losses of samples 2 and 5 are equal, but for their last bits.
  const auto losses = [&](const torch::Tensor& logits) {
    return cross_entropy(row.softmax_twice ? torch::softmax(logits, 1) : logits, kLabels).mul(1e12).round() / 1e12;
  };
  const auto l1 = losses(kLogits1), l2 = losses(kLogits2);
  CHECK(first(loss_ranks(l1, candidates), 3) == std::vector<int64_t>{0, 3, 2});
  CHECK(first(loss_ranks(l2, candidates), 3) == std::vector<int64_t>{7, 5, 0});
  const Exchange taught = exchange_small_losses(l1, l2, candidates, .4);
  const auto scale = row.softmax_twice ? LossScale::mean_over_kept_twice : LossScale::mean;
  CHECK(mean_of_kept(taught.weights[0], l1, taught, scale) == near(row.loss1));
  CHECK(mean_of_kept(taught.weights[1], l2, taught, scale) == near(row.loss2));
}

TEST_CASE("Where nobody disagrees nothing is kept, and the loss is zero", "[methods][co_teaching_plus]") {
  const auto l1 = cross_entropy(kLogits1, kLabels);
  const Exchange taught = exchange_small_losses(l1, l1, disagreement(kLogits1, kLogits1), .4);
  CHECK(taught.kept.item<int64_t>() == 0);
  CHECK(mean_of_kept(taught.weights[0], l1, taught, LossScale::mean) == 0);
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

TEST_CASE("Co-teaching+ scores the sum of both networks' logits where the option says so",
          "[methods][co_teaching_plus]") {
  check_ensemble("co_teaching_plus", {{"init_epochs", 1},
                                      {"forget_rate", 0.2},
                                      {"forget_ramp_epochs", 3},
                                      {"first_epoch", 0},
                                      {"disagreement_loss", "logits"},
                                      {"loss_scale", "mean"}});
}

TEST_CASE("Co-teaching+ is Co-teaching until its first epochs are over", "[methods][co_teaching_plus]") {
  const Json shared = {{"forget_rate", .3}, {"forget_ramp_epochs", 3}, {"first_epoch", 0}, {"loss_scale", "mean"}};
  Json plain = shared, plus = shared;
  plain["forget_exponent"] = 1;
  plus["init_epochs"] = 4;
  plus["disagreement_loss"] = "logits";
  const auto taught = tiny_losses("co_teaching", plain, 6), disagreeing = tiny_losses("co_teaching_plus", plus, 6);
  for (size_t s = 0; s < 4; ++s) CHECK(taught[s] == disagreeing[s]);
  CHECK(taught[4] != disagreeing[4]);
}

}  // namespace
}  // namespace nlb

// Forward gold: anchors, matrix and losses of the authors' code, and whole trainings.
#include <vector>

#include "methods/gold_correction.h"
#include "methods/patrini.h"
#include "tests/methods/authors_vectors.h"
#include "tests/methods/matrices.h"
#include "tests/methods/stages.h"
#include "tests/methods/trusted_steps.h"
#include "training/options.h"
#include "training/transition.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Forward gold: matrix and losses are those of the authors' code of GLC", "[methods][forward_gold][authors]") {
  const Vector vector("glc/forward_gold");
  check_gold_losses(vector, released_anchors(vector.in("probabilities")));
}

TEST_CASE("Forward gold's two trainings agree with an independent implementation",
          "[methods][forward_gold][training]") {
  check_stages({"forward_gold", joined(kAnchor, kGold), {"noisy", "net"}});
}

TEST_CASE("Forward gold looks for anchors among the samples its option names", "[methods][forward_gold][training]") {
  Json options = joined(kAnchor, kGold);
  options["anchor"] = "argmax";
  options.erase("anchor_percentile");
  const bool untrusted = GENERATE(false, true);
  if (untrusted) options["anchor_samples"] = "untrusted";
  SteppedTrial trial("forward_gold", options);
  trial.train_epoch(0);
  std::vector<int64_t> samples;
  for (int64_t i = 0; i < (untrusted ? kFirstTrusted : trial.set.size()); ++i) samples.push_back(i);
  const torch::NoGradGuard no_gradient;
  const auto logits = trial.method->predict(batch_of(trial.set, samples).images()).front().scores;
  const auto wanted =
      anchor_matrix(torch::softmax(logits, 1), options_of<ForwardGoldOptions>({"forward_gold", options}).anchor);
  trial.method->begin_epoch(1);
  CHECK(torch::equal(trial.state().at("matrix"), wanted));
}

}  // namespace
}  // namespace nlb

// methods/dividemix.h -- DivideMix: a mixture fitted to each network's losses divides the training set for the other,
// which then trains by MixMatch. Li et al., ICLR 2020, arXiv:2002.07394; reference code
// LiJunnan1992/DivideMix:Train_cifar.py.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "kernels/mixture.h"
#include "training/learner.h"

namespace nlb {

class OptionReader;

/// What the warm-up adds to its cross-entropy, so that no prediction is sure too soon (asymmetric noise).
enum class WarmUpPenalty {
  none,
  negative_entropy,
  /// Of logits raised to at least 1e-12 first, whose gradient the raised ones do not get: KlemenVovk/noisy-labels:
  /// src/noisypy/methods/learning_strategies/divide_mix/utils.py, NegEntropy.
  negative_entropy_of_raised_logits
};

/// In which order the networks take the steps of an epoch of division.
enum class NetworksTrain {
  in_turn,  ///< the second after the first's whole pass over its labelled part
  /// One step each, as many steps as one pass over the whole set has; parts start over: KlemenVovk/noisy-labels, where
  /// Lightning advances all loaders under the longest one, the whole set's.
  lockstep
};

/// No defaults: the protocol gives each value with its source.
struct DivideMixOptions {
  int64_t warm_up_epochs;      ///< of plain cross-entropy
  int64_t warm_up_batch_size;  ///< images
  WarmUpPenalty warm_up_penalty;
  double clean_threshold;          ///< samples above this clean probability are labelled, [0, 1)
  int64_t averaged_losses;         ///< epochs whose losses are averaged before the fit
  GaussianMixtureOptions mixture;  ///< of the fit
  double temperature;              ///< of sharpening, > 0
  double mixup_alpha;              ///< of the mixing weight's Beta distribution, > 0
  double lambda_u;                 ///< weight of the unlabelled loss after its ramp
  int64_t lambda_u_ramp_epochs;    ///< length of that ramp
  NetworksTrain networks_train;
};
void read(OptionReader& from, DivideMixOptions& to);

/// Mean over the batch of sum_c p log p, p = softmax(logits [B, C]): 0-dim.
torch::Tensor negative_entropy(const torch::Tensor& logits);
/// The penalty on a batch of the warm-up, 0-dim; nothing under WarmUpPenalty::none.
std::optional<torch::Tensor> warm_up_penalty(WarmUpPenalty penalty, const torch::Tensor& logits);

/// (losses - min) / (max - min): [N] in [0, 1].
torch::Tensor normalised_losses(const torch::Tensor& losses);

/// [N] probability of the component of smaller mean, of a mixture of two normal distributions fitted to values [N].
/// Of their type and on their device; fitted in double on the CPU. Throws TrialFailure for a value that is not finite.
torch::Tensor clean_probabilities(const torch::Tensor& values, const GaussianMixtureOptions& options);

/// Co-refinement: sharpen(clean * label + (1 - clean) * predicted). [B, C]; labels [B] int64, clean [B], predicted
/// [B, C] mean softmax of the network's views.
torch::Tensor refined_labels(const torch::Tensor& labels, const torch::Tensor& clean, const torch::Tensor& predicted,
                             double temperature);

/// lambda_u * clip((position - warm_up_epochs) / lambda_u_ramp_epochs, 0, 1); position in epochs, fractional.
double unlabelled_weight(const DivideMixOptions& options, double position);

/// The terms of a step on mixed rows, the first `labelled` of them from labelled samples: 0-dim each.
struct DivideMixLoss {
  torch::Tensor labelled;    ///< mean cross-entropy against soft targets
  torch::Tensor unlabelled;  ///< squared error of probabilities, mean over rows and classes
  torch::Tensor penalty;     ///< uneven_penalty of all rows
};
DivideMixLoss dividemix_loss(const torch::Tensor& logits, const torch::Tensor& targets, int64_t labelled);

class DivideMix final : public Method {
 public:
  explicit DivideMix(const MethodContext& context);
  int64_t epochs() const override { return recipe_.epochs; }
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;
  /// "ensemble": sum of both networks' logits, then "net1" and "net2".
  std::vector<Output> predict(const torch::Tensor& images) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  /// What a step trains towards, without gradient.
  struct Targets {
    torch::Tensor own;               ///< logits of the first views, labelled rows first
    torch::Tensor refined, guessed;  ///< [B, C] of labelled and unlabelled rows
  };
  Pass warm_up_pass(size_t net) const;
  Pass lockstep();
  /// What `net` trains on this epoch, {labelled, unlabelled}: as the other network divided. `cycle`: of both.
  std::array<Stream, 2> division(size_t net, bool cycle);
  void judge(size_t net);
  StepLog warm_up(const Step& step);
  StepLog train(size_t net, const Step& step, const Batch& x, const Batch& u);
  Targets targets(size_t net, const Batch& labelled, const Batch& unlabelled);
  static StepLog report(const Batch& x, const Batch& u, const Targets& made, const torch::Tensor& clean);

  const DivideMixOptions options_;
  const RecipeSpec recipe_;
  const TrainingSet& set_;
  const Key mix_keys_[2];
  std::array<Learner, 2> nets_;
  torch::Tensor losses_[2];   // [averaged_losses, N] normalised, of the latest epochs under each network; newest last
  torch::Tensor clean_[2];    // [N] probability that the given label is right, in the eyes of each network
  int64_t judged_ = 0;        // epochs in losses_ so far
  int64_t labelled_[2] = {};  // samples in this epoch's labelled part for each network
};

}  // namespace nlb

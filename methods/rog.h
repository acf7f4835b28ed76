// methods/rog.h -- RoG: after cross-entropy, a generative classifier on the network's features, fitted so that wrong
// labels count little. Lee et al., ICML 2019, arXiv:1901.11300; code pokaxpoka/RoGNoisyLabel.
#pragma once

#include <vector>

#include "training/one_net.h"

namespace nlb {

/// One Gaussian a class with a covariance that all share.
struct TiedGaussians {
  torch::Tensor means;       ///< [K, d] float64
  torch::Tensor covariance;  ///< [d, d] float64
};

/// How the first estimate's covariance is summed over the classes.
enum class Pooling {
  all,       ///< scatter of all classes over the number of samples
  released,  ///< divided by that number inside the loop over classes, so that the last dominates
};

/// Means and tied covariance of some samples. features [N, d] float64; chosen[c] [n_c] int64: rows of class c.
TiedGaussians tied_gaussians(const torch::Tensor& features, const std::vector<torch::Tensor>& chosen, Pooling pooling);

/// Pseudo-inverse [d, d] of a symmetric matrix: eigenvalues of at most `cut_off` times the largest count as 0, as in
/// scipy's pinvh.
torch::Tensor precision(const torch::Tensor& covariance, double cut_off);

/// Of each class the floor(share * n_c) rows nearest to its mean in Mahalanobis distance, by precision(covariance,
/// cut_off); ties: the earlier row.
std::vector<torch::Tensor> nearest_rows(const torch::Tensor& features, const std::vector<torch::Tensor>& members,
                                        const TiedGaussians& gaussians, double share, double cut_off);

/// Robust estimate after one concentration step: means and covariances over `kept`, the covariances weighed by the
/// sizes of `members`, the whole classes.
TiedGaussians concentrated(const torch::Tensor& features, const std::vector<torch::Tensor>& members,
                           const std::vector<torch::Tensor>& kept);

/// The linear rule of Gaussians with equal priors: weight [K, d] = means precision(covariance, cut_off), bias [K] =
/// -1/2 means precision means + log 1/K.
struct LinearRule {
  torch::Tensor weight, bias;
};
LinearRule linear_rule(const TiedGaussians& gaussians, double cut_off);

/// How the layers' weights are fitted.
struct LayerFit {
  int64_t validation_per_class;  ///< training samples kept apart for it, by given label; 0: only the last layer is used
  double keep_share;             ///< of them, those that the last layer finds likeliest, (0, 1]
  double rate;                   ///< Adam's
  int64_t epochs, batch_size;
};

/// Rows of `features` [V, d] float64, floor(share * V) of them, that lie nearest to the mean of their label [V] int64
/// by precision(covariance, cut_off); likeliest first.
torch::Tensor likeliest_rows(const torch::Tensor& features, const torch::Tensor& labels, const TiedGaussians& gaussians,
                             double share, double cut_off);

/// softmax(a) [L] float64: `a` starts at ones and descends by Adam on the mean of -log(sum_l softmax(a)_l
/// posteriors_l[label] + 1e-10). posteriors: L times [V, K] float64; labels [V] int64. Batches follow
/// draw_permutation(key, epoch, V); an incomplete one is left out, unless it is the only one.
torch::Tensor fit_layer_weights(const std::vector<torch::Tensor>& posteriors, const torch::Tensor& labels,
                                const LayerFit& fit, Key key);

struct RogOptions {
  double keep_share;  ///< of each class, (0, 1]
  Pooling pooling;
  double first_cut_off, cut_off;  ///< of the first estimate's precision; of the robust one's
  LayerFit layers;
};
void read(OptionReader& from, RogOptions& to);

/// Outputs "rog" (the logarithm of the layers' weighted posteriors), then "net"; before the last epoch's end both are
/// the network's.
class Rog final : public OneNet {
 public:
  explicit Rog(const MethodContext& context);
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;
  void end_epoch(int64_t epoch) override;
  std::vector<Output> predict(const torch::Tensor& images) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  /// Of the samples at `positions`, per layer that is used: [n, d].
  std::vector<torch::Tensor> layer_features(const torch::Tensor& images);
  std::vector<torch::Tensor> layer_features_of(const std::vector<int64_t>& positions);
  torch::Tensor posterior(size_t layer, const torch::Tensor& features) const;
  TiedGaussians robust_gaussians(const torch::Tensor& features, uint64_t layer);
  void weigh_layers(const TiedGaussians& last);

  const RogOptions options_;
  const Key draw_key_;
  std::vector<int64_t> fitting_, validation_;  // positions, increasing: trained and fitted on; kept apart
  std::vector<LinearRule> rules_;              // per layer [K, d], [K]; 0 until fitted
  torch::Tensor weights_;                      // [layers]
  int64_t fitted_ = 0;
};

}  // namespace nlb

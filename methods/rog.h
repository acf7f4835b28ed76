// methods/rog.h -- RoG: after cross-entropy, a generative classifier on the network's features, fitted so that wrong
// labels count little. Lee et al., ICML 2019, arXiv:1901.11300; code pokaxpoka/RoGNoisyLabel.
#pragma once

#include <vector>

#include "methods/one_net.h"

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

/// Of each class the floor(share * n_c) rows nearest to its mean in Mahalanobis distance; ties: the earlier row.
std::vector<torch::Tensor> nearest_rows(const torch::Tensor& features, const std::vector<torch::Tensor>& members,
                                        const TiedGaussians& gaussians, double share);

/// Robust estimate after one concentration step: means and covariances over `kept`, the covariances weighed by the
/// sizes of `members`, the whole classes.
TiedGaussians concentrated(const torch::Tensor& features, const std::vector<torch::Tensor>& members,
                           const std::vector<torch::Tensor>& kept);

/// The linear rule of Gaussians with equal priors: weight [K, d] = means covariance^-1 (pseudo-inverse), bias [K] =
/// -1/2 means covariance^-1 means + log 1/K.
struct LinearRule {
  torch::Tensor weight, bias;
};
LinearRule linear_rule(const TiedGaussians& gaussians);

struct RogOptions {
  double keep_share;  ///< of each class, (0, 1]
  Pooling pooling;
};
RogOptions rog_options(const Json& options);

/// Outputs "rog", then "net"; before the last epoch's end both are the network's.
class Rog final : public OneNet {
 public:
  explicit Rog(const MethodContext& context);
  StepLog step(const Step& step) override;
  void end_epoch(int64_t epoch) override;
  std::vector<Output> predict(const torch::Tensor& images) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  torch::Tensor features();
  std::vector<torch::Tensor> members(double share);
  const RogOptions options_;
  const Key draw_key_;
  LinearRule rule_;  // [K, d], [K], 0 until fitted
  int64_t fitted_ = 0;
};

}  // namespace nlb

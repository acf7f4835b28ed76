// methods/m_correction.h -- M-correction: a beta mixture of the losses says how far each label is trusted; mixup with
// bootstrapped targets. Arazo et al., ICML 2019, arXiv:1904.11238; reference code
// PaulAlbert31/LabelNoiseCorrection:train.py, utils.py (M-DYR-H, M-DYR-S, MD-DYR-SH).
#pragma once

#include <optional>

#include "kernels/mixture.h"
#include "training/mixing.h"
#include "training/one_net.h"

namespace nlb {

enum class MCorrectionVariant { m_dyr_h, m_dyr_s, md_dyr_sh };

/// Only of MD-DYR-SH.
struct DynamicMixup {
  int64_t plain_epochs;        ///< with dynamic mixup and given labels, before bootstrapping starts
  int64_t temperature_epochs;  ///< over which the temperature falls from 1, >= 2
  double final_temperature;    ///< > 0
};

/// No defaults: the protocol gives each value with its source.
struct MCorrectionOptions {
  MCorrectionVariant variant;           ///< own predictions enter as classes (M-DYR-H), else as probabilities
  double mixup_alpha;                   ///< of the mixing weight's Beta distribution, > 0
  int64_t bootstrap_start_epoch;        ///< 0-based, >= 1
  double regulariser;                   ///< weight of uneven_penalty while bootstrapping, >= 0
  int em_iterations;                    ///< of the mixture's fit
  std::optional<DynamicMixup> dynamic;  ///< of MD-DYR-SH

  bool hard() const { return variant == MCorrectionVariant::m_dyr_h; }
};
void read(OptionReader& from, MCorrectionOptions& to);

/// [B] probability that the label is wrong, in [1e-4, 1 - 1e-4]: the entry of `lookup` [100] (beta_lookup) at each loss
/// of `losses` [B], scaled into `range`. Double.
torch::Tensor wrong_probabilities(const torch::Tensor& losses, LossRange range, const torch::Tensor& lookup);

/// (1 - wrong) * label + wrong * prediction: [B, C]. labels [B] int64, wrong [B], predictions [B, C].
torch::Tensor bootstrapped_targets(const torch::Tensor& labels, const torch::Tensor& wrong,
                                   const torch::Tensor& predictions);

/// [B] share of each row in dynamic mixup with row order[i]: (1 - wrong_i) / ((1 - wrong_i) + (1 - wrong_order[i])).
torch::Tensor dynamic_weights(const torch::Tensor& wrong, const torch::Tensor& order);

/// numpy.linspace(1, final_temperature, temperature_epochs) at `place`, then its last.
double falling_temperature(const DynamicMixup& dynamic, int64_t place);

class MCorrection final : public OneNet {
 public:
  explicit MCorrection(const MethodContext& context);
  std::vector<Pass> begin_epoch(int64_t epoch) override;
  StepLog step(const Step& step) override;
  void visit_state(StateVisitor& visitor) override;

 private:
  int64_t first_fit() const;  ///< first epoch that needs the mixture
  void fit(int64_t epoch);
  torch::Tensor wrong(const Batch& batch);
  RowMixing draw(const Step& step) const;
  StepLog mixup(const Step& step);
  StepLog dynamic_mixup(const Step& step);
  StepLog bootstrap(const Step& step);

  const MCorrectionOptions options_;
  const RecipeSpec recipe_;
  const Key mix_key_;
  LossRange range_;       // of the losses that the mixture was fitted to
  torch::Tensor lookup_;  // [100] double, probability of a wrong label by scaled loss
};

}  // namespace nlb

// methods/distillation_correction.h -- the distillation baseline of GLC's table: targets between the given label and a
// teacher's prediction, weighed by how precise each is. mmazeika/glc:MNIST/MNIST_convex_combo.py,
// CIFAR/train_convex_combo.py after Li et al., ICCV 2017, arXiv:1703.02391.
#pragma once

#include <optional>
#include <vector>

#include "training/stages.h"

namespace nlb {

/// Mean over the classes of (right among the samples predicted as k) / (samples predicted as k + epsilon). predicted,
/// labels [G] int64.
double mean_precision(const torch::Tensor& predicted, const torch::Tensor& labels, int64_t classes, double epsilon);

/// How the authors' scripts turn the matrix round. MNIST's (MNIST_convex_combo.py) divides each row by its sum and
/// keeps every class; CIFAR's (train_convex_combo.py:329-361) does neither.
struct PrecisionRules {
  double epsilon;           ///< added to each share of P(noisy) before these are divided by their sum, and to entries
  bool normalises = true;   ///< rows of P(clean | noisy) are divided by their sums
  bool leaves_out = false;  ///< the mean leaves out classes that no sample has as its noisy label
};

/// Mean precision of the noisy labels: the mean diagonal of P(clean | noisy), which has in row j, before a row is
/// divided by its sum, matrix[k, j] P(clean = k) / P(noisy = j) + epsilon. matrix [K, K] float (row = clean class);
/// clean [G] int64 labels of trusted samples; noisy [S] int64 labels of the others. P(noisy = j) is (share of j +
/// epsilon) over the sum of these.
double noisy_label_precision(const torch::Tensor& matrix, const torch::Tensor& clean, const torch::Tensor& noisy,
                             const PrecisionRules& rules);

/// The trusted positions in two parts, each increasing.
struct TrustedSplit {
  std::vector<int64_t> teaching, measuring;
};
/// floor((1 - share) * trusted) measure, drawn at (attempt) of `key` until they hold every class, `attempts` times at
/// most: then TrialFailure.
TrustedSplit split_trusted(const TrainingSet& set, double share, int64_t attempts, Key key);
/// `measuring` measure, whatever classes they hold. InputError where one is not trusted or named twice.
TrustedSplit split_trusted(const TrainingSet& set, std::vector<int64_t> measuring);

/// What weighs the given label in a target: how precise it is beside the teacher, the teacher in its place, or neither.
enum class LabelWeight { precision, risk, half };

struct DistillationOptions {
  double teacher_share;                                   ///< of the trusted set, (0, 1)
  int64_t teacher_minimum_updates;                        ///< steps
  int64_t reshuffles;                                     ///< draws
  std::optional<std::vector<int64_t>> measuring_samples;  ///< positions; absent: drawn
  LabelWeight label_weight;
  double precision_epsilon;
  PrecisionRules noisy_precision;
  bool silver_term_kept;           ///< else a batch with a trusted sample loses the others' losses
  bool separate_passes = false;    ///< trusted and other samples of a batch go through the student apart
  bool divide_by_nominal = false;  ///< the student's summed losses by the recipe's batch size, else by the samples
};
void read(OptionReader& from, DistillationOptions& to);

/// First a network on the labels that are not trusted, for the matrix; then the teacher; then the student on all.
class DistillationCorrection final : public Stages {
 public:
  explicit DistillationCorrection(const MethodContext& context);
  void visit_state(StateVisitor& visitor) override;

 private:
  DistillationCorrection(const MethodContext& context, const DistillationOptions& options);
  DistillationCorrection(const MethodContext& context, const DistillationOptions& options, TrustedSplit split);
  void before_stage(size_t stage) override;
  Trained train(size_t stage, const Batch& batch) override;
  Trained train_student(const Batch& whole);
  torch::Tensor targets(const Batch& batch);
  double weight_of_label(double teacher_precision) const;
  const DistillationOptions options_;
  const TrustedSplit split_;
  const std::vector<int64_t> silver_;
  const torch::Tensor trusted_;  // [N] bool
  torch::Tensor matrix_;         // [K, K]
  double label_weight_ = 0;      // of the given label, [0, 1]
};

}  // namespace nlb

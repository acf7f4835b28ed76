// results/result.h -- TrialResult: all that a trial measured, in counts; only reports turn counts into percent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "datasets/noise.h"

namespace nlb {

/// Per evaluation, columnar: element e of each list belongs to evaluation e. Train counts cover the steps since the
/// evaluation before, from the logits of the training step itself.
struct Curves {
  std::vector<int64_t> epoch;                          ///< epochs finished, 1-based
  std::vector<std::string> outputs;                    ///< names of predictions; outputs[0] is the one that is scored
  std::vector<std::vector<int64_t>> test_correct;      ///< [outputs][evaluations]
  std::vector<std::vector<int64_t>> held_out_correct;  ///< [outputs][evaluations]; empty without a held-out part
  /// Named integer counts: seen_clean, seen_wrong (samples whose given label is right / wrong), clean_fit (predicted =
  /// given), wrong_fit_given (memorised), wrong_fit_clean (seen through), selected_clean, selected_wrong,
  /// corrected_right, corrected_wrong.
  std::map<std::string, std::vector<int64_t>> train_counts;
  /// Clean-sample detection over the last epoch: auroc, average_precision, recall_at_wrong; score name in
  /// detection_score. NaN (null in JSON) where that epoch saw no right or no wrong label; without label noise there are
  /// no entries.
  std::map<std::string, std::vector<double>> detection;
  std::string detection_score;                        ///< the method's own score, or "loss" (marked)
  std::map<std::string, std::vector<double>> losses;  ///< mean over the steps since the evaluation before
  std::vector<double> learning_rate;                  ///< of the last step before the evaluation
  std::vector<double> seconds;                        ///< wall time of the trial so far, summed over interruptions
};

/// What the selection rules pick, all from one run.
struct FinalCounts {
  int64_t test_count = 0, held_out_count = 0;
  /// Epoch (1-based) from which on the rules look at evaluations: the first of the last training. 0: not known, see
  /// read_curves.
  int64_t counted_from = 1;
  int64_t last = 0;                                       ///< test images right at the last evaluation
  std::vector<int64_t> last_ten;                          ///< the last min(10, evaluations) counts: mean_last_10
  int64_t best_on_test = 0, best_on_test_epoch = 0;       ///< an oracle; the first epoch that reaches it
  std::optional<int64_t> best_on_val, best_on_val_epoch;  ///< the first of equal epochs
  std::optional<int64_t> best_on_val_latest,
      best_on_val_latest_epoch;               ///< the last of them; absent: not known, see read_curves
  std::vector<uint8_t> last_bits, best_bits;  ///< bit i (lowest first) of byte i/8: test image i right
  std::vector<uint8_t> mean_last_10;  ///< [test_count] in how many of the last ten evaluations image i was right
  /// At the last evaluation: classes that no test image was given. Absent: not known, see read_curves.
  std::optional<int64_t> classes_never_predicted;
  std::vector<int32_t> confusion;  ///< [classes, classes] at the last evaluation, row = true class
};

/// Sets what the rules pick among the evaluations from epoch counts.counted_from on (all of them where there is none):
/// last, last_ten, best_on_test, best_on_val and best_on_val_latest with their epochs. `curves` hold at least one
/// evaluation.
void apply_rules(FinalCounts& counts, const Curves& curves);

/// Whether an older record leaves unknown what its curves tell: counted_from, classes_never_predicted,
/// best_on_val_latest.
bool needs_curves(const FinalCounts& counts);

/// Columns of zeros. confusion: as in FinalCounts.
int64_t classes_never_predicted(const std::vector<int32_t>& confusion);

struct Timing {
  double wall_seconds = 0;  ///< summed over interruptions
  double train_seconds = 0, evaluate_seconds = 0, checkpoint_seconds = 0, chain_seconds = 0;
  double images_per_second = 0;  ///< training images seen / train_seconds
  double multiply_add_peak = 0;  ///< of one core, a second, measured when the worker started; 0: not known
  int64_t peak_memory_bytes = 0;
  std::vector<int64_t> interrupted_at;  ///< epochs at which a checkpoint was resumed
};

struct TrialResult {
  enum class Status { ok, failed } status = Status::ok;
  std::string failure;                   ///< message of a failed trial
  int64_t failure_epoch = 0;             ///< 1-based, the epoch in which it failed; 0: before the first
  std::string state_chain, count_chain;  ///< hex heads
  Json determinism_class;                ///< part 5 of the contract: object of strings
  std::optional<NoiseSummary> noise;
  Curves curves;
  FinalCounts final_counts;
  Timing timing;
  std::string started, finished;  ///< UTC, ISO 8601; shown, never judged
};

/// Bitmaps, counts per test image and the confusion matrix (int32, little-endian) by name: last_bits, best_bits,
/// mean_last_10, confusion.
using ImageBytes = std::map<std::string, std::vector<uint8_t>>;
ImageBytes image_bytes(const FinalCounts& counts);
void set_image_bytes(FinalCounts& counts, ImageBytes bytes);
/// Of base64 text; anything else is a problem.
std::vector<uint8_t> read_bytes(const JsonNode& node);

/// A record keeps the curves, the image bytes and the noise matrix in a file beside it (old_record: until schema 5 the
/// matrix was in the record); messages carry all, the bytes as base64.
enum class ResultParts { all, record, old_record };

/// The parts, for files that keep them apart.
Json to_json(const Curves& curves);
Json to_json(const FinalCounts& counts, ResultParts parts = ResultParts::all);
Json to_json(const Timing& timing);
Json to_json(const NoiseSummary& noise, ResultParts parts = ResultParts::all);
Curves curves_from_json(const JsonNode& node);
FinalCounts final_counts_from_json(const JsonNode& node, ResultParts parts = ResultParts::all);
Timing timing_from_json(const JsonNode& node);
NoiseSummary noise_summary_from_json(const JsonNode& node, ResultParts parts = ResultParts::all);

Json to_json(const TrialResult& result, ResultParts parts);
TrialResult trial_result_from_json(const JsonNode& node, ResultParts parts);

}  // namespace nlb

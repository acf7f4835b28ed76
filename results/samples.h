// results/samples.h -- what `run --keep samples` stores beside a trial's records: every training sample as the trial
// saw it last. `export samples` joins it with names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nlb {

inline constexpr int kSamplesSchema = 1;
inline constexpr const char* kSamplesFile = "samples.json";  ///< in <results>/<trial id>/

/// Columns of one length. A sample that no step has seen has epoch 0, predicted -1 and no loss.
struct KeptSamples {
  std::string trial;
  bool has_score = false;           ///< the method rates labels (clean_score); else the loss ranks
  std::vector<int64_t> image;       ///< position in the data set's official order, increasing; several times over
                                    ///< where the noise repeats images
  std::vector<int64_t> given;       ///< label the method was given; -1: it may read none
  std::vector<int64_t> clean;       ///< the data set's own label, which no method sees; -1: another set's image;
                                    ///< kUnknownLabel: nobody knows it
  std::vector<int64_t> epoch;       ///< the last whose steps saw the sample, from 1
  std::vector<int64_t> predicted;   ///< class by that step's own logits
  std::vector<double> loss;         ///< cross-entropy against the given label, before that step's update
  std::vector<double> clean_score;  ///< the method's, larger = more likely right; NaN where it gives none
  size_t size() const { return image.size(); }
};

std::string write_samples(const KeptSamples& samples);
/// Throws InputError, all problems at once: truncated, newer schema (named), wrong type or length, images out of order.
KeptSamples read_samples(const std::string& text, const std::string& file);

/// Rows by suspicion: lowest clean score first (without scores: largest loss), ties as results/suspicion.h says. Rows
/// that cannot be ranked are not among them.
std::vector<size_t> most_suspicious_first(const KeptSamples& samples);

}  // namespace nlb

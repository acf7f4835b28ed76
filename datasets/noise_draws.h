// datasets/noise_draws.h -- which images a trial's noise is drawn on, and the labels that come out for its parts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/noise.h"
#include "protocols/trial.h"

namespace nlb {

struct NoiseOfTrial {
  std::vector<int64_t> training;             ///< [N] labels of the training images; clean ones without noise
  std::vector<int64_t> held_out;             ///< [V] the same
  std::vector<ReplacedImage> replaced;       ///< position: in the training images
  std::optional<NoiseSummary> summary = {};  ///< of the population with the training images; absent without noise
};

/// Indices into dataset.train; population = training and held-out ones, increasing. Throws InputError with the place in
/// the trial's JSON where generator and parts do not fit.
NoiseOfTrial draw_noise_of_trial(const TrialSpec& spec, const Dataset& dataset, const NoiseInputs& inputs,
                                 const std::vector<int64_t>& population, const std::vector<int64_t>& held_out,
                                 const std::vector<int64_t>& training);

/// The training images as often as the generator repeats them: noisy_copies once more for each copy, one whole set
/// after another.
std::vector<int64_t> with_copies(const NoiseSpec& noise, const std::vector<int64_t>& training);

}  // namespace nlb

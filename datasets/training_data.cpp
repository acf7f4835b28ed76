#include "datasets/training_data.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "core/mersenne.h"
#include "datasets/indices.h"
#include "datasets/noise_draws.h"
#include "datasets/part_drawer.h"
#include "datasets/trusted_draws.h"
#include "images/joined_images.h"

namespace nlb {
namespace {

using Indices = std::vector<int64_t>;

/// `whole` without `part`, both increasing.
Indices without(const Indices& whole, const Indices& part) {
  Indices rest;
  std::set_difference(whole.begin(), whole.end(), part.begin(), part.end(), std::back_inserter(rest));
  return rest;
}

/// All but the first size - count entries of RandomState(seed).choice(size, size - count, replace=False), which are
/// those of a permutation.
Indices draw_held_out_by_numpy(const HeldOutSpec& spec, uint64_t seed, const Indices& population) {
  if (seed > UINT32_MAX) refuse_trial("/seeds/split", std::to_string(seed) + " does not fit numpy's RandomState");
  NumpyRandomState random(static_cast<uint32_t>(seed));
  Indices order = random.permutation(std::ssize(population));
  order.erase(order.begin(), order.end() - spec.count);
  std::sort(order.begin(), order.end());
  return gather(population, order);
}

Indices draw_held_out(const TrialSpec& trial, const PartDrawer& drawer, const Indices& population,
                      const std::vector<int64_t>& clean) {
  const std::optional<HeldOutSpec>& spec = trial.data.held_out;
  if (!spec) return {};
  if (spec->count >= static_cast<int64_t>(population.size())) {
    refuse_trial("/data/held_out", std::to_string(spec->count) + " images held out of " +
                                       std::to_string(population.size()) + " leave none to train on");
  }
  if (spec->draw == "numpy_choice") return draw_held_out_by_numpy(*spec, trial.seeds.split, population);
  const Indices& from = spec->labels == HeldOutLabels::clean ? known_among(population, clean) : population;
  return spec->stratified ? drawer.stratified(kHeldOut, from, clean, spec->count)
                          : drawer.uniform(kHeldOut, from, spec->count);
}

/// Images for which the noise draws no label must be trusted ones, or they would train with clean labels unseen.
void check_undrawn(const TrialSpec& spec, const TrainingData& data, const Indices& population) {
  const int64_t first = spec.noise ? spec.noise->options.value("trusted_first", int64_t{0}) : 0;
  if (first == 0) return;
  const auto last = static_cast<size_t>(first - 1);
  const bool trusted = std::ssize(data.trusted) >= first && data.trusted[last] == first - 1 &&
                       data.train_index[last] == population[last];
  if (!trusted) {
    refuse_trial("/noise/options/trusted_first",
                 "the first " + std::to_string(first) + " images are not all trusted; some would stay clean");
  }
}

/// Trusted images of another data set come behind all others.
void append_trusted(const TrialSpec& spec, const PartDrawer& drawer, const ImageSet& from, int64_t own_images,
                    TrainingData& data, std::vector<int64_t>& given) {
  for (const int64_t image : draw_trusted(spec, drawer, from.labels)) {
    data.trusted.push_back(data.size());
    data.train_index.push_back(own_images + image);
    data.clean.push_back(from.labels[static_cast<size_t>(image)]);
    given.push_back(data.clean.back());
  }
  data.foreign = from.images;
}

/// What the method sees: noisy labels, clean ones for trusted samples; where no noise is drawn but there are trusted
/// samples, the others have no label. A trial with neither trains on clean labels.
std::vector<int64_t> given_labels(const TrialSpec& spec, const TrainingData& data, std::vector<int64_t> given) {
  if (!spec.noise && spec.trusted) std::fill(given.begin(), given.end(), kNoLabel);
  for (const int64_t position : data.trusted) {
    given[static_cast<size_t>(position)] = data.clean[static_cast<size_t>(position)];
  }
  return given;
}

}  // namespace

ImageReferences TrainingData::train_images() const {
  if (foreign == nullptr) return {dataset.train.images, train_index};
  ImageReferences shown{joined({dataset.train.images, foreign}), train_index};
  for (const ReplacedImage& image : replaced) {
    shown.index[static_cast<size_t>(image.position)] = dataset.train.count + image.source;
  }
  return shown;
}

ImageReferences TrainingData::held_out_images() const { return {dataset.train.images, held_out_index}; }

ImageReferences TrainingData::test_images() const { return {dataset.test.images, test_index}; }

void TrainingData::release_images() { dataset.train.images = dataset.test.images = foreign = nullptr; }

TrainingData make_training_data(const TrialSpec& spec, Dataset dataset, const NoiseInputs& inputs) {
  const std::vector<int64_t>& labels = dataset.train.labels;
  const PartDrawer drawer(spec.seeds.split, dataset.classes);
  const Indices population = drawer.subset(kTrainSubset, spec.data.train_subset, labels);
  TrainingData data;
  data.held_out_index = draw_held_out(spec, drawer, population, labels);
  data.train_index = without(population, data.held_out_index);
  if (spec.noise) data.train_index = with_copies(*spec.noise, data.train_index);
  data.clean = gather(labels, data.train_index);
  if (!spec.noise && !spec.trusted && known_among(data.train_index, labels).size() != data.train_index.size()) {
    refuse_trial("/noise", "none, and so clean labels to train on; not all are known here");
  }
  NoiseOfTrial noise = draw_noise_of_trial(spec, dataset, inputs, population, data.held_out_index, data.train_index);
  if (spec.trusted && spec.trusted->dataset) {
    NLB_CHECK(inputs.trusted != nullptr, "the data set of the trusted images was loaded");
    append_trusted(spec, drawer, *inputs.trusted, dataset.train.count, data, noise.training);
  } else if (spec.trusted) {
    data.trusted = draw_trusted(spec, drawer, data.clean);
  }
  check_undrawn(spec, data, population);
  data.given = given_labels(spec, data, std::move(noise.training));
  if (spec.data.held_out) {
    const bool clean = spec.data.held_out->labels == HeldOutLabels::clean;
    if (!clean && !spec.noise) refuse_trial("/data/held_out/labels", "noisy labels, but this trial draws no noise");
    data.held_out_labels = clean ? gather(labels, data.held_out_index) : std::move(noise.held_out);
  }
  data.test_index = drawer.subset(kTestSubset, spec.data.test_subset, dataset.test.labels);
  data.noise = std::move(noise.summary);
  data.replaced = std::move(noise.replaced);
  data.dataset = std::move(dataset);
  if (!data.replaced.empty()) data.foreign = inputs.foreign->images;
  for (const ReplacedImage& image : data.replaced) data.clean[static_cast<size_t>(image.position)] = kForeign;
  return data;
}

}  // namespace nlb

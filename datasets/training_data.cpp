#include "datasets/training_data.h"

#include <algorithm>
#include <string>

#include "core/draws.h"
#include "core/error.h"
#include "core/mersenne.h"
#include "datasets/indices.h"
#include "datasets/noise/glc.h"
#include "datasets/noise/l2r.h"
#include "datasets/noise_draws.h"

namespace nlb {
namespace {

using Indices = std::vector<int64_t>;

/// `whole` without `part`, both increasing.
Indices without(const Indices& whole, const Indices& part) {
  Indices rest;
  std::set_difference(whole.begin(), whole.end(), part.begin(), part.end(), std::back_inserter(rest));
  return rest;
}

[[noreturn]] void refuse(const std::string& place, const std::string& text) {
  throw InputError("trial: " + place + ": " + text);
}

/// A part to draw: its place in the trial's JSON, and the name of its key, which may never change.
struct Part {
  const char* place;
  const char* key;
};
constexpr Part kTrainSubset{"/data/train_subset", "train_subset"}, kHeldOut{"/data/held_out", "held_out"},
    kTrusted{"/trusted", "trusted"}, kTestSubset{"/data/test_subset", "test_subset"};

/// Draws parts of sets of images with one seed; every part has a key of its own.
class Drawer {
 public:
  Drawer(uint64_t split_seed, int64_t classes) : key_(derive(split_seed, "split")), classes_(classes) {}

  /// `count` of `from`, increasing; all with equal probability.
  Indices uniform(Part part, const Indices& from, int64_t count) const {
    if (count > static_cast<int64_t>(from.size())) {
      refuse(part.place, std::to_string(count) + " images of only " + std::to_string(from.size()));
    }
    Indices drawn = first_of_permutation(derive(key_, part.key), 0, from, count);
    std::sort(drawn.begin(), drawn.end());
    return drawn;
  }

  /// `count / classes` of each clean class of `from`, increasing.
  Indices stratified(Part part, const Indices& from, const std::vector<int64_t>& clean, int64_t count) const {
    if (count % classes_ != 0) {
      refuse(part.place,
             std::to_string(count) + " images are not equally many of " + std::to_string(classes_) + " classes");
    }
    std::vector<Indices> members(static_cast<size_t>(classes_));
    for (const int64_t index : from) {
      const int64_t label = clean[static_cast<size_t>(index)];
      if (label >= 0) members[static_cast<size_t>(label)].push_back(index);
    }
    Indices drawn;
    for (size_t c = 0; c < members.size(); ++c) {
      if (count / classes_ > static_cast<int64_t>(members[c].size())) {
        refuse(part.place, std::to_string(count / classes_) + " images of class " + std::to_string(c) +
                               ", which has only " + std::to_string(members[c].size()));
      }
      const Indices some = first_of_permutation(derive(key_, part.key), c, members[c], count / classes_);
      drawn.insert(drawn.end(), some.begin(), some.end());
    }
    std::sort(drawn.begin(), drawn.end());
    return drawn;
  }

  Indices subset(Part part, const std::optional<SubsetSpec>& spec, const ImageSet& set) const {
    Indices all = counting(set.count);
    if (!spec) return all;
    if (spec->how == "stratified") return stratified(part, all, set.labels, spec->count);
    NLB_CHECK(spec->how == "first" && spec->count >= 0, "a subset is first or stratified");
    if (spec->count > set.count) {
      refuse(part.place, std::to_string(spec->count) + " images of only " + std::to_string(set.count));
    }
    return counting(spec->count);
  }

 private:
  static Indices first_of_permutation(Key key, uint64_t epoch, const Indices& from, int64_t count) {
    Indices order = draw_permutation(key, epoch, static_cast<int64_t>(from.size()));
    NLB_CHECK(count >= 0 && count <= static_cast<int64_t>(order.size()), "a part is not larger than its whole");
    order.resize(static_cast<size_t>(count));
    return gather(from, order);
  }

  Key key_;
  int64_t classes_;
};

int64_t trusted_count(const TrustedSpec& spec, int64_t images) {
  NLB_CHECK(spec.count.has_value() != spec.fraction.has_value(), "a trusted set has a count or a fraction");
  if (spec.count) return *spec.count;
  return static_cast<int64_t>(*spec.fraction * static_cast<double>(images));
}

/// The first images of the file; neither seed moves them.
Indices draw_first_trusted(const TrustedSpec& spec, int64_t training_images) {
  const int64_t population = spec.options.value("population", int64_t{0});
  if (population != training_images) {
    refuse("/trusted/draw", "\"glc\" with order file: population " + std::to_string(population) + " of " +
                                std::to_string(training_images) + " images; all take part");
  }
  const int64_t count = trusted_count(spec, population);
  if (count < 1 || count >= population) {
    refuse(kTrusted.place, std::to_string(count) + " images of " + std::to_string(population));
  }
  return counting(count);
}

/// The last images of GLC's order for MNIST, the first of the file for CIFAR; neither seed moves them.
Indices draw_glc_trusted(const TrustedSpec& spec, int64_t training_images) {
  if (spec.options.value("order", "") == "file") return draw_first_trusted(spec, training_images);
  const int64_t population = spec.options.value("population", int64_t{0});
  if (training_images != kGlcImages || population > training_images) {
    refuse("/trusted/draw", "\"glc\" is defined for MNIST's 60000 training images; found " +
                                std::to_string(training_images) + ", population " + std::to_string(population));
  }
  const Indices order = glc_order(population, training_images);
  const int64_t count = trusted_count(spec, population);
  if (count < 1 || count > population) {
    refuse(kTrusted.place, std::to_string(count) + " images of only " + std::to_string(population));
  }
  Indices last(order.end() - count, order.end());
  std::sort(last.begin(), last.end());
  return last;
}

/// The last images of L2R's order, by the split seed.
Indices draw_l2r_trusted(const TrialSpec& trial, int64_t count, int64_t training_images) {
  if (count < 1 || count >= training_images) {
    refuse(kTrusted.place, std::to_string(count) + " images of " + std::to_string(training_images));
  }
  const auto& held_out = trial.data.held_out;
  const Indices order = l2r_order(trial.seeds.split, training_images, held_out ? held_out->count : 0);
  Indices last(order.end() - count, order.end());
  std::sort(last.begin(), last.end());
  return last;
}

Indices draw_trusted(const TrialSpec& trial, const Drawer& drawer, const Indices& from,
                     const std::vector<int64_t>& clean) {
  const TrustedSpec& spec = *trial.trusted;
  if (spec.dataset) refuse("/trusted/dataset", "trusted labels from another data set are not built");
  const Indices known = known_among(from, clean);
  const bool of_an_author = spec.draw == "glc" || spec.draw == "l2r";
  if (of_an_author && known.size() != from.size()) {
    refuse("/trusted/draw", "\"" + spec.draw + "\" needs the clean label of every image");
  }
  if (spec.draw == "glc") return draw_glc_trusted(spec, static_cast<int64_t>(from.size()));
  const int64_t count = trusted_count(spec, static_cast<int64_t>(from.size()));
  if (spec.draw == "l2r") return draw_l2r_trusted(trial, count, std::ssize(from));
  if (count < 1) refuse("/trusted", "no trusted image among " + std::to_string(from.size()));
  if (spec.draw == "stratified") return drawer.stratified(kTrusted, known, clean, count);
  if (spec.draw == "uniform") return drawer.uniform(kTrusted, known, count);
  refuse("/trusted/draw", "\"" + spec.draw + "\" is not built; built are stratified, uniform, glc, l2r");
}

/// All but the first size - count entries of RandomState(seed).choice(size, size - count, replace=False), which are
/// those of a permutation.
Indices draw_held_out_by_numpy(const HeldOutSpec& spec, uint64_t seed, const Indices& population) {
  if (seed > UINT32_MAX) refuse("/seeds/split", std::to_string(seed) + " does not fit numpy's RandomState");
  NumpyRandomState random(static_cast<uint32_t>(seed));
  Indices order = random.permutation(std::ssize(population));
  order.erase(order.begin(), order.end() - spec.count);
  std::sort(order.begin(), order.end());
  return gather(population, order);
}

Indices draw_held_out(const TrialSpec& trial, const Drawer& drawer, const Indices& population,
                      const std::vector<int64_t>& clean) {
  const std::optional<HeldOutSpec>& spec = trial.data.held_out;
  if (!spec) return {};
  if (spec->count >= static_cast<int64_t>(population.size())) {
    refuse("/data/held_out", std::to_string(spec->count) + " images held out of " + std::to_string(population.size()) +
                                 " leave none to train on");
  }
  if (spec->draw == "numpy_choice") return draw_held_out_by_numpy(*spec, trial.seeds.split, population);
  const Indices& from = spec->labels == "clean" ? known_among(population, clean) : population;
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
    refuse("/noise/options/trusted_first",
           "the first " + std::to_string(first) + " images are not all trusted; some would stay clean");
  }
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

/// Puts the other data set's images in place; their samples then belong to no class.
void show_replaced_images(const ImageSet& foreign, TrainingData& data) {
  for (const ReplacedImage& image : data.replaced) {
    const auto position = static_cast<size_t>(image.position);
    const std::span<const uint8_t> from = foreign.image(image.source);
    std::copy(from.begin(), from.end(),
              data.dataset.train.pixels.begin() + data.train_index[position] * data.dataset.train.image_bytes());
    data.clean[position] = kForeign;
  }
}

}  // namespace

TrainingData make_training_data(const TrialSpec& spec, Dataset dataset, const NoiseInputs& inputs) {
  const std::vector<int64_t>& labels = dataset.train.labels;
  const Drawer drawer(spec.seeds.split, dataset.classes);
  const Indices population = drawer.subset(kTrainSubset, spec.data.train_subset, dataset.train);
  TrainingData data;
  data.held_out_index = draw_held_out(spec, drawer, population, labels);
  data.train_index = without(population, data.held_out_index);
  if (spec.noise) data.train_index = with_copies(*spec.noise, data.train_index);
  data.clean = gather(labels, data.train_index);
  if (!spec.noise && !spec.trusted && known_among(data.train_index, labels).size() != data.train_index.size()) {
    refuse("/noise", "none, and so clean labels to train on; not all are known here");
  }
  NoiseOfTrial noise = draw_noise_of_trial(spec, dataset, inputs, population, data.held_out_index, data.train_index);
  if (spec.trusted) data.trusted = draw_trusted(spec, drawer, counting(data.size()), data.clean);
  check_undrawn(spec, data, population);
  data.given = given_labels(spec, data, std::move(noise.training));
  if (spec.data.held_out) {
    const bool clean = spec.data.held_out->labels == "clean";
    if (!clean && !spec.noise) refuse("/data/held_out/labels", "noisy labels, but this trial draws no noise");
    data.held_out_labels = clean ? gather(labels, data.held_out_index) : std::move(noise.held_out);
  }
  data.test_index = drawer.subset(kTestSubset, spec.data.test_subset, dataset.test);
  data.noise = std::move(noise.summary);
  data.replaced = std::move(noise.replaced);
  data.dataset = std::move(dataset);
  if (!data.replaced.empty()) show_replaced_images(*inputs.foreign, data);
  return data;
}

}  // namespace nlb

#include "datasets/noise_draws.h"

#include <string>

#include "core/draws.h"
#include "core/error.h"
#include "datasets/indices.h"
#include "datasets/noise_inputs.h"
#include "facts/generator_traits.h"

namespace nlb {
namespace {

using Indices = std::vector<int64_t>;

[[noreturn]] void refuse(const std::string& place, const std::string& text) {
  throw InputError("trial: " + place + ": " + text);
}

const GeneratorTraits& traits_of(const NoiseSpec& noise) { return generator_traits(noise.generator); }

bool replaces_images(const NoiseSpec& noise) { return !traits_of(noise).images_from.empty(); }

bool repeats_or_replaces(const NoiseSpec& noise) { return image_copies(noise) > 0 || replaces_images(noise); }

/// A part of GLC's order would leave the other training images with clean labels.
void check_population(const NoiseSpec& noise, const Indices& population) {
  const auto taking_part = noise.options.find("population");
  if (taking_part == noise.options.end() || *taking_part == std::ssize(population)) return;
  refuse("/noise/options/population",
         taking_part->dump() + " of " + std::to_string(population.size()) + " images; the others would stay clean");
}

void check_changed_images(const TrialSpec& spec) {
  if (replaces_images(*spec.noise) && spec.trusted) {
    refuse("/trusted", "not defined with " + spec.noise->generator + ": a replaced image has no right label");
  }
  const auto& held_out = spec.data.held_out;
  if (repeats_or_replaces(*spec.noise) && held_out &&
      (held_out->labels != HeldOutLabels::clean || held_out->noise != NoiseDrawn::after_split)) {
    refuse("/data/held_out",
           spec.noise->generator +
               " changes training images only; labels \"clean\" and noise \"after_split\" are required");
  }
}

/// An author's order makes validation part, trusted part and noise together; drawn otherwise, untrusted images would
/// keep clean labels unseen.
void check_author_parts(const TrialSpec& spec) {
  const auto& parts = traits_of(*spec.noise).parts;
  if (!parts || spec.noise->options.value(parts->option, "") != parts->word) return;
  const int64_t validation = spec.noise->options.value(parts->held_out_count, int64_t{0});
  const int64_t trusted = spec.noise->options.value(parts->trusted_count, int64_t{0});
  const auto& held_out = spec.data.held_out;
  const bool held_out_fits = held_out ? held_out->count == validation && held_out->draw == parts->held_out_draw &&
                                            held_out->noise == NoiseDrawn::after_split &&
                                            held_out->labels == HeldOutLabels::clean
                                      : validation == 0;
  const bool trusted_fits =
      spec.trusted ? spec.trusted->count == trusted && spec.trusted->draw == parts->trusted_draw : trusted == 0;
  if (held_out_fits && trusted_fits && spec.seeds.noise == spec.seeds.split) return;
  refuse("/noise/options",
         spec.noise->generator + " with " + parts->option + " \"" + parts->word + "\" needs held_out with count " +
             std::to_string(validation) + ", draw \"" + parts->held_out_draw +
             "\", noise \"after_split\", labels \"clean\"; trusted with count " + std::to_string(trusted) +
             ", draw \"" + parts->trusted_draw + "\"; and one seed for noise and split");
}

/// Generators change clean labels, so each must be known; own labels must be there.
void check_labels_known(const TrialSpec& spec, const Dataset& dataset, const Indices& population) {
  if (takes_set_labels(*spec.noise)) {
    if (!dataset.given.empty()) return;
    refuse("/noise/generator", "\"" + spec.noise->generator +
                                   "\" is for own data sets with train_labels \"given\"; the labels of " + dataset.id +
                                   " are clean");
  }
  const auto known = std::ssize(known_among(population, dataset.train.labels));
  if (known == std::ssize(population)) return;
  refuse("/noise/generator", "draws noise on clean labels, but of " + std::to_string(population.size()) +
                                 " images only " + std::to_string(known) +
                                 " have a known one; \"own_labels\" takes the labels as they are");
}

class NoiseDrawer {
 public:
  NoiseDrawer(const TrialSpec& spec, const Dataset& dataset, const NoiseInputs& inputs)
      : spec_(spec), dataset_(dataset), inputs_(inputs) {}

  NoisyLabels draw(const Indices& indices, uint64_t seed) const {
    if (takes_set_labels(*spec_.noise)) return {.labels = own_labels(indices), .replaced = {}};
    const Indices clean = gather(dataset_.train.labels, indices);
    return draw_noise(
        *spec_.noise,
        {.clean = clean, .classes = dataset_.classes, .images = dataset_.train.images.get(), .index = indices}, inputs_,
        seed);
  }

  /// Where labels were corrected, no label of a checked image can tell how many of the others are wrong.
  NoiseSummary summary(const Indices& indices, const NoisyLabels& noisy) const {
    if (corrects_labels(*spec_.noise)) {
      return summarise_noise(Indices(indices.size(), kUnknownLabel), noisy.labels, dataset_.classes, spec_.noise->rate);
    }
    return summarise_noise(gather(dataset_.train.labels, indices), noisy.labels, dataset_.classes, spec_.noise->rate,
                           noisy.replaced);
  }

 private:
  Indices own_labels(const Indices& indices) const {
    Indices labels = gather(dataset_.given, indices);
    if (!corrects_labels(*spec_.noise)) return labels;
    for (const Indices* known : {&dataset_.train.labels, &dataset_.targeted}) {
      for (size_t i = 0; i < indices.size() && !known->empty(); ++i) {
        const int64_t clean = (*known)[static_cast<size_t>(indices[i])];
        if (clean != kUnknownLabel) labels[i] = clean;
      }
    }
    return labels;
  }

  const TrialSpec& spec_;
  const Dataset& dataset_;
  const NoiseInputs& inputs_;
};

}  // namespace

NoiseOfTrial draw_noise_of_trial(const TrialSpec& spec, const Dataset& dataset, const NoiseInputs& inputs,
                                 const Indices& population, const Indices& held_out, const Indices& training) {
  const Indices& clean = dataset.train.labels;
  NoiseOfTrial noise{.training = gather(clean, training), .held_out = gather(clean, held_out), .replaced = {}};
  if (!spec.noise) return noise;
  NLB_CHECK(spec.seeds.noise.has_value(), "noise has a seed");
  check_population(*spec.noise, population);
  check_changed_images(spec);
  check_author_parts(spec);
  check_labels_known(spec, dataset, population);
  const NoiseDrawer drawer(spec, dataset, inputs);
  const bool after_split = spec.data.held_out && spec.data.held_out->noise == NoiseDrawn::after_split;
  if (after_split || repeats_or_replaces(*spec.noise)) {
    NoisyLabels noisy = drawer.draw(training, *spec.seeds.noise);
    noise.summary = drawer.summary(training, noisy);
    noise.training = std::move(noisy.labels);
    noise.replaced = std::move(noisy.replaced);
    if (held_out.empty() || spec.data.held_out->labels == HeldOutLabels::clean) return noise;
    // A population of its own gets a seed of its own; 32 bits, so that authors' streams can take it.
    noise.held_out = drawer.draw(held_out, derive(*spec.seeds.noise, "noise:held_out").word[0]).labels;
    return noise;
  }
  const NoisyLabels noisy = drawer.draw(population, *spec.seeds.noise);
  noise.summary = drawer.summary(population, noisy);
  Indices by_image = clean;
  for (size_t i = 0; i < population.size(); ++i) by_image[static_cast<size_t>(population[i])] = noisy.labels[i];
  noise.training = gather(by_image, training);
  noise.held_out = gather(by_image, held_out);
  return noise;
}

std::vector<int64_t> with_copies(const NoiseSpec& noise, const std::vector<int64_t>& training) {
  Indices repeated = training;
  for (int64_t copy = 0; copy < image_copies(noise); ++copy)
    repeated.insert(repeated.end(), training.begin(), training.end());
  return repeated;
}

}  // namespace nlb

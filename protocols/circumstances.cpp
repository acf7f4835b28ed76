#include "protocols/circumstances.h"

#include <algorithm>
#include <utility>

namespace nlb {
namespace {

/// As datasets/trusted_draws.cpp counts them; of `size` samples.
int64_t trusted_count(const TrustedSpec& trusted, int64_t size) {
  if (trusted.count) return *trusted.count;
  const auto population = trusted.options.value("population", size);  // glc's own, which may be smaller
  return static_cast<int64_t>(trusted.fraction.value_or(0) * static_cast<double>(population));
}

}  // namespace

Circumstances circumstances_of(const TrialSpec& spec) {
  return {.epochs = spec.recipe.epochs,
          .batch_size = spec.recipe.batch_size,
          .last_batch = word_of(spec.recipe.last_batch),
          .optimiser = word_of(spec.recipe.optimiser.id),
          .held_out = spec.data.held_out ? word_of(spec.data.held_out->labels) : "none"};
}

Circumstances circumstances_of(const TrialSpec& spec, const DatasetFacts& dataset) {
  Circumstances found = circumstances_of(spec);
  found.classes = dataset.classes;
  found.channels = dataset.image.at(0);
  found.height = dataset.image.at(1);
  found.width = dataset.image.at(2);
  const auto& subset = spec.data.train_subset;
  found.samples = subset ? subset->count : dataset.train_images;
  if (spec.data.held_out) found.samples -= spec.data.held_out->count;
  if (spec.noise) found.samples *= 1 + image_copies(*spec.noise);
  if (spec.trusted) {
    found.trusted = trusted_count(*spec.trusted, found.samples);
    if (spec.trusted->dataset) found.samples += found.trusted;
  }
  found.rarest_class = found.samples / std::max<int64_t>(found.classes, 1);
  return found;
}

std::vector<BrokenRelation> broken_relations_of(const TrialSpec& spec, const Facts& facts) {
  const auto circumstances = circumstances_of(spec, facts.datasets.at(spec.data.dataset));
  auto broken = broken_relations(facts.methods.at(spec.method.id), spec.method.options, circumstances);
  for (auto& one : broken_relations(facts.nets.at(spec.net.id), spec.net.options, circumstances)) {
    broken.push_back(std::move(one));
  }
  return broken;
}

}  // namespace nlb

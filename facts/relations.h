// facts/relations.h -- what must hold between the options of a method or a net, the recipe and the data: declared
// beside the options, in "relations" of the facts file, and checked here alone. Whatever reads a protocol refuses a row
// that breaks one; the worker refuses a trial by the same sentence (methods/README.md, "Relations").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "facts/option_rules.h"

namespace nlb {

/// What relations may name beside options.
struct Circumstances {
  int64_t epochs = 0, batch_size = 0;  ///< recipe.epochs, recipe.batch_size
  std::string last_batch;              ///< recipe.last_batch: keep, drop
  std::string optimiser;               ///< recipe.optimiser: sgd, adam
  std::string held_out = "none";       ///< data.held_out: none, noisy, clean (labels)
  int64_t classes = 0;                 ///< data.classes
  int64_t samples = 0;                 ///< data.samples: that are trained on, trusted ones among them
  int64_t trusted = 0;                 ///< data.trusted: how many of them
  int64_t rarest_class = 0;            ///< data.rarest_class: samples of the rarest given label, or at most so many
  int64_t channels = 0, height = 0, width = 0;  ///< data.channels, data.height, data.width of an image
  /// recipe.least_batch: samples without which an epoch has no batch.
  int64_t least_batch() const { return last_batch == "drop" ? batch_size : 1; }
};

/// Reads [{"rule": condition, "where": [conditions], "cure": words}, ...]: names of `options` and those above. Problems
/// at their place.
std::vector<Relation> read_relations(const JsonNode& node, const std::vector<OptionFacts>& options);

/// A relation that does not hold.
struct BrokenRelation {
  std::vector<std::string> names;  ///< of the rule: options, and those of Circumstances with their dot
  std::string text;                ///< what is found; what is allowed; the cure
  bool of_data = false;            ///< its rule counts samples, which only the data's labels say exactly
};

/// Of the method's own relations and those that follow from its other facts: whole batches for every method, trusted
/// samples where it needs them. `options` as read_options returns them.
std::vector<BrokenRelation> broken_relations(const MethodFacts& method, const Json& options,
                                             const Circumstances& circumstances);
/// Of a net's relations. Only classes and image matter.
std::vector<BrokenRelation> broken_relations(const NetFacts& net, const Json& options,
                                             const Circumstances& circumstances);

/// One sentence per relation, as `describe` prints them.
std::string in_words(const Relation& relation);

}  // namespace nlb

#include "protocols/spec_parts.h"

#include <algorithm>

#include "protocols/trusted_draws.h"

namespace nlb {
namespace {

SubsetSpec read_subset(const JsonNode& node) {
  ObjectReader reader(node);
  SubsetSpec subset{.count = reader.integer("count", 1), .how = read_word<SubsetDraw>(reader, "how")};
  reader.close();
  return subset;
}

HeldOutSpec read_held_out(const JsonNode& node) {
  ObjectReader reader(node);
  HeldOutSpec held_out{.count = reader.integer("count", 1),
                       .labels = read_word<HeldOutLabels>(reader, "labels"),
                       .stratified = reader.boolean("stratified"),
                       .noise = read_word<NoiseDrawn>(reader, "noise")};
  if (reader.has("draw")) {
    held_out.draw = reader.one_of("draw", {"numpy_choice"});
    if (held_out.stratified)
      node.problem("\"numpy_choice\" draws from all classes together; \"stratified\" must be false");
  }
  reader.close();
  return held_out;
}

OptimiserSpec read_optimiser(const JsonNode& node) {
  ObjectReader reader(node);
  OptimiserSpec optimiser;
  optimiser.id = read_word<OptimiserId>(reader, "id");
  optimiser.learning_rate = reader.number("learning_rate", Range::above(0));
  optimiser.weight_decay = reader.number("weight_decay", Range::at_least(0));
  if (optimiser.id == OptimiserId::adam) {
    optimiser.beta1 = reader.number("beta1", Range::half_open(0, 1));
    optimiser.beta2 = reader.number("beta2", Range::half_open(0, 1));
    optimiser.epsilon = reader.number("epsilon", Range::above(0));
  } else if (optimiser.id == OptimiserId::adagrad) {
    optimiser.epsilon = reader.number("epsilon", Range::above(0));
  } else {
    optimiser.momentum = reader.number("momentum", Range::half_open(0, 1));
    if (optimiser.momentum > 0) optimiser.nesterov = reader.boolean("nesterov");
  }
  reader.close();
  return optimiser;
}

std::vector<double> read_milestones(const JsonNode& node) {
  std::vector<double> milestones;
  for (const auto& item : node.items()) {
    milestones.push_back(item.number(Range::at_least(0)));
    const auto count = milestones.size();
    if (count > 1 && milestones[count - 2] >= milestones[count - 1]) item.problem("milestones must increase");
  }
  if (node.is_array() && milestones.empty()) node.problem("names no milestone; \"constant\" has none");
  return milestones;
}

/// Of a schedule or a policy: what its "id" names, and how the rest is read.
template <typename Spec>
using Kinds = std::vector<std::pair<std::string, Spec (*)(ObjectReader&)>>;

template <typename Spec>
Spec read_kind(ObjectReader& reader, const Kinds<Spec>& kinds) {
  std::vector<std::string> ids;
  for (const auto& [id, read] : kinds) ids.push_back(id);
  const auto found = reader.one_of("id", ids);
  for (const auto& [id, read] : kinds) {
    if (id == found) return read(reader);
  }
  return {};
}

using Rate = decltype(ScheduleSpec::rate);

Rate read_multi_step(ObjectReader& reader) {
  return MultiStepRate{.milestones = read_milestones(reader.at("milestones")),
                       .factor = reader.number("factor", Range::above(0))};
}

Rate read_cosine(ObjectReader& reader) {
  CosineRate rate{.minimum = reader.number("minimum", Range::at_least(0)),
                  .unit = read_word<CosineUnit>(reader, "unit")};
  if (reader.has("period")) rate.period = reader.number("period", Range::above(0));
  return rate;
}

Rate read_cosine_restarts(ObjectReader& reader) {
  return CosineRestartsRate{.minimum = reader.number("minimum", Range::at_least(0)),
                            .period = reader.number("period", Range::above(0))};
}

Rate read_exponential(ObjectReader& reader) {
  return ExponentialRate{.factor = reader.number("factor", Range::above(0)),
                         .period = reader.number("period", Range::above(0))};
}

Rate read_linear(ObjectReader& reader) {
  return LinearRate{.minimum = reader.number("minimum", Range::at_least(0)),
                    .start = reader.number("start", Range::at_least(0))};
}

ScheduleSpec read_schedule(const JsonNode& node) {
  ObjectReader reader(node);
  ScheduleSpec schedule;
  schedule.rate = read_kind<Rate>(reader, {{"constant", [](ObjectReader&) { return Rate(ConstantRate{}); }},
                                           {"multi_step", read_multi_step},
                                           {"cosine", read_cosine},
                                           {"cosine_restarts", read_cosine_restarts},
                                           {"exponential", read_exponential},
                                           {"linear", read_linear}});
  if (reader.has("warmup_epochs")) {
    schedule.warm_up = {.epochs = reader.number("warmup_epochs", Range::above(0)),
                        .start = reader.number("warmup_start", Range::at_least(0))};
  }
  reader.close();
  return schedule;
}

PolicySpec read_randaugment(ObjectReader& reader) {
  RandAugmentSpec policy;
  policy.operations = reader.integer("operations", 1, 14);
  policy.probability = reader.number("probability", {.low = 0, .high = 1, .low_open = true});
  policy.lowest_level = reader.integer("lowest_level", 0, 9);
  policy.highest_level = reader.integer("highest_level", 0, 9);
  policy.drawn_for = read_word<PolicyShare>(reader, "drawn_for");
  if (policy.lowest_level > policy.highest_level) {
    reader.node().problem("\"lowest_level\" " + std::to_string(policy.lowest_level) + " is above \"highest_level\" " +
                          std::to_string(policy.highest_level));
  }
  return policy;
}

PolicySpec read_policy(const JsonNode& node) {
  ObjectReader reader(node);
  const auto policy = read_kind<PolicySpec>(
      reader, {{"autoaugment_cifar10", [](ObjectReader&) { return PolicySpec(AutoAugmentSpec{}); }},
               {"randaugment", read_randaugment}});
  reader.close();
  return policy;
}

int64_t read_cutout(const JsonNode& node) {
  const auto side = node.integer(2, 1000);
  if (side % 2 != 0)
    node.problem("is odd; the square reaches half its side to each side of a pixel: write an even side");
  return side;
}

AugmentationSpec read_augmentation(const JsonNode& node) {
  ObjectReader reader(node);
  AugmentationSpec augmentation;
  if (const auto policy = reader.find("policy")) augmentation.policy = read_policy(*policy);
  if (reader.has("pad_crop")) augmentation.pad_crop = reader.integer("pad_crop", 1, 1000);
  if (reader.has("padding")) {
    augmentation.pad_normalised =
        reader.one_of("padding", {"before_normalisation", "after_normalisation"}) == "after_normalisation";
    if (augmentation.pad_crop == 0)
      node.problem("\"padding\" says what \"pad_crop\" pads with; there is no \"pad_crop\"");
  }
  if (reader.has("flip")) augmentation.flip = reader.boolean("flip");
  if (const auto cutout = reader.find("cutout")) augmentation.cutout = read_cutout(*cutout);
  reader.close();
  return augmentation;
}

std::vector<double> read_numbers(const JsonNode& node, const Range& range) {
  std::vector<double> numbers;
  for (const auto& item : node.items()) numbers.push_back(item.number(range));
  return numbers;
}

NormalisationSpec read_normalisation(const JsonNode& node) {
  ObjectReader reader(node);
  NormalisationSpec normalisation{.mean = read_numbers(reader.at("mean"), {}),
                                  .std = read_numbers(reader.at("std"), Range::above(0))};
  if (normalisation.mean.size() != normalisation.std.size()) node.problem("\"mean\" and \"std\" differ in length");
  reader.close();
  return normalisation;
}

}  // namespace

DataSpec read_data(ObjectReader& reader) {
  DataSpec data;
  data.dataset = reader.text("dataset");
  if (const auto node = reader.find("train_subset")) data.train_subset = read_subset(*node);
  if (const auto node = reader.find("held_out")) data.held_out = read_held_out(*node);
  if (const auto node = reader.find("test_subset")) data.test_subset = read_subset(*node);
  data.evaluate_every = reader.integer("evaluate_every", 1);
  return data;
}

TrustedSpec read_trusted(ObjectReader& reader) {
  TrustedSpec trusted;
  if (reader.has("count")) trusted.count = reader.integer("count", 1);
  if (reader.has("fraction")) trusted.fraction = reader.number("fraction", {.low = 0, .high = 1, .low_open = true});
  if (trusted.count.has_value() == trusted.fraction.has_value()) {
    reader.node().problem("needs either \"count\" or \"fraction\"");
  }
  std::vector<std::string> words;
  for (const TrustedDraw& draw : trusted_draws()) words.push_back(draw.word);
  trusted.draw = reader.one_of("draw", words);
  if (const auto dataset = reader.find("dataset")) trusted.dataset = dataset->text();
  if (const auto read = trusted_draw(trusted.draw).read_options) trusted.options = read(reader.at("options"));
  return trusted;
}

RecipeSpec read_recipe(ObjectReader& reader) {
  RecipeSpec recipe;
  recipe.epochs = reader.integer("epochs", 1);
  recipe.batch_size = reader.integer("batch_size", 1);
  recipe.last_batch = read_word<LastBatch>(reader, "last_batch");
  recipe.optimiser = read_optimiser(reader.at("optimiser"));
  recipe.schedule = read_schedule(reader.at("schedule"));
  if (const auto node = reader.find("augmentation")) recipe.augmentation = read_augmentation(*node);
  if (const auto node = reader.find("normalisation")) recipe.normalisation = read_normalisation(*node);
  if (reader.has("arithmetic")) recipe.arithmetic = read_word<Arithmetic>(reader, "arithmetic");
  return recipe;
}

Json patched(Json base, const Json& patch) {
  // An object with an id is another thing (another schedule): members of the old one must not leak into it.
  if (!patch.is_object() || !base.is_object() || patch.contains("id")) return patch;
  for (const auto& [key, value] : patch.items()) {
    if (value.is_null()) {
      base.erase(key);
    } else {
      base[key] = base.contains(key) ? patched(base[key], value) : value;
    }
  }
  return base;
}

}  // namespace nlb

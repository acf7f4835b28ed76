#include "protocols/trial.h"

#include "core/sha256.h"
#include "facts/generator_traits.h"

namespace nlb {
namespace {

/// Empty ones are left out: a method that gets its first option keeps its old ids.
void put_options(Json& object, const Json& options) {
  if (!options.empty()) object["options"] = options;
}

Json to_json(const SubsetSpec& subset) { return {{"count", subset.count}, {"how", subset.how}}; }

Json to_json(const DataSpec& data) {
  Json json = {{"dataset", data.dataset}, {"digest", data.digest}, {"evaluate_every", data.evaluate_every}};
  if (data.train_subset) json["train_subset"] = to_json(*data.train_subset);
  if (data.test_subset) json["test_subset"] = to_json(*data.test_subset);
  if (data.held_out) {
    json["held_out"] = {{"count", data.held_out->count},
                        {"labels", data.held_out->labels},
                        {"stratified", data.held_out->stratified},
                        {"noise", data.held_out->noise}};
    if (!data.held_out->draw.empty()) json["held_out"]["draw"] = data.held_out->draw;
  }
  return json;
}

Json to_json(const NoiseSpec& noise) {
  Json json = {{"generator", noise.generator}, {"rate", noise.rate}};
  put_options(json, noise.options);
  return json;
}

Json to_json(const TrustedSpec& trusted) {
  Json json = {{"draw", trusted.draw}};
  if (trusted.count) json["count"] = *trusted.count;
  if (trusted.fraction) json["fraction"] = *trusted.fraction;
  if (trusted.dataset) json["dataset"] = *trusted.dataset;
  if (trusted.digest) json["digest"] = *trusted.digest;
  put_options(json, trusted.options);
  return json;
}

Json to_json(const NetSpec& net) {
  Json json = {{"id", net.id}, {"initialisation", net.initialisation}};
  put_options(json, net.options);
  return json;
}

Json to_json(const OptimiserSpec& optimiser) {
  Json json = {
      {"id", optimiser.id}, {"learning_rate", optimiser.learning_rate}, {"weight_decay", optimiser.weight_decay}};
  if (optimiser.id == "adam") {
    json["beta1"] = optimiser.beta1;
    json["beta2"] = optimiser.beta2;
    json["epsilon"] = optimiser.epsilon;
  } else if (optimiser.id == "adagrad") {
    json["epsilon"] = optimiser.epsilon;
  } else {
    json["momentum"] = optimiser.momentum;
    // Without momentum Nesterov means nothing: left out, so that the two spellings are one trial.
    if (optimiser.momentum > 0) json["nesterov"] = optimiser.nesterov;
  }
  return json;
}

Json to_json(const ScheduleSpec& schedule) {
  Json json = {{"id", schedule.id}};
  const auto is = [&](std::string_view id) { return schedule.id == id; };
  if (is("multi_step")) json["milestones"] = schedule.milestones;
  if (is("multi_step") || is("exponential")) json["factor"] = schedule.factor;
  if (is("cosine") || is("cosine_restarts") || is("linear")) json["minimum"] = schedule.minimum;
  if (is("cosine_restarts") || is("exponential") || (is("cosine") && schedule.period > 0)) {
    json["period"] = schedule.period;
  }
  if (is("cosine")) json["unit"] = schedule.unit;
  if (is("linear")) json["start"] = schedule.start;
  // As everywhere here: what the context makes meaningless is left out, or one training would have several ids.
  if (schedule.warmup_epochs > 0) {
    json["warmup_epochs"] = schedule.warmup_epochs;
    json["warmup_start"] = schedule.warmup_start;
  }
  return json;
}

Json to_json(const PolicySpec& policy) {
  Json json = {{"id", policy.id}};
  if (policy.id == "randaugment") {
    json["operations"] = policy.operations;
    json["probability"] = policy.probability;
    json["lowest_level"] = policy.lowest_level;
    json["highest_level"] = policy.highest_level;
    json["drawn_for"] = policy.drawn_for;
  }
  return json;
}

Json to_json(const AugmentationSpec& augmentation) {
  Json json = Json::object();
  if (augmentation.policy) json["policy"] = to_json(*augmentation.policy);
  if (augmentation.pad_crop > 0) json["pad_crop"] = augmentation.pad_crop;
  if (augmentation.pad_crop > 0 && augmentation.pad_normalised) json["padding"] = "after_normalisation";
  if (augmentation.flip) json["flip"] = true;
  if (augmentation.cutout > 0) json["cutout"] = augmentation.cutout;
  return json;
}

Json to_json(const MethodSpec& method) {
  Json json = {{"id", method.id}};
  put_options(json, method.options);
  return json;
}

Json to_json(const SeedSpec& seeds) {
  Json json = {{"split", seeds.split}, {"init", seeds.init}, {"train", seeds.train}};
  if (seeds.noise) json["noise"] = *seeds.noise;
  return json;
}

Json to_json(const RevisionSpec& revisions) {
  Json json = {{"method", revisions.method},       {"net", revisions.net},       {"dataset", revisions.dataset},
               {"optimiser", revisions.optimiser}, {"random", revisions.random}, {"data_path", revisions.data_path}};
  if (revisions.generator) json["generator"] = *revisions.generator;
  return json;
}

}  // namespace

Json to_json(const RecipeSpec& recipe) {
  Json json = {{"epochs", recipe.epochs},
               {"batch_size", recipe.batch_size},
               {"last_batch", recipe.last_batch},
               {"optimiser", to_json(recipe.optimiser)},
               {"schedule", to_json(recipe.schedule)}};
  if (recipe.augmentation) {
    if (auto augmentation = to_json(*recipe.augmentation); !augmentation.empty()) json["augmentation"] = augmentation;
  }
  if (!recipe.normalisation.mean.empty()) {
    json["normalisation"] = {{"mean", recipe.normalisation.mean}, {"std", recipe.normalisation.std}};
  }
  // Fields that came later are written only where they are not the old behaviour: no id of a stored record moves.
  if (recipe.arithmetic == Arithmetic::fused) json["arithmetic"] = "fused";
  return json;
}

Json to_json(const TrialSpec& spec) {
  Json json = {{"data", to_json(spec.data)},          {"net", to_json(spec.net)},    {"recipe", to_json(spec.recipe)},
               {"method", to_json(spec.method)},      {"precision", spec.precision}, {"seeds", to_json(spec.seeds)},
               {"revisions", to_json(spec.revisions)}};
  if (spec.noise) json["noise"] = to_json(*spec.noise);
  if (spec.trusted) json["trusted"] = to_json(*spec.trusted);
  return json;
}

int64_t image_copies(const NoiseSpec& noise) {
  const std::string& option = generator_traits(noise.generator).copies_by;
  return option.empty() ? 0 : noise.options.value(option, int64_t{0});
}

std::string trial_id(const TrialSpec& spec) { return hex(sha256(canonical_text(to_json(spec)))); }

}  // namespace nlb

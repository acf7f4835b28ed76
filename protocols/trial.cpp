#include "protocols/trial.h"

#include "core/sha256.h"
#include "facts/generator_traits.h"

namespace nlb {

// A new word goes into its enum and one of these lists.

WordsOf<SubsetDraw> words_of(SubsetDraw /*of*/) {
  static constexpr Word<SubsetDraw> kWords[] = {{SubsetDraw::first, "first"}, {SubsetDraw::stratified, "stratified"}};
  return kWords;
}

WordsOf<HeldOutLabels> words_of(HeldOutLabels /*of*/) {
  static constexpr Word<HeldOutLabels> kWords[] = {{HeldOutLabels::noisy, "noisy"}, {HeldOutLabels::clean, "clean"}};
  return kWords;
}

WordsOf<NoiseDrawn> words_of(NoiseDrawn /*of*/) {
  static constexpr Word<NoiseDrawn> kWords[] = {{NoiseDrawn::before_split, "before_split"},
                                                {NoiseDrawn::after_split, "after_split"}};
  return kWords;
}

WordsOf<OptimiserId> words_of(OptimiserId /*of*/) {
  static constexpr Word<OptimiserId> kWords[] = {
      {OptimiserId::sgd, "sgd"}, {OptimiserId::adam, "adam"}, {OptimiserId::adagrad, "adagrad"}};
  return kWords;
}

WordsOf<CosineUnit> words_of(CosineUnit /*of*/) {
  static constexpr Word<CosineUnit> kWords[] = {{CosineUnit::epoch, "epoch"}, {CosineUnit::step, "step"}};
  return kWords;
}

WordsOf<PolicyShare> words_of(PolicyShare /*of*/) {
  static constexpr Word<PolicyShare> kWords[] = {{PolicyShare::image, "image"}, {PolicyShare::batch, "batch"}};
  return kWords;
}

WordsOf<Arithmetic> words_of(Arithmetic /*of*/) {
  static constexpr Word<Arithmetic> kWords[] = {{Arithmetic::library, "library"}, {Arithmetic::fused, "fused"}};
  return kWords;
}

WordsOf<LastBatch> words_of(LastBatch /*of*/) {
  static constexpr Word<LastBatch> kWords[] = {{LastBatch::keep, "keep"}, {LastBatch::drop, "drop"}};
  return kWords;
}

namespace {

/// Empty ones are left out: a method that gets its first option keeps its old ids.
void put_options(Json& object, const Json& options) {
  if (!options.empty()) object["options"] = options;
}

Json to_json(const SubsetSpec& subset) { return {{"count", subset.count}, {"how", word_of(subset.how)}}; }

Json to_json(const DataSpec& data) {
  Json json = {{"dataset", data.dataset}, {"digest", data.digest}, {"evaluate_every", data.evaluate_every}};
  if (data.train_subset) json["train_subset"] = to_json(*data.train_subset);
  if (data.test_subset) json["test_subset"] = to_json(*data.test_subset);
  if (data.held_out) {
    json["held_out"] = {{"count", data.held_out->count},
                        {"labels", word_of(data.held_out->labels)},
                        {"stratified", data.held_out->stratified},
                        {"noise", word_of(data.held_out->noise)}};
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
  Json json = {{"id", word_of(optimiser.id)},
               {"learning_rate", optimiser.learning_rate},
               {"weight_decay", optimiser.weight_decay}};
  if (optimiser.id == OptimiserId::adam) {
    json["beta1"] = optimiser.beta1;
    json["beta2"] = optimiser.beta2;
    json["epsilon"] = optimiser.epsilon;
  } else if (optimiser.id == OptimiserId::adagrad) {
    json["epsilon"] = optimiser.epsilon;
  } else {
    json["momentum"] = optimiser.momentum;
    // Without momentum Nesterov means nothing: left out, so that the two spellings are one trial.
    if (optimiser.momentum > 0) json["nesterov"] = optimiser.nesterov;
  }
  return json;
}

Json to_json(const ConstantRate& /*rate*/) { return {{"id", "constant"}}; }

Json to_json(const MultiStepRate& rate) {
  return {{"id", "multi_step"}, {"milestones", rate.milestones}, {"factor", rate.factor}};
}

Json to_json(const CosineRate& rate) {
  Json json = {{"id", "cosine"}, {"minimum", rate.minimum}, {"unit", word_of(rate.unit)}};
  if (rate.period) json["period"] = *rate.period;
  return json;
}

Json to_json(const CosineRestartsRate& rate) {
  return {{"id", "cosine_restarts"}, {"minimum", rate.minimum}, {"period", rate.period}};
}

Json to_json(const ExponentialRate& rate) {
  return {{"id", "exponential"}, {"factor", rate.factor}, {"period", rate.period}};
}

Json to_json(const LinearRate& rate) { return {{"id", "linear"}, {"minimum", rate.minimum}, {"start", rate.start}}; }

Json to_json(const ScheduleSpec& schedule) {
  Json json = std::visit([](const auto& rate) { return to_json(rate); }, schedule.rate);
  if (const auto& warm_up = schedule.warm_up) {
    json["warmup_epochs"] = warm_up->epochs;
    json["warmup_start"] = warm_up->start;
  }
  return json;
}

Json to_json(const AutoAugmentSpec& /*policy*/) { return {{"id", "autoaugment_cifar10"}}; }

Json to_json(const RandAugmentSpec& policy) {
  return {{"id", "randaugment"},
          {"operations", policy.operations},
          {"probability", policy.probability},
          {"lowest_level", policy.lowest_level},
          {"highest_level", policy.highest_level},
          {"drawn_for", word_of(policy.drawn_for)}};
}

Json to_json(const AugmentationSpec& augmentation) {
  Json json = Json::object();
  if (augmentation.policy) {
    json["policy"] = std::visit([](const auto& policy) { return to_json(policy); }, *augmentation.policy);
  }
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
               {"last_batch", word_of(recipe.last_batch)},
               {"optimiser", to_json(recipe.optimiser)},
               {"schedule", to_json(recipe.schedule)}};
  if (recipe.augmentation) {
    if (auto augmentation = to_json(*recipe.augmentation); !augmentation.empty()) json["augmentation"] = augmentation;
  }
  if (!recipe.normalisation.mean.empty()) {
    json["normalisation"] = {{"mean", recipe.normalisation.mean}, {"std", recipe.normalisation.std}};
  }
  // Fields that came later are written only where they are not the old behaviour: no id of a stored record moves.
  if (recipe.arithmetic == Arithmetic::fused) json["arithmetic"] = word_of(recipe.arithmetic);
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

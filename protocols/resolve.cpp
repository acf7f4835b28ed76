// protocols/resolve.cpp -- one place of a protocol as a trial: every value resolved, each with its source, and the id.
#include "core/draws.h"
#include "core/sha256.h"
#include "facts/own_dataset.h"
#include "protocols/circumstances.h"
#include "protocols/plan.h"
#include "protocols/revisions.h"
#include "protocols/sources.h"
#include "protocols/spec_parts.h"

namespace nlb {
namespace {

RecipeSpec recipe_at(const Row& row, const std::string& setting) {
  const auto changes = row.recipe_per_level.find(setting);
  if (changes == row.recipe_per_level.end()) return row.recipe;
  Problems problems;
  const auto node = JsonNode::parse("{}", "recipe of " + row.id + " at " + setting, problems)
                        .holding(patched(to_json(row.recipe), changes->second));
  ObjectReader reader(node);
  auto recipe = read_recipe(reader);
  reader.close();
  NLB_CHECK(problems.empty(), problems.lines().front());  // validated when the protocol was read
  return recipe;
}

SeedSpec seeds_at(const SeedEntry& entry, const Setting& setting, const Row& row, bool with_noise) {
  const auto value = [&](const char* draw, uint64_t fallback) {
    // The row comes last in the file and wins.
    for (const auto* frozen : {&row.frozen, &setting.frozen}) {
      if (const auto found = frozen->find(draw); found != frozen->end()) return found->second;
    }
    return fallback;
  };
  SeedSpec seeds{.noise = std::nullopt,
                 .split = value("split", entry.split),
                 .init = value("init", entry.init),
                 .train = value("train", entry.train)};
  if (with_noise) seeds.noise = value("noise", entry.noise);
  return seeds;
}

RevisionSpec revisions_at(const TrialSpec& spec, const Facts& facts) {
  RevisionSpec revisions{.method = facts.methods.at(spec.method.id).revision,
                         .net = facts.nets.at(spec.net.id).revision,
                         .dataset = facts.datasets.at(spec.data.dataset).revision,
                         .optimiser = kOptimiserRevision,
                         .random = kDrawsRevision,
                         .data_path = kDataPathRevision,
                         .generator = std::nullopt};
  if (spec.noise) revisions.generator = facts.generators.at(spec.noise->generator).revision;
  return revisions;
}

/// Pointers of all leaves below `value`; arrays are leaves.
void add_leaves(const Json& value, const std::string& pointer, std::vector<std::string>& leaves) {
  if (!value.is_object()) return leaves.push_back(pointer);
  const auto below = pointer + "/";
  for (const auto& [key, member] : value.items()) add_leaves(member, std::string(below).append(key), leaves);
}

std::string source_of(const std::string& pointer, const std::vector<const SourceMap*>& layers, const Protocol& protocol,
                      const TrialSpec& spec) {
  for (const auto* layer : layers) {
    if (const auto found = layer->find(pointer); found != layer->end()) return found->second;
  }
  if (pointer == "/data/digest") return "digest of the official files, facts of " + spec.data.dataset;
  if (pointer == "/trusted/digest") return "digest of the official files, facts of " + *spec.trusted->dataset;
  if (pointer == "/precision") return protocol.precision_source;
  if (pointer.starts_with("/seeds/")) return protocol.seeds_source;
  NLB_CHECK(pointer.starts_with("/revisions/"), protocol.id + ": " + pointer + " has no source");
  return "nlbench";
}

SourceMap sources_at(const Json& spec_json, const TrialSpec& spec, const Protocol& protocol, const Group& group,
                     const Row& row, const Setting& setting) {
  std::vector<const SourceMap*> layers;
  if (const auto level = row.sources_per_level.find(setting.name); level != row.sources_per_level.end()) {
    layers.push_back(&level->second);
  }
  // Innermost first: the block nearest to a value says where it comes from.
  for (const auto* layer : {&row.sources, &setting.sources, &group.data_sources}) layers.push_back(layer);
  std::vector<std::string> leaves;
  add_leaves(spec_json, "", leaves);
  SourceMap sources;
  for (const auto& pointer : leaves) sources[pointer] = source_of(pointer, layers, protocol, spec);
  return sources;
}

/// All but precision, seeds and revisions.
TrialSpec spec_of_place(const Group& group, const Row& row, const Setting& setting, const Facts& facts) {
  TrialSpec spec;
  spec.data = group.data;
  // A trial that sees no noisy label has the same id at every level, so that one training serves all columns.
  if (reads_noise(group, row, facts)) spec.noise = setting.noise;
  spec.trusted = setting.trusted;
  spec.net = row.net_at(setting.name);
  spec.recipe = recipe_at(row, setting.name);
  const auto options = row.options_per_level.find(setting.name);
  spec.method = {.id = row.method, .options = options == row.options_per_level.end() ? row.options : options->second};
  return spec;
}

}  // namespace

bool reads_noise(const Group& group, const Row& row, const Facts& facts) {
  const auto& held_out = group.data.held_out;
  return facts.methods.at(row.method).reads_noisy_labels || (held_out && held_out->labels == HeldOutLabels::noisy);
}

TrialSpec resolve_spec(const Protocol& protocol, const Group& group, const Row& row, const Setting& setting,
                       const SeedEntry& seed, const Facts& facts) {
  auto spec = spec_of_place(group, row, setting, facts);
  spec.precision = protocol.precision;
  spec.seeds = seeds_at(seed, setting, row, spec.noise.has_value());
  spec.revisions = revisions_at(spec, facts);
  return spec;
}

std::vector<BrokenRelation> broken_relations_at(const Group& group, const Row& row, const Setting& setting,
                                                const Facts& facts) {
  const auto spec = spec_of_place(group, row, setting, facts);
  return broken_relations_of(spec, facts);
}

Trial resolve_trial(const Protocol& protocol, const Group& group, const Row& row, const Setting& setting,
                    const SeedEntry& seed, const Facts& facts) {
  Trial trial;
  trial.spec = resolve_spec(protocol, group, row, setting, seed, facts);
  const auto json = to_json(trial.spec);
  trial.id = hex(sha256(canonical_text(json)));
  trial.sources = sources_at(json, trial.spec, protocol, group, row, setting);
  if (const auto& set = facts.datasets.at(trial.spec.data.dataset); set.own) trial.own_dataset = own_dataset_json(set);
  trial.uses = {{protocol.id, group.id, row.id, setting.name, seed.name}};
  return trial;
}

}  // namespace nlb

// protocols/trial_read.cpp -- the specification of a trial read back from JSON, as workers get it and records hold it.
#include "protocols/spec_parts.h"

namespace nlb {
namespace {

Json any_options(ObjectReader& reader) {
  const auto node = reader.find("options");
  if (!node) return Json::object();
  if (!node->is_object()) node->problem("is not an object; a {...} is required here");
  return node->raw();
}

NoiseSpec read_noise(const JsonNode& node) {
  ObjectReader reader(node);
  NoiseSpec noise{.generator = reader.text("generator"),
                  .rate = reader.number("rate", Range::between(0, 1)),
                  .options = any_options(reader)};
  reader.close();
  return noise;
}

NetSpec read_net(const JsonNode& node) {
  ObjectReader reader(node);
  NetSpec net{.id = reader.text("id"), .options = any_options(reader), .initialisation = reader.text("initialisation")};
  reader.close();
  return net;
}

MethodSpec read_method(const JsonNode& node) {
  ObjectReader reader(node);
  MethodSpec method{.id = reader.text("id"), .options = any_options(reader)};
  reader.close();
  return method;
}

uint64_t read_seed(ObjectReader& reader, const std::string& key) {
  return static_cast<uint64_t>(reader.integer(key, 0));
}

SeedSpec read_seeds(const JsonNode& node) {
  ObjectReader reader(node);
  SeedSpec seeds;
  if (reader.has("noise")) seeds.noise = read_seed(reader, "noise");
  seeds.split = read_seed(reader, "split");
  seeds.init = read_seed(reader, "init");
  seeds.train = read_seed(reader, "train");
  reader.close();
  return seeds;
}

RevisionSpec read_revisions(const JsonNode& node) {
  ObjectReader reader(node);
  const auto revision = [&](const std::string& key) { return static_cast<int>(reader.integer(key, 1, 1'000'000)); };
  RevisionSpec revisions{.method = revision("method"),
                         .net = revision("net"),
                         .dataset = revision("dataset"),
                         .optimiser = revision("optimiser"),
                         .random = revision("random"),
                         .data_path = revision("data_path"),
                         .generator = std::nullopt};
  if (reader.has("generator")) revisions.generator = revision("generator");
  reader.close();
  return revisions;
}

template <typename Spec>
Spec closed(const JsonNode& node, Spec (*read)(ObjectReader&)) {
  ObjectReader reader(node);
  Spec spec = read(reader);
  reader.close();
  return spec;
}

DataSpec read_data_and_digest(ObjectReader& reader) {
  auto data = read_data(reader);
  data.digest = reader.text("digest");
  return data;
}

TrustedSpec read_trusted_and_digest(ObjectReader& reader) {
  auto trusted = read_trusted(reader);
  if (trusted.dataset) trusted.digest = reader.text("digest");
  return trusted;
}

}  // namespace

TrialSpec trial_spec_from_json(const JsonNode& node) {
  ObjectReader reader(node);
  TrialSpec spec;
  spec.data = closed(reader.at("data"), read_data_and_digest);
  if (const auto noise = reader.find("noise")) spec.noise = read_noise(*noise);
  if (const auto trusted = reader.find("trusted")) spec.trusted = closed(*trusted, read_trusted_and_digest);
  spec.net = read_net(reader.at("net"));
  spec.recipe = closed(reader.at("recipe"), read_recipe);
  spec.method = read_method(reader.at("method"));
  spec.precision = reader.one_of("precision", {"fp32", "tf32", "bf16"});
  spec.seeds = read_seeds(reader.at("seeds"));
  spec.revisions = read_revisions(reader.at("revisions"));
  reader.close();
  node.problems().throw_if_any();
  return spec;
}

}  // namespace nlb

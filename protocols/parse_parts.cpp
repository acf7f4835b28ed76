// protocols/parse_parts.cpp -- parts that groups and rows share: frozen draws, nets and recipes with their sources.
#include <algorithm>

#include "protocols/library.h"

namespace nlb {

FrozenDraws read_frozen(const std::optional<JsonNode>& node) {
  FrozenDraws frozen;
  if (!node) return frozen;
  ObjectReader reader(*node);
  BlockSource source(reader);
  for (const auto* draw : {"noise", "split", "init", "train"}) {
    if (!reader.has(draw)) continue;
    frozen.values[draw] = static_cast<uint64_t>(reader.integer(draw, 0));
    source.cover_leaf(draw, std::string("/seeds/") + draw, frozen.sources);
  }
  source.close();
  reader.close();
  return frozen;
}

NamedNet read_net(const JsonNode& node, const Facts& facts) {
  ObjectReader reader(node);
  NamedNet net;
  BlockSource source(reader);
  const auto id = reader.at("id");
  const auto* known = named_by(id, facts.nets, "net", "nlbench list nets");
  net.spec.id = id.text();
  source.cover(id, "id", "/net/id", net.sources);
  if (const auto options = reader.find("options")) {
    if (known != nullptr) net.spec.options = read_options(*options, known->options);
    source.cover(*options, "options", "/net/options", net.sources);
  } else if (known != nullptr) {
    read_options(node.holding(Json::object()), known->options);  // names what is missing
  }
  const auto initialisation = reader.at("initialisation");
  net.spec.initialisation = known == nullptr ? initialisation.text() : initialisation.one_of(known->initialisations);
  source.cover(initialisation, "initialisation", "/net/initialisation", net.sources);
  source.close();
  reader.close();
  return net;
}

std::optional<NamedNet> read_net_or_name(const JsonNode& node, const ParseContext& file) {
  if (node.is_object()) return read_net(node, file.facts);
  const auto* named =
      is_place(node) ? file.library.net(node) : named_by(node, file.nets, "net", "\"nets\" of this file");
  return named == nullptr ? std::nullopt : std::optional(*named);
}

std::optional<NamedRecipe> recipe_named(const JsonNode& node, const ParseContext& file) {
  const auto* named =
      is_place(node) ? file.library.recipe(node) : named_by(node, file.recipes, "recipe", "\"recipes\" of this file");
  return named == nullptr ? std::nullopt : std::optional(*named);
}

NamedRecipe read_named_recipe(const JsonNode& node) {
  ObjectReader reader(node);
  NamedRecipe recipe;
  BlockSource source(reader);
  recipe.spec = read_recipe(reader);
  reader.close();
  if (!node.is_object()) return recipe;
  for (const auto& [key, member] : node.members()) {
    if (key != "source") source.cover(member, key, "/recipe/" + key, recipe.sources);
  }
  source.close();
  recipe.json = node.raw();
  recipe.json.erase("source");
  return recipe;
}

}  // namespace nlb

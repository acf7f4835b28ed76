#include "facts/generator_variants.h"

#include <string_view>

#include "facts/embedded.h"

namespace nlb {
namespace {

/// Facts that have been read without a problem before: facts().
std::map<std::string, GeneratorVariants> read_all() {
  std::map<std::string, GeneratorVariants> all;
  for (const EmbeddedFacts& file : embedded_facts()) {
    if (std::string_view(file.kind) != "generator") continue;
    Problems problems;
    ObjectReader reader(JsonNode::parse(file.text, file.file, problems));
    const std::string id = reader.text("id");
    all[id] = read_generator_variants(reader.at("variants"), facts().generators.at(id).options);
    problems.throw_if_any();
  }
  return all;
}

}  // namespace

GeneratorVariants read_generator_variants(const JsonNode& node, const std::vector<OptionFacts>& options) {
  ObjectReader reader(node);
  GeneratorVariants variants{.new_label = reader.text("new_label"), .list = {}};
  const std::string changed = reader.text("changed");
  for (const JsonNode& item : reader.at("list").items()) {
    ObjectReader one(item);
    GeneratorVariant variant{.words = {}, .source = one.text("source"), .changed = one.text_or("changed", changed)};
    // Optional words change how a variant draws, not which one it is.
    for (const OptionFacts& option : options) {
      if (!option.words.empty() && !option.optional) variant.words[option.name] = one.one_of(option.name, option.words);
    }
    one.close();
    variants.list.push_back(std::move(variant));
  }
  reader.close();
  return variants;
}

const GeneratorVariants& generator_variants(const std::string& generator) {
  static const std::map<std::string, GeneratorVariants> all = read_all();
  return all.at(generator);
}

}  // namespace nlb

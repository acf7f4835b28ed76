#include "facts/generator_variants.h"

#include "facts/read_embedded.h"

namespace nlb {

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
  static const auto all = read_embedded("generator", [](const std::string& id, ObjectReader& reader) {
    return read_generator_variants(reader.at("variants"), facts().generators.at(id).options);
  });
  return all.at(generator);
}

}  // namespace nlb

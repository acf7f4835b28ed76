#include "facts/generator_traits.h"

#include <algorithm>
#include <filesystem>

#include "facts/options.h"
#include "facts/read_embedded.h"

namespace nlb {
namespace {

using Options = std::vector<OptionFacts>;

/// The name of an option.
std::string option_named(ObjectReader& reader, const char* key, const Options& options) {
  const std::string name = reader.text(key);
  const auto is_named = [&](const OptionFacts& option) { return option.name == name; };
  if (reader.has(key) && std::none_of(options.begin(), options.end(), is_named))
    reader.at(key).problem("names \"" + name + "\", which is not an option");
  return name;
}

/// The same of a trait that may be absent; then "".
std::string option_of(ObjectReader& reader, const char* key, const Options& options) {
  return reader.has(key) ? option_named(reader, key, options) : std::string();
}

AuthorParts read_author_parts(const JsonNode& node, const Options& options) {
  ObjectReader reader(node);
  AuthorParts parts{.option = option_named(reader, "option", options),
                    .word = reader.text("word"),
                    .held_out_count = option_named(reader, "held_out_count", options),
                    .held_out_draw = reader.text("held_out_draw"),
                    .trusted_count = option_named(reader, "trusted_count", options),
                    .trusted_draw = reader.text("trusted_draw")};
  reader.close();
  return parts;
}

}  // namespace

GeneratorTraits read_generator_traits(const JsonNode& node, const std::vector<OptionFacts>& options) {
  ObjectReader reader(node);
  GeneratorTraits traits;
  if (reader.has("drawn")) traits.drawn = reader.boolean("drawn");
  if (reader.has("labels_of_set")) traits.labels_of_set = reader.boolean("labels_of_set");
  traits.corrects_by = option_of(reader, "corrects_by", options);
  if (reader.has("reads")) traits.reads = reader.one_of("reads", {"labels", "matrix"});
  if (reader.has("looks_at_images")) traits.looks_at_images = reader.boolean("looks_at_images");
  traits.images_from = option_of(reader, "images_from", options);
  traits.copies_by = option_of(reader, "copies_by", options);
  if (const auto parts = reader.find("parts")) traits.parts = read_author_parts(*parts, options);
  reader.close();
  return traits;
}

const GeneratorTraits& generator_traits(const std::string& generator) {
  static const auto all = read_embedded("generator", [](const std::string& id, ObjectReader& reader) {
    const auto traits = reader.find("traits");
    return traits ? read_generator_traits(*traits, facts().generators.at(id).options) : GeneratorTraits{};
  });
  static const GeneratorTraits labels_only;
  const auto found = all.find(generator);
  return found == all.end() ? labels_only : found->second;
}

}  // namespace nlb

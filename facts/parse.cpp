// facts/parse.cpp -- facts files read into the structures of facts/facts.h, all problems at once.
#include <algorithm>
#include <filesystem>

#include "core/sha256.h"
#include "facts/dataset_archives.h"
#include "facts/embedded.h"
#include "facts/facts.h"
#include "facts/generator_traits.h"
#include "facts/generator_variants.h"
#include "facts/option_rules.h"
#include "facts/options.h"

namespace nlb {
namespace {

std::vector<std::string> texts(const JsonNode& node) {
  std::vector<std::string> read;
  for (const auto& item : node.items()) read.push_back(item.text());
  return read;
}

std::vector<int64_t> counts(const JsonNode& node, size_t length) {
  std::vector<int64_t> read;
  for (const auto& item : node.items()) read.push_back(item.integer(1));
  if (node.is_array() && read.size() != length) node.problem("needs " + std::to_string(length) + " numbers");
  read.resize(length);
  return read;
}

int revision(ObjectReader& reader) { return static_cast<int>(reader.integer("revision", 1, 1'000'000)); }

Status status(ObjectReader& reader) {
  return reader.one_of("status", {"built", "planned"}) == "built" ? Status::built : Status::planned;
}

Paper read_paper(const JsonNode& node) {
  ObjectReader reader(node);
  Paper paper{.title = reader.text("title"),
              .authors = reader.text("authors"),
              .venue = reader.text("venue"),
              .year = static_cast<int>(reader.integer("year", 1900, 2100)),
              .links = texts(reader.at("links"))};
  reader.close();
  return paper;
}

MethodFacts read_facts(ObjectReader& reader, MethodFacts method) {
  method.status = status(reader);
  method.kind = reader.one_of(
      "kind", {"loss", "per_sample_state", "two_networks", "mixture", "trusted", "meta_gradient", "stages"});
  method.family = reader.text("family");
  if (const auto paper = reader.find("paper")) method.paper = read_paper(*paper);
  method.networks = static_cast<int>(reader.integer("networks", 1, 16));
  if (reader.has("trainings")) method.trainings = static_cast<int>(reader.integer("trainings", 1, 16));
  if (reader.has("trainings_option")) method.trainings_option = reader.text("trainings_option");
  if (const auto starts = reader.find("training_starts")) method.training_starts = texts(*starts);
  method.trusted = reader.one_of("trusted", {"none", "optional", "required"});
  method.noise_rate = reader.one_of("noise_rate", {"not_needed", "estimated", "given"});
  method.noise_type = reader.one_of("noise_type", {"not_needed", "given"});
  method.reads_noisy_labels = reader.boolean("reads_noisy_labels");
  method.clean_labels_for_selection = reader.one_of("clean_labels_for_selection", {"none", "optional", "required"});
  method.pre_training = reader.text("pre_training");
  method.extra_data = reader.text("extra_data");
  method.strong_augmentation = reader.boolean("strong_augmentation");
  method.options = read_option_facts(reader.at("options"));
  read_option_rules(reader, method.options);  // checked here; kept apart, for few ask for them
  const auto must_be_an_option = [&](const char* key, const std::string& name) {
    const auto is_named = [&](const OptionFacts& option) { return option.name == name; };
    if (std::none_of(method.options.begin(), method.options.end(), is_named))
      reader.node().problem("\"" + std::string(key) + "\" names \"" + name + "\", which is not an option");
  };
  if (!method.trainings_option.empty()) must_be_an_option("trainings_option", method.trainings_option);
  for (const std::string& start : method.training_starts) must_be_an_option("training_starts", start);
  method.revision = revision(reader);
  method.deviations = texts(reader.at("deviations"));
  return method;
}

NetFacts read_facts(ObjectReader& reader, NetFacts net) {
  net.status = status(reader);
  if (const auto paper = reader.find("paper")) net.paper = read_paper(*paper);
  net.options = read_option_facts(reader.at("options"));
  read_option_rules(reader, net.options);  // as for methods
  net.input = counts(reader.at("input"), 3);
  net.classes = reader.integer("classes", 2);
  net.parameters = reader.integer("parameters", 1);
  net.multiply_adds = reader.integer("multiply_adds", 1);
  net.activations = reader.integer("activations", 1);
  net.initialisations = texts(reader.at("initialisations"));
  if (net.initialisations.empty()) reader.node().problem("\"initialisations\" names none");
  if (reader.has("fused")) net.fused = reader.boolean("fused");
  net.revision = revision(reader);
  return net;
}

/// Identity of a set that is read from files. Of a file whose digest nobody published, its name stands for it.
std::string files_digest(const std::vector<FileFacts>& files) {
  Sha256 hash;
  for (const auto& file : files)
    hash.add((file.sha256.empty() ? "unpublished" : file.sha256) + "  " + file.name + "\n");
  return hex(hash.finish());
}

DatasetFacts read_facts(ObjectReader& reader, DatasetFacts set) {
  set.status = status(reader);
  set.format = reader.text("format");
  set.train_images = reader.integer("train_images", 1);
  set.test_images = reader.integer("test_images", 1);
  set.image = counts(reader.at("image"), 3);
  set.class_names = texts(reader.at("class_names"));
  set.classes = static_cast<int64_t>(set.class_names.size());
  if (set.classes < 2) reader.node().problem("needs at least two class names");
  for (const auto& item : reader.at("files").items()) set.files.push_back(read_file_facts(item, true));
  read_dataset_archives(reader);  // checked here; kept apart, for few ask for them
  set.address = reader.text("address");
  set.licence = reader.text("licence");
  set.citation = reader.text("citation");
  set.digest = set.files.empty() ? reader.text("digest") : files_digest(set.files);
  set.revision = revision(reader);
  return set;
}

GeneratorFacts read_facts(ObjectReader& reader, GeneratorFacts generator) {
  generator.status = status(reader);
  generator.definition = reader.text("definition");
  generator.options = read_option_facts(reader.at("options"));
  read_generator_variants(reader.at("variants"), generator.options);  // checked here; kept apart, for few ask for them
  if (const auto traits = reader.find("traits")) read_generator_traits(*traits, generator.options);
  if (const auto rate = reader.find("rate")) {
    ObjectReader bounds(*rate);
    generator.rate = read_range(bounds);
    bounds.close();
  }
  generator.revision = revision(reader);
  return generator;
}

template <typename FactsOfKind>
void read_file(const EmbeddedFacts& file, std::map<std::string, FactsOfKind>& all, Problems& problems) {
  const auto root = JsonNode::parse(file.text, file.file, problems);
  ObjectReader reader(root);
  FactsOfKind read;
  read.id = reader.text("id");
  read.title = reader.text("title");
  read = read_facts(reader, std::move(read));
  reader.close();
  const auto stem = std::filesystem::path(file.file).stem().string();
  if (read.id != stem) root.problem("\"id\" is \"" + read.id + "\"; the file is named \"" + stem + "\"");
  if (!all.emplace(read.id, read).second) root.problem(std::string(file.kind) + " \"" + read.id + "\" occurs twice");
}

}  // namespace

Facts parse_facts(const std::vector<EmbeddedFacts>& files) {
  Facts read;
  Problems problems;
  for (const auto& file : files) {
    const std::string kind = file.kind;
    if (kind == "method") {
      read_file(file, read.methods, problems);
    } else if (kind == "net") {
      read_file(file, read.nets, problems);
    } else if (kind == "dataset") {
      read_file(file, read.datasets, problems);
    } else if (kind == "generator") {
      read_file(file, read.generators, problems);
    } else {
      problems.add(file.file, "no facts are called \"" + kind + "\"; allowed: method, net, dataset, generator");
    }
  }
  problems.throw_if_any();
  return read;
}

}  // namespace nlb

// cli/describe.cpp -- nlbench describe: a protocol, row, method, net, data set, generator or trial, each value with its
// source.
#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/describe_protocol.h"
#include "cli/desk.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/text.h"
#include "facts/generator_variants.h"
#include "facts/relations.h"
#include "protocols/sourced_values.h"

namespace nlb {
namespace {

struct DescribeFlags {
  std::string what, protocols_folder, format;
  SelectionFlags selection;
};

ExitCode describe_trial(const Trial& trial, const std::string& format) {
  const auto spec = to_json(trial.spec);
  if (format == "json") {
    std::cout << Json({{"trial", trial.id}, {"spec", spec}, {"sources", trial.sources}}).dump(2) << "\n";
    return ExitCode::done;
  }
  std::cout << "trial " << trial.id << "\n";
  for (const auto& use : trial.uses) {
    std::cout << "used by " << use.protocol << "/" << use.group << " row " << use.row << ", setting " << use.setting
              << ", seed " << use.seed << "\n";
  }
  std::vector<TextRow> rows;
  for (const auto& leaf : sourced_values(trial.spec, trial.sources))
    rows.push_back({leaf.pointer, leaf.value, leaf.source});
  std::cout << "\n" << aligned(rows);
  return ExitCode::done;
}

std::string range_text(const OptionFacts& option) {
  if (option.type == OptionFacts::Type::word) return "one of " + join(option.words, ", ");
  if (option.type == OptionFacts::Type::boolean) return "true or false";
  if (option.type == OptionFacts::Type::text) return "text";
  if (option.type == OptionFacts::Type::integers) return "integers in " + option.range.text();
  return (option.type == OptionFacts::Type::integer ? "integer in " : "in ") + option.range.text();
}

void print_options(const std::vector<OptionFacts>& options) {
  std::vector<TextRow> rows;
  for (const auto& option : options) {
    rows.push_back(
        {"  " + option.name + (option.optional ? " (optional)" : ""), range_text(option), option.unit, option.doc});
  }
  std::cout << (options.empty() ? "no options\n" : "options\n" + aligned(rows));
}

void print_relations(const std::vector<Relation>& relations) {
  for (const auto& relation : relations)
    std::cout << "relation: " << in_words(relation) << "; " << relation.cure << "\n";
}

ExitCode describe_method(const MethodFacts& method) {
  std::cout << method.title << " (" << method.id << "), "
            << (method.status == Status::built ? "built" : "planned: not built yet") << "\n"
            << method.paper.authors << ", " << method.paper.title << ", " << method.paper.venue << " "
            << method.paper.year << "\n";
  for (const auto& link : method.paper.links) std::cout << "  " << link << "\n";
  std::cout << "\n"
            << aligned({{"kind", method.kind},
                        {"family", method.family},
                        {"networks", std::to_string(method.networks)},
                        {"trusted labels", method.trusted},
                        {"noise rate", method.noise_rate},
                        {"noise type", method.noise_type},
                        {"clean labels for selection", method.clean_labels_for_selection},
                        {"pre-training", method.pre_training},
                        {"strong augmentation", method.strong_augmentation ? "yes" : "no"},
                        {"extra data", method.extra_data},
                        {"revision", std::to_string(method.revision)}})
            << "\n";
  print_options(method.options);
  print_relations(method_rules(method.id).relations);
  for (const auto& deviation : method.deviations) std::cout << "deviation: " << deviation << "\n";
  return ExitCode::done;
}

ExitCode describe_net(const NetFacts& net) {
  std::cout << net.title << " (" << net.id << "), "
            << (net.status == Status::built ? "built" : "planned: not built yet") << "\n"
            << aligned({{"parameters", std::to_string(net.parameters)},
                        {"multiply-adds per image", std::to_string(net.multiply_adds)},
                        {"initialisations", join(net.initialisations, ", ")},
                        {"revision", std::to_string(net.revision)}});
  print_options(net.options);
  print_relations(net_rules(net.id).relations);
  return ExitCode::done;
}

/// All names, or of very many the first.
std::string shown_classes(const std::vector<std::string>& names) {
  constexpr size_t kAll = 200, kShown = 10;
  if (names.size() <= kAll) return join(names, ", ");
  return join({names.begin(), names.begin() + kShown}, ", ") + " and " + std::to_string(names.size() - kShown) +
         " more";
}

ExitCode describe_dataset(const DatasetFacts& set) {
  std::cout << set.title << " (" << set.id << "), " << set.train_images << " training and " << set.test_images
            << " test images, " << set.classes << " classes: " << shown_classes(set.class_names)
            << "\nlicence: " << set.licence << "\nfrom: " << set.address << "\ndigest: " << set.digest << "\n";
  std::vector<TextRow> rows;
  for (const auto& file : set.files)
    rows.push_back({"  " + file.name,
                    file.sha256.empty() ? "no digest is published" : std::to_string(file.bytes) + " bytes",
                    file.sha256.empty() ? "" : "sha256 " + file.sha256});
  std::cout << aligned(rows);
  return ExitCode::done;
}

std::vector<TextRow> variant_rows(const GeneratorFacts& generator) {
  std::vector<TextRow> rows;
  for (const GeneratorVariant& variant : generator_variants(generator.id).list) {
    std::vector<std::string> words;
    for (const auto& [name, word] : variant.words) words.push_back(name + " " + word);
    rows.push_back({"  " + join(words, ", "), "changes " + variant.changed, variant.source});
  }
  return rows;
}

ExitCode describe_generator(const GeneratorFacts& generator) {
  std::cout << generator.title << " (" << generator.id << "), "
            << (generator.status == Status::built ? "built" : "planned: not built yet") << "\n"
            << generator.definition << "\nrate in " << generator.rate.text() << "\n";
  print_options(generator.options);
  std::cout << "\nvariants: a picked sample's new label is " << generator_variants(generator.id).new_label << "\n"
            << aligned(variant_rows(generator));
  return ExitCode::done;
}

/// With a selection, a protocol's word means its trials: each resolved value with its source.
ExitCode describe_selected(Desk& desk, const std::string& format) {
  const auto& plan = desk.plan();
  if (plan.trials.empty())
    throw NothingSelected("nothing of this selection can run yet: " +
                          (plan.not_planned.empty() ? std::string("no trial") : plan.not_planned.front().reason));
  return describe_trial(plan.trials.front(), format);
}

std::optional<Trial> find_trial(const std::string& prefix, Desk& desk) {
  if (prefix.size() < 6 || prefix.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  std::optional<Trial> found;
  for (const auto& id : desk.shelf().ids()) {
    for (auto& trial : make_plan({desk.protocol(id)}, everything(), facts()).trials) {
      if (!trial.id.starts_with(prefix)) continue;
      if (found && found->id != trial.id)
        throw InputError("trial \"" + prefix + "\" is not unique: " + found->id + ", " + trial.id);
      found = std::move(trial);
    }
  }
  return found;
}

bool selects(const Selection& s) {
  return !(s.methods.empty() && s.rows.empty() && s.groups.empty() && s.noises.empty() && s.seeds.empty());
}

ExitCode describe(const DescribeFlags& flags) {
  const auto& known = facts();
  Desk desk({.named = {flags.what}, .positional = {}, .folder = flags.protocols_folder}, flags.selection.selection);
  const auto ids = desk.shelf().ids();
  const bool is_protocol = std::find(ids.begin(), ids.end(), flags.what) != ids.end() || flags.what.ends_with(".json");
  if (is_protocol) {
    const auto& protocol = desk.protocols().front();
    if (selects(flags.selection.selection)) return describe_selected(desk, flags.format);
    print_protocol(protocol);
    return ExitCode::done;
  }
  if (const auto found = known.methods.find(flags.what); found != known.methods.end())
    return describe_method(found->second);
  if (const auto found = known.nets.find(flags.what); found != known.nets.end()) return describe_net(found->second);
  if (const auto found = known.datasets.find(flags.what); found != known.datasets.end())
    return describe_dataset(found->second);
  if (const auto found = known.generators.find(flags.what); found != known.generators.end())
    return describe_generator(found->second);
  if (const auto trial = find_trial(flags.what, desk)) return describe_trial(*trial, flags.format);
  auto words = ids;
  for (const auto& entry : known.methods) words.push_back(entry.first);
  for (const auto& entry : known.nets) words.push_back(entry.first);
  const auto near = nearest(flags.what, words);
  throw InputError("no protocol, method, net, data set, generator or trial \"" + flags.what + "\"" +
                   (near ? "; nearest is \"" + *near + "\"" : "; nlbench list shows what there is"));
}

}  // namespace

Verb describe_verb() {
  return {"describe", "look", "a protocol, method, net, data set, generator or trial, each value with its source",
          "nlbench describe cifar10_sym --row ce --noise 0.5 --seed 1\nnlbench describe elr", [](CLI::App& app) {
            const auto flags = std::make_shared<DescribeFlags>();
            app.add_option("what", flags->what,
                           "protocol id or file, method, net, data set, generator, or trial id (6 digits or more)")
                ->required()
                ->type_name("WORD");
            add_protocols_flag(app, flags->protocols_folder);
            add_selection_flags(app, flags->selection);
            add_format_flag(app, flags->format, {"text", "json"});
            return [flags] { return describe(*flags); };
          }};
}

}  // namespace nlb

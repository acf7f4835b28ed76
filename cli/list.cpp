// cli/list.cpp -- nlbench list protocols|methods|datasets|nets|generators|trials
#include <iostream>
#include <memory>

#include "cli/desk.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/parallel.h"
#include "core/text.h"

namespace nlb {
namespace {

struct ListFlags {
  std::string what, format;
  ProtocolFlags protocols;
  SelectionFlags selection;
};

std::string status_word(Status status) { return status == Status::built ? "built" : "planned"; }

/// What one listing is: the same rows as a table for people and as objects for programs.
struct Listing {
  std::vector<std::string> keys;
  std::vector<TextRow> rows;
};

Listing list_protocols(const ListFlags& flags, const Facts& known) {
  Listing listing{.keys = {"id", "title", "groups", "rows", "columns", "seeds"}, .rows = {}};
  Desk desk(flags.protocols);
  const auto& shelf = desk.shelf();
  const auto ids = shelf.ids();
  listing.rows.resize(ids.size());
  for_each_index(ids.size(), [&](size_t i) {
    const auto protocol = shelf.find(ids[i], known);
    size_t rows = 0;
    for (const auto& group : protocol.groups) rows += group.rows.size();
    listing.rows[i] = {ids[i],
                       protocol.title,
                       std::to_string(protocol.groups.size()),
                       std::to_string(rows),
                       std::to_string(protocol.groups.front().columns.size()),
                       std::to_string(protocol.seeds.size())};
  });
  return listing;
}

Listing list_methods(const Facts& known) {
  Listing listing{.keys = {"id", "status", "kind", "title", "paper"}, .rows = {}};
  for (const auto& [id, facts] : known.methods) {
    listing.rows.push_back({id, status_word(facts.status), facts.kind, facts.title,
                            facts.paper.year == 0 ? "" : facts.paper.venue + " " + std::to_string(facts.paper.year)});
  }
  return listing;
}

Listing list_nets(const Facts& known) {
  Listing listing{.keys = {"id", "status", "parameters", "multiply_adds", "title"}, .rows = {}};
  for (const auto& [id, facts] : known.nets) {
    listing.rows.push_back({id, status_word(facts.status), std::to_string(facts.parameters),
                            std::to_string(facts.multiply_adds), facts.title});
  }
  return listing;
}

Listing list_datasets(const Facts& known) {
  Listing listing{.keys = {"id", "status", "classes", "train", "test", "title"}, .rows = {}};
  for (const auto& [id, facts] : known.datasets) {
    listing.rows.push_back({id, status_word(facts.status), std::to_string(facts.classes),
                            std::to_string(facts.train_images), std::to_string(facts.test_images), facts.title});
  }
  return listing;
}

Listing list_generators(const Facts& known) {
  Listing listing{.keys = {"id", "status", "title"}, .rows = {}};
  for (const auto& [id, facts] : known.generators) listing.rows.push_back({id, status_word(facts.status), facts.title});
  return listing;
}

Listing list_trials(const ListFlags& flags) {
  Desk desk(flags.protocols, flags.selection.selection);
  Listing listing{.keys = {"trial", "protocol", "group", "row", "setting", "seed"}, .rows = {}};
  for (const auto& trial : desk.plan().trials) {
    const auto& use = trial.uses.front();
    listing.rows.push_back({trial.id, use.protocol, use.group, use.row, use.setting, use.seed});
  }
  if (listing.rows.empty())
    throw NothingSelected("no trial of these protocols can run yet: their methods are not built");
  return listing;
}

Listing make_listing(const ListFlags& flags) {
  const auto& known = facts();
  if (flags.what == "protocols") return list_protocols(flags, known);
  if (flags.what == "methods") return list_methods(known);
  if (flags.what == "nets") return list_nets(known);
  if (flags.what == "datasets") return list_datasets(known);
  if (flags.what == "generators") return list_generators(known);
  return list_trials(flags);
}

ExitCode print_listing(const ListFlags& flags) {
  const auto listing = make_listing(flags);
  if (flags.format == "text") {
    std::cout << aligned(listing.rows);
    return ExitCode::done;
  }
  Json list = Json::array();
  for (const auto& row : listing.rows) {
    Json object;
    for (size_t c = 0; c < row.size(); ++c) object[listing.keys[c]] = row[c];
    list.push_back(object);
  }
  std::cout << list.dump(2) << "\n";
  return ExitCode::done;
}

}  // namespace

Verb list_verb() {
  return {"list", "look", "protocols, methods, data sets, nets, noise generators, or the trials of a plan",
          "nlbench list methods\nnlbench list trials --protocol quickstart --seed 1 --format json", [](CLI::App& app) {
            const auto flags = std::make_shared<ListFlags>();
            app.add_option("what", flags->what, "what to list")
                ->required()
                ->type_name("WHAT")
                ->check(known_word({"protocols", "methods", "datasets", "nets", "generators", "trials"}));
            add_protocol_flags(app, flags->protocols, false);
            add_selection_flags(app, flags->selection);
            add_format_flag(app, flags->format, {"text", "json"});
            return [flags] { return print_listing(*flags); };
          }};
}

}  // namespace nlb

#include "cli/describe_protocol.h"

#include <iostream>

#include "cli/table_text.h"
#include "core/error.h"
#include "core/text.h"
#include "protocols/comparability.h"
#include "protocols/source_places.h"

namespace nlb {
namespace {

std::string kind_text(const Group& group, const Column& column) {
  const auto& noise = group.setting(column.settings.front()).noise;
  const auto settings = std::to_string(column.settings.size()) + " settings";
  switch (column.kind) {
    case Column::Kind::setting:
      return noise.generator + " " + shortest(noise.rate);
    case Column::Kind::mean:
      return "mean over " + settings;
    case Column::Kind::error_area:
      return "error area over " + settings;
  }
  throw InternalError("unknown kind of column");
}

void print_columns(const Group& group) {
  std::vector<TextRow> rows;
  for (const auto& column : group.columns)
    rows.push_back({"  column " + column.id, column.title, kind_text(group, column)});
  std::cout << aligned(rows);
}

std::string standing(const Row& row) {
  switch (row.status) {
    case Row::Status::measured:
      return row.conditions_known ? "runs" : "runs, conditions unknown";
    case Row::Status::planned:
      return "planned: not built";
    case Row::Status::published_only:
      return "published only";
    case Row::Status::imported:
      return "imported";
  }
  throw InternalError("unknown status of a row");
}

void print_rows(const Group& group) {
  std::vector<TextRow> rows;
  for (const auto& row : group.rows) {
    rows.push_back({"  row " + row.id, row.title, standing(row), row.ran_by.empty() ? "" : "as " + row.ran_by,
                    std::to_string(row.published.size()) + " published"});
  }
  std::cout << aligned(rows);
}

std::string label(Caveat::Kind kind) {
  switch (kind) {
    case Caveat::Kind::conflict:
      return "  conflict";
    case Caveat::Kind::not_comparable:
      return "  not comparable";
    case Caveat::Kind::conditions_unknown:
      return "  conditions unknown";
    case Caveat::Kind::recalled:
      return "  recalled, decides nothing";
    case Caveat::Kind::copies:
      return "  copies";
  }
  throw InternalError("unknown kind of caveat");
}

void print_caveats(const Group& group) {
  std::vector<TextRow> rows;
  for (const auto& caveat : caveats(group)) rows.push_back({label(caveat.kind), caveat.row, caveat.text});
  std::cout << aligned(rows);
}

/// Sources that name a file and no place in it, with the values that rest on them.
void print_unplaced(const Group& group) {
  std::vector<TextRow> rows;
  for (const auto& one : unplaced_sources(group)) {
    rows.push_back({"  source without line or key", one.row, one.source, join(one.values, " ")});
  }
  std::cout << aligned(rows);
}

void print_group(const Protocol& protocol, const Group& group) {
  std::cout << "\ngroup " << group.id << ": " << group.title << "\n  " << group.conditions << "\n";
  const auto& first = protocol.groups.front();
  if (&group != &first) {
    const auto differences = data_differences(group, first);
    std::cout << "  against " << first.id << ": "
              << (differences.empty() ? std::string("the same conditions on the data") : join(differences, "; "))
              << "\n";
  }
  print_columns(group);
  print_rows(group);
  print_caveats(group);
  print_unplaced(group);
}

void print_head(const Protocol& protocol) {
  std::cout << protocol.title << " (" << protocol.id << ")\n"
            << protocol.summary << "\nfile " << protocol.file << "\nprecision " << protocol.precision << "; tolerance "
            << shortest(protocol.tolerance.points) << " points: " << protocol.tolerance.reason
            << "\nseeds: " << protocol.seeds_source << "\n";
  for (const auto& seed : protocol.seeds) {
    std::cout << "  " << seed.name << ": noise " << seed.noise << ", split " << seed.split << ", init " << seed.init
              << ", train " << seed.train << "\n";
  }
  if (!protocol.smoke_twin.empty()) std::cout << "smoke twin: " << protocol.smoke_twin << "\n";
  if (!protocol.one_recipe_twin.empty()) std::cout << "one recipe for all: " << protocol.one_recipe_twin << "\n";
}

}  // namespace

void print_protocol(const Protocol& protocol) {
  print_head(protocol);
  for (const auto& group : protocol.groups) print_group(protocol, group);
  if (protocol.claims.empty()) return;
  std::cout << "\nclaims\n";
  std::vector<TextRow> rows;
  for (const auto& claim : protocol.claims)
    rows.push_back({"  \"" + claim.text + "\"", claim_text(claim), claim.source});
  std::cout << aligned(rows);
}

}  // namespace nlb

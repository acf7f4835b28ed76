// Every number of a reference table stands in its protocol files exactly once: as a published value, or as a copy of
// one; and they hold no other.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <numeric>
#include <optional>
#include <set>

#include "core/text.h"
#include "protocols/protocol.h"
#include "tests/support/shared.h"

using namespace nlb;

namespace {

/// A reference table, the protocols that hold it together, and how much it has.
struct Table {
  std::string id;
  std::vector<std::string> protocols;
  size_t entries, numbers;
};

/// All tables on CIFAR-10, CIFAR-100 and MNIST; counted from the files once, by hand.
std::vector<Table> tables() {
  return {{"cifar10_sym", {"cifar10_sym"}, 192, 685},
          {"cifar10_asym", {"cifar10_asym"}, 109, 170},
          {"cifar10_pairflip", {"cifar10_pairflip"}, 18, 34},
          {"cifar10_semantic", {"cifar10_semantic"}, 6, 10},
          {"cifar100_sym", {"cifar100_sym"}, 182, 658},
          {"cifar100_asym", {"cifar100_asym"}, 30, 57},
          {"cifar100_pairflip", {"cifar100_pairflip"}, 12, 28},
          {"cifar100_semantic", {"cifar100_semantic"}, 6, 10},
          {"cifar10n", {"cifar10n"}, 32, 171},
          {"cifar100n", {"cifar100n"}, 32, 43},
          {"cifar_id_ood", {"cifar_id_ood"}, 6, 26},
          {"mnist_sym", {"mnist_sym", "mnist_lenet_sym"}, 38, 140},
          {"mnist_pairflip", {"mnist_pairflip"}, 12, 28},
          {"mnist_glc", {"mnist_glc"}, 14, 42},
          {"cifar10_glc", {"cifar10_glc"}, 14, 42},
          {"cifar100_glc", {"cifar100_glc"}, 21, 63}};
}

Json read_table(const std::filesystem::path& shared, const std::string& id) {
  std::ifstream file(shared / "reference" / "tables" / (id + ".json"));
  return Json::parse(file);
}

Protocol read_shipped(const std::string& id) {
  return read_protocol(std::filesystem::path(NLB_SOURCE_DIR) / "protocols" / (id + ".json"), facts());
}

/// One printed number of a protocol, with what it is printed for.
struct Place {
  const Row* row = nullptr;
  const PublishedValue* value = nullptr;
  const Printed* printed = nullptr;
  std::optional<int> strength;  ///< of the table's entry it stands for; set when that is found
};

void add_places(const Protocol& protocol, std::vector<Place>& all) {
  for (const auto& group : protocol.groups) {
    for (const auto& row : group.rows) {
      for (const auto& value : row.published) {
        for (const auto& printed : value.printed_by) all.push_back({&row, &value, &printed, std::nullopt});
      }
    }
  }
}

bool starts_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }

bool has_flag(const Json& entry, const std::string& flag) {
  const auto flags = entry.contains("flags") && entry["flags"].is_array() ? entry["flags"] : Json::array();
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

constexpr int kBarred = 100;

/// Smaller decides before larger, as the tables' README orders sources; some may never decide.
int strength(const Json& entry) {
  for (const auto* flag : {"column-conflict", "suspect", "failed-reproduction", "pretrained"}) {
    if (has_flag(entry, flag)) return kBarred;
  }
  const std::vector<std::string> kinds = {"seed", "repo", "page", "paper-recalled"};
  const auto kind = std::find(kinds.begin(), kinds.end(), entry["source"]["kind"].get<std::string>()) - kinds.begin();
  return static_cast<int>(2 * kind) + (has_flag(entry, "quoted") ? 1 : 0);
}

/// The first printed number of a value is the strongest; one that may not decide says why it is not comparable.
void check_deciding(const std::vector<Place>& all) {
  const Place* first = nullptr;
  for (const auto& place : all) {
    if (first == nullptr || first->value != place.value) first = &place;
    INFO(place.row->id << " " << place.value->column << " prints " << place.printed->printed << " of "
                       << place.printed->source << ", which the table does not have");
    REQUIRE(place.strength);
    CHECK(*first->strength <= *place.strength);
    CHECK((*first->strength < kBarred || !place.value->difference.empty()));
  }
}

/// A source that does not say how it evaluates may be filed under any rule; GLC's tables say it in the rule's words.
bool same_rule(const std::string& evaluation, const std::string& rule) {
  static const std::map<std::string, std::set<std::string>> kRules = {
      {"best", {"best_on_test"}},
      {"last", {"last", "mean_last_10", "last_or_mean_last_10"}},
      {"val", {"best_on_val", "best_on_val_latest"}}};
  const auto known = kRules.find(evaluation);
  return known == kRules.end() || known->second.count(rule) == 1;
}

/// A row's title is the method's name, or begins with it and says more. GLC's table calls cross-entropy otherwise.
bool same_method(const std::string& title, const std::string& method) {
  return title == method || starts_with(title, method + ",") || starts_with(title, method + " (") ||
         (method == "CE" && title == "No correction");
}

/// Only the deciding source gives its network beside the value.
bool same_network(const Place& place, const Json& entry) {
  if (place.printed != &place.value->printed_by.front() || !entry["network"].is_string()) return true;
  const auto& conditions = place.value->conditions;
  const auto network = conditions.find("network");
  return network != conditions.end() && network->second == entry["network"];
}

/// Source, digits, method, rule, network and column; a column that the table itself calls wrong may be put right.
bool holds(const Place& place, const Json& entry, const std::string& column, const std::string& digits) {
  return !place.strength && place.printed->printed == digits && place.printed->kind == entry["source"]["kind"] &&
         starts_with(place.printed->source, entry["source"]["where"]) &&
         same_method(place.row->title, entry["method"]) &&
         same_rule(entry.value("evaluation", "unknown"), place.value->rule) && same_network(place, entry) &&
         (place.value->column == column || has_flag(entry, "column-conflict"));
}

/// The deciding source gives value and deviation; copies only their digits.
void check_numbers(const Place& place, const Json& printed) {
  if (place.printed != &place.value->printed_by.front()) return;
  CHECK(place.value->value == Approx(printed["mean"].get<double>()).epsilon(1e-12));
  CHECK(place.value->deviation.has_value() == printed["std"].is_number());
  if (place.value->deviation) CHECK(*place.value->deviation == Approx(printed["std"].get<double>()));
}

/// "20" is the column 0.2; words are columns as they stand.
std::string column_of(const std::string& level) {
  const bool number = !level.empty() && level.find_first_not_of("0123456789.") == std::string::npos;
  return number ? shortest(std::stod(level) / 100) : level;
}

void match_entry(const Json& entry, std::vector<Place>& all) {
  for (const auto& [level, printed] : entry["values"].items()) {
    const auto digits = printed["printed"].get<std::string>();
    INFO("level " << level << ": " << entry["method"] << " " << digits << " in " << entry["source"]["where"]);
    const auto column = column_of(level);
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Place& place) { return holds(place, entry, column, digits); });
    CHECK(found != all.end());
    if (found == all.end()) continue;
    found->strength = strength(entry);
    check_numbers(*found, printed);
  }
}

}  // namespace

TEST_CASE("protocols hold every number of their reference table once and no other", "[protocols][tables][data]") {
  NLB_REQUIRE_SHARED(shared);
  for (const auto& table : tables()) {
    INFO("table " << table.id);
    const auto read = read_table(shared, table.id);
    std::vector<Protocol> protocols;
    for (const auto& id : table.protocols) protocols.push_back(read_shipped(id));
    std::vector<Place> all;
    for (const auto& protocol : protocols) add_places(protocol, all);
    int index = 0;
    for (const auto& entry : read["entries"]) {
      INFO("entry " << index++);
      match_entry(entry, all);
    }
    CHECK(read["entries"].size() == table.entries);
    CHECK(all.size() == table.numbers);
    check_deciding(all);
  }
}

TEST_CASE("the tables on CIFAR and MNIST are 724 rows of 2,207 numbers", "[protocols][tables]") {
  const auto all = tables();
  const auto sum = [&](size_t Table::*member) {
    return std::accumulate(all.begin(), all.end(), size_t{0},
                           [&](size_t n, const auto& one) { return n + one.*member; });
  };
  CHECK(sum(&Table::entries) == 724);
  CHECK(sum(&Table::numbers) == 2207);
}

TEST_CASE("each reading of the MNIST table holds the 24 numbers of the PHuber reproduction",
          "[protocols][tables][data]") {
  NLB_REQUIRE_SHARED(shared);
  const auto table = read_table(shared, "mnist_sym");
  for (const auto* id : {"mnist_lenet_sym", "mnist_lenet_sym_fresh", "mnist_lenet_sym_commented"}) {
    CAPTURE(id);
    const auto protocol = read_shipped(id);
    std::vector<Place> all;
    add_places(protocol, all);
    for (const auto& entry : table["entries"]) {
      if (entry["reported_by"] == "reproduction of PHuber (ReScience)") match_entry(entry, all);
    }
    CHECK(all.size() == 24);
    check_deciding(all);
    for (const auto& place : all) CHECK(place.value->rule == "last");
  }
}

// Every number of a reference table stands in its protocol exactly once: as a published value, or as a copy of one.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <optional>
#include <set>

#include "core/text.h"
#include "protocols/protocol.h"
#include "tests/support/shared.h"

using namespace nlb;

namespace {

/// One printed number of a protocol, with what it is printed for.
struct Place {
  const Row* row = nullptr;
  const PublishedValue* value = nullptr;
  const Printed* printed = nullptr;
  std::optional<int> strength;  ///< of the table's entry it stands for; set when that is found
};

std::vector<Place> places(const Protocol& protocol) {
  std::vector<Place> all;
  for (const auto& group : protocol.groups) {
    for (const auto& row : group.rows) {
      for (const auto& value : row.published) {
        for (const auto& printed : value.printed_by) all.push_back({&row, &value, &printed, std::nullopt});
      }
    }
  }
  return all;
}

bool starts_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }

bool has_flag(const Json& entry, const std::string& flag) {
  const auto flags = entry.value("flags", Json::array());
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
                       << place.printed->source);
    REQUIRE(place.strength);
    CHECK(*first->strength <= *place.strength);
    CHECK((*first->strength < kBarred || !place.value->difference.empty()));
  }
}

/// A source that does not say how it evaluates may be filed under any rule.
bool same_rule(const std::string& evaluation, const std::string& rule) {
  static const std::map<std::string, std::set<std::string>> kRules = {
      {"best", {"best_on_test"}}, {"last", {"last", "mean_last_10", "last_or_mean_last_10"}}, {"val", {"best_on_val"}}};
  const auto known = kRules.find(evaluation);
  return known == kRules.end() || known->second.count(rule) == 1;
}

/// Source, digits, method, rule and column; a column that the table itself calls wrong may be put right.
bool holds(const Place& place, const Json& entry, const std::string& column, const std::string& digits) {
  return !place.strength && place.printed->printed == digits && place.printed->kind == entry["source"]["kind"] &&
         starts_with(place.printed->source, entry["source"]["where"]) &&
         starts_with(place.row->title, entry["method"]) &&
         same_rule(entry.value("evaluation", "unknown"), place.value->rule) &&
         (place.value->column == column || has_flag(entry, "column-conflict"));
}

/// The deciding source gives value and deviation; copies only their digits.
void check_numbers(const Place& place, const Json& printed) {
  if (place.printed != &place.value->printed_by.front()) return;
  CHECK(place.value->value == Approx(printed["mean"].get<double>()).epsilon(1e-12));
  CHECK(place.value->deviation.has_value() == printed["std"].is_number());
  if (place.value->deviation) CHECK(*place.value->deviation == Approx(printed["std"].get<double>()));
}

std::string place_network(const Place& place) { return place.value->conditions.at("network"); }

/// "20" -> "0.2"
std::string column_of(const std::string& level) { return shortest(std::stod(level) / 100); }

}  // namespace

TEST_CASE("cifar10_sym holds every number of its reference table once and no other", "[protocols][tables][data]") {
  NLB_REQUIRE_SHARED(shared);
  std::ifstream file(shared / "reference" / "tables" / "cifar10_sym.json");
  const auto table = Json::parse(file);
  const auto protocol =
      read_protocol(std::filesystem::path(NLB_SOURCE_DIR) / "protocols" / "cifar10_sym.json", facts());
  auto all = places(protocol);
  int index = 0;
  for (const auto& entry : table["entries"]) {
    for (const auto& [level, printed] : entry["values"].items()) {
      const auto digits = printed["printed"].get<std::string>();
      INFO("entry " << index << ", level " << level << ": " << entry["method"] << " " << digits << " in "
                    << entry["source"]["where"]);
      const auto column = column_of(level);
      const auto found =
          std::find_if(all.begin(), all.end(), [&](const Place& place) { return holds(place, entry, column, digits); });
      CHECK(found != all.end());
      if (found == all.end()) continue;
      found->strength = strength(entry);
      check_numbers(*found, printed);
    }
    ++index;
  }
  CHECK(index == 192);
  CHECK(all.size() == 685);
  check_deciding(all);
}

TEST_CASE("GLC's protocols hold every number of their reference tables once and no other",
          "[protocols][tables][data]") {
  NLB_REQUIRE_SHARED(shared);
  struct Table {
    std::string id;
    size_t numbers;
  };
  const auto one = GENERATE(values<Table>({{"mnist_glc", 42}, {"cifar10_glc", 42}, {"cifar100_glc", 63}}));
  CAPTURE(one.id);
  std::ifstream file(shared / "reference" / "tables" / (one.id + ".json"));
  const auto table = Json::parse(file);
  const auto protocol =
      read_protocol(std::filesystem::path(NLB_SOURCE_DIR) / "protocols" / (one.id + ".json"), facts());
  auto all = places(protocol);
  for (const auto& entry : table["entries"]) {
    for (const auto& [column, printed] : entry["values"].items()) {
      const auto digits = printed["printed"].get<std::string>();
      INFO(entry["method"] << " in " << column << ": " << digits);
      // Rows stand under their printed names, but for the words "correction" and "(ours)".
      const auto title = entry["method"] == "CE" ? std::string("No correction") : entry["method"].get<std::string>();
      const auto found = std::find_if(all.begin(), all.end(), [&](const Place& place) {
        return !place.strength && place.row->title == title && place.value->column == column &&
               place.printed->printed == digits && place.printed->kind == entry["source"]["kind"] &&
               place.printed->source == entry["source"]["where"] && place.value->rule == entry["evaluation"];
      });
      CHECK(found != all.end());
      if (found == all.end()) continue;
      found->strength = strength(entry);
      check_numbers(*found, printed);
      CHECK(place_network(*found) == entry["network"]);
    }
  }
  CHECK(all.size() == one.numbers);
  check_deciding(all);
}

TEST_CASE("each reading of the MNIST table holds the 24 numbers of the PHuber reproduction",
          "[protocols][tables][data]") {
  NLB_REQUIRE_SHARED(shared);
  std::ifstream file(shared / "reference" / "tables" / "mnist_sym.json");
  const auto table = Json::parse(file);
  for (const auto* id : {"mnist_lenet_sym", "mnist_lenet_sym_fresh", "mnist_lenet_sym_commented"}) {
    CAPTURE(id);
    const auto protocol =
        read_protocol(std::filesystem::path(NLB_SOURCE_DIR) / "protocols" / (std::string(id) + ".json"), facts());
    auto all = places(protocol);
    for (const auto& entry : table["entries"]) {
      if (entry["reported_by"] != "reproduction of PHuber (ReScience)") continue;
      for (const auto& [level, printed] : entry["values"].items()) {
        const auto digits = printed["printed"].get<std::string>();
        INFO(entry["method"] << " at " << level << ": " << digits);
        const auto column = column_of(level);
        const auto found = std::find_if(all.begin(), all.end(), [&](const Place& place) {
          return place.row->title.substr(0, place.row->title.find(',')) == entry["method"] &&
                 holds(place, entry, column, digits);
        });
        CHECK(found != all.end());
        if (found == all.end()) continue;
        found->strength = strength(entry);
        check_numbers(*found, printed);
        CHECK(found->value->rule == "last");
      }
    }
    CHECK(all.size() == 24);
    check_deciding(all);
  }
}

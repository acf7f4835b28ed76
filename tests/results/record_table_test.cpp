#include "results/record_table.h"

#include <catch2/catch.hpp>
#include <set>

#include "core/text.h"
#include "tests/protocols/small_protocol.h"
#include "tests/support/made_records.h"

using namespace nlb;
using namespace nlb::test;

namespace {

Record some_record(TrialResult result) {
  static const Protocol protocol = parsed(small_protocol());
  return made_record(trial_at(protocol, "first", "gce", "0.4", "a"), std::move(result));
}

}  // namespace

TEST_CASE("a column has a name of its own, a type of Arrow's and a meaning", "[results][table]") {
  std::set<std::string> names;
  for (const auto& column : record_columns()) {
    CAPTURE(column.name);
    CHECK(names.insert(column.name).second);
    CHECK(std::set<std::string>{"string", "int64", "double", "bool"}.contains(column.type));
    CHECK_FALSE(column.meaning.empty());
    CHECK(column.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos);
  }
}

TEST_CASE("the three forms of the table say the same, in the types they name", "[results][table]") {
  auto odd = some_record(made_result({700, 912, 905}));
  odd.machine.cpu = "a \"fast\", hot one";
  odd.result.timing.wall_seconds = 0.1;
  const auto failed = some_record(made_failure("the loss is NaN", 7));
  const std::vector<const Record*> records = {&odd, &failed};
  const auto table = Json::parse(records_as_columns(records));
  CHECK(table["schema"] == kRecordTableSchema);
  CHECK(table["rows"] == 2);
  REQUIRE(table["fields"].size() == record_columns().size());
  const auto lines = split(records_as_json_lines(records), '\n');
  REQUIRE(lines.size() == 3);
  for (const auto& field : table["fields"]) {
    const auto name = field["name"].get<std::string>(), type = field["type"].get<std::string>();
    CAPTURE(name);
    REQUIRE(table["columns"][name].size() == 2);
    for (size_t i = 0; i < 2; ++i) {
      const auto& value = table["columns"][name][i];
      CHECK(Json::parse(lines[i])[name] == value);
      if (value.is_null()) continue;
      if (type == "string") CHECK(value.is_string());
      if (type == "int64") CHECK(value.is_number_integer());
      if (type == "double") CHECK(value.is_number());
      if (type == "bool") CHECK(value.is_boolean());
    }
  }
  const auto& columns = table["columns"];
  CHECK(columns["last"] == Json::array({905, nullptr}));
  CHECK(columns["mean_last_10"][0].get<double>() == Approx((700 + 912 + 905) / 3.0));
  CHECK(columns["best_on_test"][0] == 912);
  CHECK(columns["status"] == Json::array({"ok", "failed"}));
  CHECK(columns["failure"] == Json::array({nullptr, "the loss is NaN"}));
  CHECK(columns["failure_epoch"] == Json::array({nullptr, 7}));
  CHECK(columns["setting"][0] == "0.4");
  CHECK(columns["gpu"][0].is_null());
}

TEST_CASE("the table as CSV quotes what it must and leaves unknown values empty", "[results][table]") {
  auto record = some_record(made_failure("NaN, or \"inf\"\nat once", 7));
  const auto text = records_as_csv({&record});
  CHECK(text.starts_with("trial,record,protocol,group,row,setting,seed,"));
  CHECK(text.find(",failed,\"NaN, or \"\"inf\"\"\nat once\",7,,,,,,,,,,,") != std::string::npos);
}

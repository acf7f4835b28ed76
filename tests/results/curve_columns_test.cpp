#include "results/curve_columns.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/durable.h"
#include "results/store.h"
#include "tests/protocols/small_protocol.h"
#include "tests/support/fixtures.h"
#include "tests/support/made_records.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

/// A record in a folder, as pages find it.
Record stored(const TemporaryFolder& folder, TrialResult result) {
  const auto protocol = parsed(small_protocol());
  const auto trial = trial_at(protocol, "first", "ce", "0.2", "a");
  const Store store(folder.path());
  store.add(made_record(trial, std::move(result)));
  Problems problems;
  return store.records_of(trial.id, problems).front();
}

}  // namespace

TEST_CASE("columns of a curves file are those that were written", "[results][curves]") {
  const TemporaryFolder folder;
  auto result = made_result({500, 800, 780});
  result.curves.test_correct[1] = {1, 2, 3};
  result.curves.detection["auroc"] = {std::nan(""), 0.5, 1e-7};
  result.curves.train_counts["seen_wrong"] = {0, 9'000'000'000, 7};
  result.curves.losses["epoch"] = {1, 2, 3};  // a name that a column has too
  const auto columns = read_curve_columns(stored(folder, result));
  CHECK(columns.epoch == std::vector<int64_t>{1, 2, 3});
  CHECK(columns.test_correct == std::vector<int64_t>{500, 800, 780});
  CHECK(columns.train_counts == result.curves.train_counts);
  CHECK(columns.detection_score == "loss");
  REQUIRE(columns.detection.size() == 1);
  CHECK(std::isnan(columns.detection.at("auroc")[0]));
  CHECK(columns.detection.at("auroc")[1] == 0.5);
  CHECK(columns.detection.at("auroc")[2] == 1e-7);
}

TEST_CASE("columns of a trial without evaluations are empty", "[results][curves]") {
  const TemporaryFolder folder;
  const auto columns = read_curve_columns(stored(folder, made_result({})));
  CHECK(columns.epoch.empty());
  CHECK(columns.test_correct.empty());
}

TEST_CASE("a curves file that is gone or changed gives no columns", "[results][curves]") {
  const TemporaryFolder folder;
  const auto record = stored(folder, made_result({500, 800, 780}));
  const std::filesystem::path path = stored_curves(record).place;
  const auto text = read_file(path);
  write_bytes(path, text + " ");
  CHECK_THROWS_WITH(read_curve_columns(record), Contains("digest"));
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(read_curve_columns(record), Contains("missing"));
}

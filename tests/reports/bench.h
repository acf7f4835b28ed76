// tests/reports/bench.h -- a protocol with made records: what cells and pages are tested on.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocols/own_data.h"
#include "reports/judging/cells.h"
#include "tests/protocols/small_protocol.h"
#include "tests/support/made_records.h"

namespace nlb::test {

class Bench {
 public:
  explicit Bench(const Json& json = small_protocol())
      : protocol(parsed(json)),
        known_(facts(), std::vector{&std::as_const(protocol)}),
        shown_(without_forward(), std::vector{&std::as_const(protocol)}) {}

  /// Of the program and of the protocol's own data sets.
  const Facts& known() const { return known_.get(); }

  /// Stores a result of `row` at `setting` for a seed entry; beside a failure an ok record wins, as in the store.
  void add(const std::string& row, const std::string& setting, const std::string& seed, TrialResult result) {
    auto record = made_record(trial_at(protocol, "first", row, setting, seed, known()), std::move(result));
    record.digest = write_record(record).digest;
    records.by_trial[record.trial].push_back(std::move(record));
  }
  void add(const std::string& row, const std::string& setting, const std::string& seed, std::vector<int64_t> correct) {
    add(row, setting, seed, made_result(correct));
  }
  Table table() const { return make_table(protocol, shown_.get(), records, skipped); }

  Protocol protocol;
  RecordIndex records;
  std::map<std::string, std::string> skipped;

 private:
  KnownFacts known_, shown_;
};

inline const Cell& cell_at(const Table& table, const std::string& row, const std::string& column) {
  const auto* cell = table.find("first", row, column);
  if (cell == nullptr) throw InternalError("no cell " + row + " " + column);
  return *cell;
}

}  // namespace nlb::test

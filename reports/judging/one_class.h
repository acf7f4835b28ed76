// reports/judging/one_class.h -- trials that several machines measured: which records a cell takes. Mixing machines
// inside a cell would make a spread of rounding out of a spread of seeds, so a cell keeps to one determinism class.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

/// Names a determinism class in baselines and remarks: 16 hex digits of SHA-256 over its canonical JSON.
std::string class_digest(const Json& determinism_class);

/// The records of one cell, of one determinism class as far as that class has its trials.
class CellRecords {
 public:
  /// `trials`: ids of all trials of the cell. `first`: digests of classes that go before all others (a baseline's);
  /// then the class with most of the trials, then the smallest digest. Trials that the first class lacks come from the
  /// next.
  CellRecords(const RecordIndex& records, const std::vector<std::string>& trials,
              const std::set<std::string>& first = {});

  /// The record that counts: ok before failed, then by class, then the smallest digest; null without a record.
  const Record* find(const std::string& trial) const;

 private:
  const RecordIndex& records_;
  std::map<std::string, int> places_;  ///< class digest -> its place in the order; empty where no trial has two records
};

/// Which classes the records that count in a cell are of, where they are of several, and how many others were left out;
/// "" where all are of one and none was.
std::string class_remark(const RecordIndex& records, const std::vector<const Record*>& counting);
/// The same of all cells of a table: where records were left out, each remark with the cells that it is about; of the
/// others one line.
std::vector<std::string> class_remarks(const RecordIndex& records, const Table& table);

}  // namespace nlb

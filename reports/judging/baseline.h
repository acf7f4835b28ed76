// reports/judging/baseline.h -- what `nlbench check` holds records against: per cell the value of every seed entry, per
// determinism class the chains. A snapshot says the same of the records at hand; a baseline is one that was stored.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

/// One seed entry of a cell.
struct SeedState {
  std::string trial = {};              ///< id; "" where the protocol or its row is gone
  double percent = 0;                  ///< test accuracy under the cell's rule; 0 for a failed or missing trial
  std::string failure = {};            ///< message of a failed trial, else ""
  std::string missing = {};            ///< why there is no record, else ""; never stored
  std::string determinism_class = {};  ///< digest; never stored
  std::string fault = {};              ///< two records of one class with different chains, else ""; never stored
};

struct GuardedCell {
  std::string rule;  ///< selection rule
  int64_t test_images = 0;
  std::map<std::string, SeedState> seeds;  ///< by name of the seed entry
  std::string remark = {};               ///< which determinism class counts, where several were measured; never stored
  std::vector<double> percents() const;  ///< of the trials that ended well
};

struct ChainHeads {
  std::string state, count;
  bool operator==(const ChainHeads&) const = default;
};
struct KnownClass {
  Json determinism_class;
  std::map<std::string, ChainHeads> chains;  ///< by trial id
};

struct Snapshot {
  std::map<std::string, GuardedCell> cells;   ///< by cell id; columns of one setting (derived ones follow from them)
  std::map<std::string, KnownClass> classes;  ///< by digest of the class
};

/// Why a baseline was written, and by which build.
struct BaselineChange {
  std::string reason, version, commit;
};

struct Baseline {
  std::vector<std::string> protocols = {}, groups = {};  ///< groups: as --group takes them; empty means main
  std::vector<BaselineChange> history = {};              ///< oldest first
  Snapshot snapshot = {};
};

/// What a snapshot is taken of.
struct SnapshotSource {
  const RecordIndex& records;
  const std::map<std::string, std::string>& left_out;  ///< trial id -> why its records do not count
  std::set<std::string> known_classes = {};            ///< digests; these go before other classes (CellRecords)
};
/// Cells of measured rows under each group's default rule, with the chains of all their records.
Snapshot snapshot_of(const std::vector<Protocol>& protocols, const std::vector<std::string>& groups, const Facts& facts,
                     const SnapshotSource& source);
std::set<std::string> class_digests(const Snapshot& snapshot);

/// Throws InputError with all problems of the file.
Baseline read_baseline(const std::filesystem::path& file);
std::string baseline_text(const Baseline& baseline);

/// The baseline after an accepted change: cells of `now`; its classes beside the older ones, whose chains stay for
/// trials that the change did not move.
Baseline updated(const Baseline& before, const Snapshot& now, const BaselineChange& change);

/// What an update refuses: "mini/ce/0.4 seed 1: not run", one a line.
std::vector<std::string> missing_of(const Snapshot& snapshot);

}  // namespace nlb

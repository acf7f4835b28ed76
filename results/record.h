// results/record.h -- a record: what one trial measured, where and when, <= 8 KB whatever its number of classes, and
// its curves apart. Never rewritten.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "protocols/trial.h"
#include "results/result.h"

namespace nlb {

/// 2: what is kept per test image is compressed. 3: classes_never_predicted is true; before, it was always 0. 4: has
/// `looks`; a record without them is written as 3. 5: the rules count from `counted_from` on; before, they counted the
/// epochs of every training. 6: the noise matrix is compressed and lies with the curves; before, it was JSON in the
/// record, 2 MB for 1,000 classes. A record without noise is written as 3, 4 or 5. 7: has best_on_val_latest, which
/// only a record with a held-out part has; all others are written as before.
inline constexpr int kRecordSchema = 7;

struct PackLine;

/// Where a record comes from: recorded, shown, not part of the determinism class.
struct Build {
  std::string version, commit;
  bool dirty = false;
};
struct Machine {
  std::string cpu, gpu, system;
  int64_t cores = 0, memory_bytes = 0;
};

struct Record {
  std::string trial;  ///< id
  TrialSpec spec;
  std::map<std::string, std::string> sources;
  TrialUse use;  ///< the place it was first run for, for people
  Build build;
  Machine machine;
  std::vector<int> looks;     ///< run with --until-decided: the seed counts at which it looks; else empty
  TrialResult result;         ///< curves empty unless read with them
  std::string digest;         ///< SHA-256 of the record file: its name
  std::string curves_digest;  ///< SHA-256 of the curves file
  std::string origin = {};    ///< "" measured here; "predictions": made elsewhere, only scored here
  std::string file;           ///< path it was read from, with the curves beside it; or PackLine::place()
  std::shared_ptr<const PackLine> line = {};  ///< of a pack, where it was read from one
};

/// The record's and the curves' file text. The curves hold the bitmaps, counts and both matrices as gzip in base64
/// (until schema 1: base64 alone).
struct RecordFiles {
  std::string digest, record, curves;
};
RecordFiles write_record(const Record& record);
/// Throws InputError: truncated, wrong digest, newer schema (named), wrong type.
Record read_record(const std::string& text, const std::string& file);
/// Throws InputError unless `text` is what the record names.
void check_curves_digest(const std::string& text, const std::string& file, const Record& record);
/// Also fills the noise matrix, and counts classes_never_predicted, and what the rules pick, where the record's schema
/// does not tell.
void read_curves(const std::string& text, const std::string& file, Record& record);

}  // namespace nlb

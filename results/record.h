// results/record.h -- a record: what one trial measured, where and when, <= 8 KB, and its curves apart. Never
// rewritten.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocols/trial.h"
#include "results/result.h"

namespace nlb {

/// 2: what is kept per test image is compressed. 3: classes_never_predicted is true; before, it was always 0. 4: has
/// `looks`; a record without them is written as 3. 5: the rules count from `counted_from` on; before, they counted the
/// epochs of every training. A record of one training is written as 3 or 4.
inline constexpr int kRecordSchema = 5;

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
  std::string file;           ///< path it was read from; the curves lie beside it
};

/// The record's and the curves' file text. The curves hold the bitmaps, counts and confusion matrix as gzip in base64
/// (until schema 1: base64 alone).
struct RecordFiles {
  std::string digest, record, curves;
};
RecordFiles write_record(const Record& record);
/// Throws InputError: truncated, wrong digest, newer schema (named), wrong type.
Record read_record(const std::string& text, const std::string& file);
/// Throws InputError unless `text` is what the record names.
void check_curves_digest(const std::string& text, const std::string& file, const Record& record);
/// Also counts classes_never_predicted, and what the rules pick, where the record's schema does not tell.
void read_curves(const std::string& text, const std::string& file, Record& record);

}  // namespace nlb

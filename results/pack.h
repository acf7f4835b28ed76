// results/pack.h -- a pack: the records of one protocol with their curves, one a line of JSON, in a file
// <protocol>.jsonl.xz. `xzcat FILE | jq .` reads it. It only grows: a batch of records is a further xz stream at its
// end. docs/results.md says what a line holds.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "results/result.h"

namespace nlb {

inline constexpr int kPackSchema = 1;
inline constexpr std::string_view kPackEnding = ".jsonl.xz";
/// Lines of one stream, in bytes of text: what one flipped bit can take, and what a reader holds at once. A longer line
/// is a stream of its own.
inline constexpr size_t kPackStreamBytes = size_t{1} << 21;

/// Goes up when apply_rules, or what facts say of a method's trainings, makes other or more counts of equal curves.
/// What a pack stored by rules older than kOldestCountingRules is counted again; 2 also has best_on_val_latest.
inline constexpr int64_t kOldestCountingRules = 1, kCountingRules = 2;

/// A record as its two files hold it, byte for byte.
struct StoredRecord {
  std::string trial, digest;          ///< the folder and the name of its files
  std::string record;                 ///< content of <digest>.json
  std::optional<std::string> curves;  ///< content of <digest>.curves.json; absent: the file is missing
};

/// One line of a pack, in pieces of its text.
struct PackLine {
  std::string pack;                          ///< path, for messages
  std::shared_ptr<const std::string> owner;  ///< holds what the views below see
  std::string_view trial, digest;
  std::string_view record, curves;  ///< JSON values; curves may be null
  std::string_view recount;         ///< JSON value; "" where the line has none

  std::string place() const;  ///< "DIR/mnist_glc.jsonl.xz: record 0a1b2c3d4e5f"
  bool has_curves() const { return curves != "null"; }
  /// The files' content. Throws InputError where the record's does not have the digest.
  std::string record_text() const;
  std::optional<std::string> curves_text() const;
  /// What today's rules count in a record that does not say so itself; absent: not stored, or by other rules.
  std::optional<FinalCounts> counts() const;
};

/// The line of a record, with its newline.
std::string pack_line(const StoredRecord& stored, const std::optional<FinalCounts>& counts);
/// xz streams of at most kPackStreamBytes of whole lines each.
std::string pack_streams(const std::vector<std::string>& lines);

struct PackContent {
  std::vector<std::shared_ptr<const PackLine>> lines;  ///< of all sound streams, in the order of the file
  /// Damaged streams with their place and what is lost, lines that are not ones of a pack or of a newer schema.
  Problems problems;
};
/// Never throws for what the file holds. `pack`: its path, for messages.
PackContent read_pack(std::string_view bytes, const std::string& pack);

/// Whether a file of that name is a pack.
bool is_pack_name(const std::filesystem::path& path);

}  // namespace nlb

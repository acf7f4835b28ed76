// protocols/sources.h -- where each value of a protocol comes from: a block says it once for all its values, or by key.
#pragma once

#include <map>
#include <string>

#include "core/json.h"

namespace nlb {

using SourceMap = std::map<std::string, std::string>;  ///< JSON pointer into to_json(TrialSpec) -> source

/// The "source" of one block: a text, or {"*": for the rest, "key" or "key/key": for that value and what is below it}.
class BlockSource {
 public:
  explicit BlockSource(ObjectReader& reader);  ///< reads the key "source", if it is there
  /// Says where each leaf of `value` comes from. `key` names it in the block, `pointer` in the trial; a leaf without a
  /// source is a problem.
  void cover(const JsonNode& value, const std::string& key, const std::string& pointer, SourceMap& found);
  void cover_leaf(const std::string& key, const std::string& pointer, SourceMap& found);
  /// Keys of the source that cover nothing are problems.
  void close();

 private:
  JsonNode block_;
  std::map<std::string, std::pair<std::string, bool>> by_key_;  ///< key -> source, used
};

/// A text that says where something comes from; empty is a problem.
std::string read_source(ObjectReader& reader, const std::string& key = "source");

}  // namespace nlb

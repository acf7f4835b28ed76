// core/json.h -- reading JSON that a person wrote: every value knows its file and path, every object is closed, all
// problems are collected. Writing: canonical text, whose SHA-256 is an identity.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace nlb {

using Json = nlohmann::json;  ///< keys sorted: what canonical_text prints

/// Bounds of a number; prints itself as in "[0, 1)".
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;   ///< low itself is not allowed
  bool high_open = false;  ///< high itself is not allowed
  static Range at_least(double low) { return {.low = low}; }
  static Range above(double low) { return {.low = low, .low_open = true}; }
  static Range between(double low, double high) { return {.low = low, .high = high}; }
  static Range half_open(double low, double high) { return {.low = low, .high = high, .high_open = true}; }
  bool contains(double value) const;
  std::string text() const;
};

class ObjectReader;

/// One value inside a parsed file. Reading a wrong type adds a problem and returns a neutral value (0 moved into the
/// range, false, "", the first allowed word), so that reading goes on; call problems().throw_if_any() at the end. Below
/// a missing key everything is neutral without a second problem. Nodes are cheap to copy; the document is shared.
class JsonNode {
 public:
  /// Throws InputError `file:line:column: ...` when the text is not JSON, has duplicate keys, or nests deeper than 64.
  static JsonNode parse(std::string_view text, const std::string& file, Problems& problems);
  /// Throws InputError when the file cannot be read (missing, folder, larger than 64 MiB).
  static JsonNode read_file(const std::filesystem::path& path, Problems& problems);

  const std::string& file() const;
  const std::string& path() const { return path_; }  ///< as in /noise/rate; "" at the top
  std::string place() const { return file() + ": " + (path_.empty() ? "/" : path_); }
  bool is_null() const;  ///< JSON null, or the neutral node of a missing key
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_number() const;
  Json raw() const;                           ///< a copy, keys sorted; the place of each value is lost
  JsonNode holding(const Json& value) const;  ///< a node at this place with another value: what a patch makes of it

  double number(const Range& range = {}) const;
  int64_t integer(int64_t low = std::numeric_limits<int64_t>::min(),
                  int64_t high = std::numeric_limits<int64_t>::max()) const;  ///< 2.0 counts as 2
  bool boolean() const;
  std::string text() const;
  std::string one_of(const std::vector<std::string>& allowed) const;  ///< suggests the nearest allowed word
  std::vector<JsonNode> items() const;                                ///< of an array
  std::vector<std::pair<std::string, JsonNode>> members() const;      ///< of an object, in the order of the file

  void problem(const std::string& text) const;  ///< adds `file: path: text`
  Problems& problems() const;

 private:
  friend class ObjectReader;
  struct Document;
  JsonNode(std::shared_ptr<Document> document, const nlohmann::ordered_json* value, std::string path);
  std::shared_ptr<Document> document_;
  const nlohmann::ordered_json* value_ = nullptr;
  std::string path_;
};

/// Reads the members of one object. Every key asked for is an allowed key; close() reports all others as unknown, with
/// the allowed ones and the nearest.
class ObjectReader {
 public:
  explicit ObjectReader(const JsonNode& node);  ///< adds a problem if the node is no object
  bool has(const std::string& key);
  JsonNode at(const std::string& key);                   ///< required
  std::optional<JsonNode> find(const std::string& key);  ///< optional
  double number(const std::string& key, const Range& range = {});
  int64_t integer(const std::string& key, int64_t low = std::numeric_limits<int64_t>::min(),
                  int64_t high = std::numeric_limits<int64_t>::max());
  bool boolean(const std::string& key);
  std::string text(const std::string& key);
  std::string text_or(const std::string& key, const std::string& fallback);
  std::string one_of(const std::string& key, const std::vector<std::string>& allowed);
  void close();
  const JsonNode& node() const { return node_; }

 private:
  JsonNode node_;
  std::vector<std::string> asked_;
};

/// Keys sorted, no spaces, shortest digits that read back as the same double. Whole numbers print as integers (2.0 and
/// 2 have one identity, -0 prints as 0). Throws InternalError on NaN, infinity, or text that is not UTF-8.
std::string canonical_text(const Json& value);

}  // namespace nlb

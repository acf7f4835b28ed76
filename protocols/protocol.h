// protocols/protocol.h -- one protocol file = one table with fixed conditions: validated once, then immutable.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "facts/facts.h"
#include "protocols/trial.h"

namespace nlb {

/// One fully fixed data condition.
struct Setting {
  std::string name;  ///< "0.4", "uniform/0.001/0.3"
  std::string title;
  NoiseSpec noise;
  std::optional<TrustedSpec> trusted;
  std::map<std::string, uint64_t> frozen;  ///< draw -> value: the protocol's, the group's and its own, the last wins
  std::map<std::string, std::string> sources;  ///< JSON pointer into to_json(TrialSpec) -> source
};

/// One setting, or a mean or an area under the error curve over several.
struct Column {
  enum class Kind { setting, mean, error_area };
  std::string id, title;
  Kind kind = Kind::setting;
  std::vector<std::string> settings;  ///< one for Kind::setting; in order of the abscissa otherwise
  std::vector<double> abscissa;       ///< error_area: trapezoid over these
  std::string source;
};

struct SeedEntry {
  std::string name;
  uint64_t noise = 0, split = 0, init = 0, train = 0;
};

struct Printed {
  std::string source;   ///< paper and table, or repository file
  std::string printed;  ///< digits as printed
  std::string kind;     ///< seed, repo, page, paper-recalled
};

struct PublishedValue {
  std::string column;
  double value = 0;                 ///< percent
  int decimals = 1;                 ///< printed ones: half a unit of the last counts as uncertainty
  std::optional<double> low, high;  ///< conflicting sources: the range [low, high] is shown; `value`, in it, decides
  std::optional<double> deviation;  ///< as printed
  std::string deviation_kind;       ///< standard_deviation, standard_error, unknown
  std::optional<int> runs;          ///< as printed
  std::string varied;               ///< which draws varied between runs, in words, "" where unknown
  /// noise, split, init, train: draws that all these runs shared and that ours does not reproduce bit for bit.
  std::vector<std::string> shared;
  std::string rule;  ///< last, mean_last_10, best_on_test, best_on_val; last_or_mean_last_10 (a bare "last"), unknown
  std::string kind;  ///< of the deciding source; paper-recalled decides nothing
  std::vector<Printed> printed_by;
  std::map<std::string, std::string>
      conditions;          ///< network, schedule, noise_variant, trusted_labels: where they are printed
  std::string difference;  ///< what makes it not comparable with this row; "" if nothing
  std::string note;
};

/// A named configuration of a method.
struct Row {
  /// planned: fully specified, but its method, net or data set is not built; follows from the facts. imported: no row
  /// of the file, its predictions were made elsewhere and scored here (reports/judging/imported_rows.h).
  enum class Status { measured, planned, published_only, imported };
  std::string id, title;
  Status status = Status::measured;
  std::string
      method;  ///< facts id; for published_only rows it may be unknown to the facts: then "" and `title` says it
  std::string ran_by;            ///< whose code and recipe made the published values; "" unknown
  bool conditions_known = true;  ///< false: runs under the group's recipe, verdict *conditions unknown*
  Json options = Json::object();
  NetSpec net;
  RecipeSpec recipe;
  std::map<std::string, Json> options_per_level;  ///< setting -> changed options
  std::map<std::string, NetSpec> net_per_level;   ///< setting -> the net there in place of `net`
  std::map<std::string, Json> recipe_per_level;   ///< setting -> changed recipe members, for patched()
  std::map<std::string, std::map<std::string, std::string>> sources_per_level;  ///< setting -> pointer -> source
  std::vector<std::string> seeds;          ///< names of entries; the row's own number
  std::map<std::string, uint64_t> frozen;  ///< "noise" | "split" | "init" | "train" -> value; wins over the setting's
  int64_t clean_labels_trained = 0, clean_labels_selected = 0;
  std::map<std::string, std::string> sources;  ///< JSON pointer into to_json(TrialSpec) -> source
  std::vector<PublishedValue> published;
  std::string oracle_choice;  ///< other rows of which this printed row is the best: a derived cell, marked
  std::string note;
  const NetSpec& net_at(const std::string& setting) const;
  /// Measured or scored here: ranked among the others of its group.
  bool is_ranked() const { return status == Status::measured || status == Status::imported; }
};

/// Rows with equal data-side conditions; ranks and ties only inside.
struct Group {
  std::string id, title, conditions;
  DataSpec data;
  std::map<std::string, std::string> data_sources;  ///< JSON pointer into to_json(TrialSpec) -> source
  std::vector<Setting> settings;
  std::vector<Column> columns;
  std::vector<Row> rows;
  const Setting& setting(const std::string& name) const;
  const Column& column(const std::string& id) const;
  const Row& row(const std::string& id) const;
};

/// A tolerance committed after records were there: shown on the page.
struct ToleranceChange {
  std::string date;  ///< YYYY-MM-DD
  std::string was;   ///< what it was before, in words
  std::string reason;
};

struct Tolerance {
  double points = 0.5;                    ///< accuracy points
  std::map<std::string, double> columns;  ///< column -> points
  std::string reason;
  std::vector<ToleranceChange> changes;  ///< oldest first
};

/// A comparison a source makes between cells.
struct Claim {
  std::string text, source, group;
  std::string better, worse;  ///< row ids; worse "" = every other row of the group
  std::string worse_group;    ///< where `worse` stands: `group`, or another with the same columns
  std::vector<std::string> columns;
};

struct Protocol {
  enum class Kind { table, smoke, mini, quickstart, own };
  std::string id, title, summary, file;
  Kind kind = Kind::table;
  std::string smoke_twin, one_recipe_twin;
  bool lower_is_better = false;  ///< error areas
  std::string precision, precision_source;
  std::vector<SeedEntry> seeds;
  std::string seeds_source;
  std::vector<int> seed_looks;  ///< seed counts at which `--until-decided` looks: {3, 5, 10}
  Tolerance tolerance;
  std::map<std::string, DatasetFacts> datasets = {};  ///< of the user's own, by id
  std::vector<Group> groups;                          ///< groups[0] is `main`
  std::vector<Claim> claims;
  std::string content_digest;  ///< SHA-256 of the file and of those it refers to
  const Group& group(const std::string& id) const;
};

/// All problems of the file at once, its name against its id included. Throws InputError.
Protocol read_protocol(const std::filesystem::path& path, const Facts& facts);
/// All problems of `root` at once; no content_digest. Throws InputError.
Protocol parse_protocol(const JsonNode& root, const Facts& facts);

/// Finds protocols by id or path: a path, then `folders` in order. One id twice with different content is an
/// InputError.
class ProtocolShelf {
 public:
  explicit ProtocolShelf(std::vector<std::filesystem::path> folders);
  /// Throws InputError with the nearest id.
  Protocol find(const std::string& id_or_path, const Facts& facts) const;
  std::vector<std::string> ids() const;  ///< sorted

 private:
  std::vector<std::filesystem::path> folders_;
};

}  // namespace nlb

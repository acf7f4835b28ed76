// cli/desk.h -- what a verb works on: the protocols named, what is known of their data, the plan of its selection and
// the records of its results folders.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/lookup.h"
#include "protocols/own_data.h"
#include "protocols/plan.h"
#include "results/store.h"

namespace nlb {

/// Each part is made when it is first asked for, and then kept; nothing is read before. Whoever holds a reference must
/// not outlive the desk.
class Desk {
 public:
  /// `selection`: of plan(). `results`: folders or packs as --results named them; none: the default one.
  explicit Desk(ProtocolFlags protocols, Selection selection = {}, std::vector<std::string> results = {});
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  /// Where ids are looked up.
  const ProtocolShelf& shelf();
  /// The protocols named, each once. Throws InputError where none was named or one is wrong (all problems at once).
  const std::vector<Protocol>& protocols();
  bool names_protocols() const { return !flags_.ids().empty(); }
  /// Protocols of the shelf that can be read; what is wrong with the others is for `validate` to say.
  const std::vector<Protocol>& readable();
  /// Any protocol of the shelf, or a file. Throws InputError where it is wrong.
  const Protocol& protocol(const std::string& id_or_path);
  /// nlbench's facts and the data sets that the protocols named describe.
  const Facts& known();
  /// Trials of the selection. Throws NothingSelected where nothing fits it.
  const Plan& plan();
  /// Every group and row of the protocols.
  const Plan& whole();

  const std::vector<std::filesystem::path>& results();
  /// Records of plan().
  const RecordIndex& records();
  RecordIndex records_of(const Plan& plan);
  /// Records of trials that the protocols have and `plan` leaves out: their speed tells too.
  RecordIndex records_beside(const Plan& plan);
  /// Records of all trials that a table of these protocols may show: every group and row, and where the protocol has
  /// looks every seed entry, as `run --until-decided` may have gone beyond a row's own.
  RecordIndex table_records();
  RecordIndex table_records(const std::vector<std::filesystem::path>& folders);
  /// Ids with a record in the results folders, sorted.
  std::vector<std::string> stored_trials();

 private:
  const std::vector<std::string>& table_trials();

  ProtocolFlags flags_;
  Selection selection_;
  std::vector<std::string> named_results_;
  std::optional<ProtocolShelf> shelf_;
  std::optional<std::vector<Protocol>> protocols_, readable_;
  std::map<std::string, Protocol> found_;
  std::unique_ptr<KnownFacts> known_;
  std::optional<Plan> plan_, whole_;
  std::optional<std::vector<std::filesystem::path>> results_;
  std::optional<RecordIndex> records_;
  std::optional<std::vector<std::string>> table_trials_;
};

/// Ids with a record in `folders`, sorted.
std::vector<std::string> stored_trials(const std::vector<std::filesystem::path>& folders);

}  // namespace nlb

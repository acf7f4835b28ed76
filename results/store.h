// results/store.h -- results/<trial id>/<record digest>.json (+ .curves.json): written whole, synced, renamed, never
// rewritten. Folders of several machines merge by copying. Checkpoints and claims of running trials live in
// results/.state/.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/lock.h"
#include "results/record.h"

namespace nlb {

class Store {
 public:
  /// Throws EnvironmentError where the folder cannot be written (only when `writable`).
  explicit Store(std::filesystem::path folder, bool writable = true);

  /// Stores the curves first, then the record; a crash between them leaves a file that readers ignore.
  void add(const Record& record) const;
  /// Every readable record of a trial, ok ones first, then by digest. A broken file (truncated, changed, newer schema)
  /// becomes a line of `problems` and is left out.
  std::vector<Record> records_of(const std::string& trial_id, Problems& problems) const;
  bool has_ok_record(const std::string& trial_id) const;
  std::vector<std::string> trial_ids() const;  ///< sorted

  /// The claim on a trial: while it lives, no other process of this machine runs it.
  std::optional<FileLock> claim(const std::string& trial_id) const;
  bool is_claimed(const std::string& trial_id) const;  ///< by any process of this machine; creates nothing
  std::filesystem::path checkpoint_path(const std::string& trial_id) const;
  /// Removes temporary files that killed processes left.
  void sweep(const std::string& trial_id) const;
  std::filesystem::path log_path(const std::string& trial_id) const;
  std::filesystem::path folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

/// The file beside record.file. Throws InputError when it is missing.
std::filesystem::path curves_path(const Record& record);
/// Reads the curves that lie beside record.file. Throws InputError when they are missing or changed.
void load_curves(Record& record);
/// Says what is wrong instead of throwing, without the folder; "" when they are read. Pages go on without.
std::string try_load_curves(Record& record);

/// Records of all folders by trial, ok before failed, then by digest; cells keep to one class
/// (reports/judging/one_class.h). Two ok records of one determinism class with different chains are a fault.
struct RecordIndex {
  std::map<std::string, std::vector<Record>> by_trial;
  std::map<std::string, std::vector<std::string>> determinism_faults;  ///< trial id -> in words
  Problems problems;
  const Record* find(const std::string& trial_id) const;
};
RecordIndex read_records(const std::vector<std::filesystem::path>& folders, const std::vector<std::string>& trial_ids);

}  // namespace nlb

// results/store.h -- what readers know of a results folder: records by trial, whether they lie in files of their own,
// results/<trial id>/<record digest>.json (+ .curves.json), or in packs, results/<protocol>.jsonl.xz (results/pack.h).
// Files are written whole, synced, renamed, never rewritten. Folders of several machines merge by copying. Checkpoints
// and claims of running trials live in results/.state/.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/lock.h"
#include "results/packs.h"
#include "results/record.h"

namespace nlb {

class Store {
 public:
  /// `folder`: of results; where nothing is written, a single pack too. Throws EnvironmentError where the folder cannot
  /// be written (only when `writable`).
  explicit Store(std::filesystem::path folder, bool writable = true);

  /// Stores the curves first, then the record; a crash between them leaves a file that readers ignore.
  void add(const Record& record) const;
  /// Every readable record of a trial, once, ok ones first, then by digest. A broken file or line of a pack (truncated,
  /// changed, newer schema) becomes a line of `problems` and is left out; what is damaged in a pack is told by packs().
  std::vector<Record> records_of(const std::string& trial_id, Problems& problems) const;
  std::vector<Record> records_of(const std::string& trial_id, const Packs& packs, Problems& problems) const;
  /// The folder's packs, read again when one has changed.
  std::shared_ptr<const Packs> packs() const { return shelf_->packs(); }
  bool has_ok_record(const std::string& trial_id) const;
  std::vector<std::string> trial_ids() const;           ///< with a folder or a line in a pack, sorted
  std::vector<std::string> trials_with_folder() const;  ///< sorted

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
  std::shared_ptr<PackShelf> shelf_;  ///< copies share what was read
};

/// Whether records may be read from there: a folder, or a pack.
bool is_results_place(const std::filesystem::path& place);
/// A record file as read_stored finds it: its name is the digest of its content, and its trial that of its folder.
/// Throws InputError, or EnvironmentError where the file cannot be read; each names the file.
Record read_record_file(const std::filesystem::path& path, const std::string& trial_id);
/// Record files of a trial's folder, sorted.
std::vector<std::filesystem::path> record_files(const std::filesystem::path& trial_folder);

/// Text of a stored file and how to name it.
struct StoredText {
  std::string text, place;
};
/// The record as it is stored. Throws InputError, or EnvironmentError, when it is gone.
StoredText stored_record(const Record& record);
/// The curves of the record as they are stored. Throws InputError when they are missing.
StoredText stored_curves(const Record& record);
/// Where `run --keep` put a file of the record's trial, whether or not it is there.
std::filesystem::path kept_place(const Record& record, const std::string& name);

/// Reads the curves of the record. Throws InputError when they are missing or changed.
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

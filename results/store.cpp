#include "results/store.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/durable.h"
#include "core/parallel.h"
#include "core/sha256.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void check_writable(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || ::access(folder.c_str(), W_OK | X_OK) != 0) {
    const std::string reason = error ? error.message() : std::strerror(errno);
    throw EnvironmentError("cannot write to the results folder " + folder.string() + ": " + reason +
                           "; choose another one with --results DIR or NLBENCH_RESULTS");
  }
}

/// A message that names its file already, without it.
std::string without_place(const std::string& message, const fs::path& file) {
  const auto place = file.string() + ": ";
  return message.starts_with(place) ? message.substr(place.size()) : message;
}

/// What a record of an older schema does not tell by itself; stays unknown where the curves cannot be read.
void complete_by_curves(Record& record) {
  FinalCounts& counts = record.result.final_counts;
  if (counts.classes_never_predicted && counts.counted_from > 0) return;
  Record with_curves = record;
  try_load_curves(with_curves);
  counts = with_curves.result.final_counts;
  set_image_bytes(counts, image_bytes({}));  // read again with the curves by who wants them
}

/// Throws InputError, or EnvironmentError where the file cannot be read; each names the file.
Record read_stored(const fs::path& path, const std::string& trial_id) {
  const auto text = read_file(path);
  if (hex(sha256(text)) != path.stem().string()) {
    throw InputError(
        path.string() +
        ": its content does not have the digest in its name; it was changed or cut off: copy it again or delete it");
  }
  Record record = read_record(text, path.string());
  if (record.trial != trial_id) {
    throw InputError(path.string() + ": this is a record of trial " + record.trial + "; move it to the folder " +
                     record.trial);
  }
  record.file = path.string();
  complete_by_curves(record);
  return record;
}

bool better(const Record& a, const Record& b) {
  if (a.result.status != b.result.status) return a.result.status == TrialResult::Status::ok;
  return a.digest < b.digest;
}

/// Two ok records of one class must have equal chains.
std::vector<std::string> faults_of(const std::vector<Record>& records) {
  std::vector<std::string> faults;
  std::map<std::string, const Record*> first_of_class;
  for (const auto& record : records) {
    if (record.result.status != TrialResult::Status::ok) continue;
    const auto [place, fresh] = first_of_class.emplace(record.result.determinism_class.dump(), &record);
    const Record& first = *place->second;
    if (fresh || (first.result.state_chain == record.result.state_chain &&
                  first.result.count_chain == record.result.count_chain))
      continue;
    faults.push_back("trial " + record.trial.substr(0, 12) + ": records " + first.digest.substr(0, 12) + " and " +
                     record.digest.substr(0, 12) + " are of one determinism class but have different chains");
  }
  return faults;
}

/// What the folders hold of one trial, each record once, the one that counts first.
struct TrialRecords {
  std::vector<Record> records;
  std::vector<std::string> faults;
  Problems problems;
};

TrialRecords read_trial(const std::vector<fs::path>& folders, const std::string& id) {
  TrialRecords found;
  auto& records = found.records;
  for (const auto& folder : folders) {
    for (auto& record : Store(folder, false).records_of(id, found.problems)) records.push_back(std::move(record));
  }
  std::sort(records.begin(), records.end(), better);
  records.erase(std::unique(records.begin(), records.end(),
                            [](const Record& a, const Record& b) { return a.digest == b.digest; }),
                records.end());
  found.faults = faults_of(records);
  return found;
}

}  // namespace

Store::Store(fs::path folder, bool writable) : folder_(std::move(folder)) {
  if (writable) check_writable(folder_);
}

void Store::add(const Record& record) const {
  const auto files = write_record(record);
  const auto folder = folder_ / record.trial;
  write_file_durably(folder / (files.digest + ".curves.json"), files.curves);
  write_file_durably(folder / (files.digest + ".json"), files.record);
}

std::vector<Record> Store::records_of(const std::string& trial_id, Problems& problems) const {
  std::vector<Record> records;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_ / trial_id, error)) {
    const auto& path = entry.path();
    if (path.extension() != ".json" || !is_digest(path.stem().string())) continue;
    try {
      records.push_back(read_stored(path, trial_id));
    } catch (const std::runtime_error& wrong) {  // InputError, or EnvironmentError of a file that cannot be read
      problems.add(path.string(), without_place(wrong.what(), path));
    }
  }
  std::sort(records.begin(), records.end(), better);
  return records;
}

bool Store::has_ok_record(const std::string& trial_id) const {
  Problems ignored;
  const auto records = records_of(trial_id, ignored);
  return !records.empty() && records.front().result.status == TrialResult::Status::ok;
}

std::vector<std::string> Store::trial_ids() const {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (entry.is_directory() && is_digest(entry.path().filename().string()))
      ids.push_back(entry.path().filename().string());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

fs::path curves_path(const Record& record) {
  const auto path = fs::path(record.file).replace_extension(".curves.json");
  if (!fs::exists(path)) throw InputError(path.string() + ": the curves of this record are missing; copy them again");
  return path;
}

void load_curves(Record& record) {
  if (!record.origin.empty()) return;  // they came with it
  const auto path = curves_path(record);
  read_curves(read_file(path), path.string(), record);
}

std::string try_load_curves(Record& record) {
  const auto folder = fs::path(record.file).parent_path().string() + "/";
  try {
    load_curves(record);
    return {};
  } catch (const std::runtime_error& wrong) {
    const std::string message = wrong.what();
    return message.starts_with(folder) ? message.substr(folder.size()) : message;
  }
}

std::optional<FileLock> Store::claim(const std::string& trial_id) const {
  return FileLock::try_take(folder_ / ".state" / trial_id / "claim");
}

bool Store::is_claimed(const std::string& trial_id) const {
  return FileLock::is_held(folder_ / ".state" / trial_id / "claim");
}

void Store::sweep(const std::string& trial_id) const {
  sweep_leftovers(folder_ / trial_id);
  sweep_leftovers(folder_ / ".state" / trial_id);
}

fs::path Store::checkpoint_path(const std::string& trial_id) const {
  return folder_ / ".state" / trial_id / "checkpoint";
}

fs::path Store::log_path(const std::string& trial_id) const { return folder_ / ".state" / trial_id / "log.txt"; }

const Record* RecordIndex::find(const std::string& trial_id) const {
  const auto found = by_trial.find(trial_id);
  return found == by_trial.end() || found->second.empty() ? nullptr : &found->second.front();
}

RecordIndex read_records(const std::vector<fs::path>& folders, const std::vector<std::string>& trial_ids) {
  std::vector<TrialRecords> found(trial_ids.size());
  for_each_index(trial_ids.size(), [&](size_t i) { found[i] = read_trial(folders, trial_ids[i]); });
  RecordIndex index;
  for (size_t i = 0; i < trial_ids.size(); ++i) {
    index.problems.add(found[i].problems);
    if (found[i].records.empty()) continue;
    if (!found[i].faults.empty()) index.determinism_faults[trial_ids[i]] = std::move(found[i].faults);
    index.by_trial.emplace(trial_ids[i], std::move(found[i].records));
  }
  return index;
}

}  // namespace nlb

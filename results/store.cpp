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
std::string without_place(const std::string& message, const std::string& place) {
  return message.starts_with(place + ": ") ? message.substr(place.size() + 2) : message;
}

/// What a record of an older schema does not tell by itself; stays unknown where the curves cannot be read.
void complete_by_curves(Record& record) {
  FinalCounts& counts = record.result.final_counts;
  if (!needs_curves(counts)) return;
  Record with_curves = record;
  try_load_curves(with_curves);
  counts = with_curves.result.final_counts;
  set_image_bytes(counts, image_bytes({}));  // read again with the curves by who wants them
}

bool better(const Record& a, const Record& b) {
  if (a.result.status != b.result.status) return a.result.status == TrialResult::Status::ok;
  return a.digest < b.digest;
}

Record read_packed(const std::shared_ptr<const PackLine>& line) {
  const auto place = line->place();
  Record record = read_record(line->record_text(), place);
  if (record.trial != line->trial)
    throw InputError(place + ": this is a record of trial " + record.trial + ", not of the line's, " +
                     std::string(line->trial));
  record.file = place;
  record.line = line;
  // A pack stores what the curves tell, for reading all curves costs a report more than all else.
  if (const auto counts = line->counts()) record.result.final_counts = *counts;
  complete_by_curves(record);
  return record;
}

bool has_curves(const Record& record) {
  return record.line ? record.line->has_curves() : fs::exists(fs::path(record.file).replace_extension(".curves.json"));
}

/// ok first, then by digest, each once: of two copies one that has its curves, and rather a file.
void sort_and_unite(std::vector<Record>& records) {
  std::stable_sort(records.begin(), records.end(), better);
  std::vector<Record> kept;
  for (auto& record : records) {
    if (kept.empty() || kept.back().digest != record.digest)
      kept.push_back(std::move(record));
    else if (!has_curves(kept.back()))
      kept.back() = std::move(record);
  }
  records = std::move(kept);
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

/// A results folder with its packs, which are read once for all trials.
struct OpenStore {
  Store store;
  std::shared_ptr<const Packs> packs;
};

TrialRecords read_trial(const std::vector<OpenStore>& stores, const std::string& id) {
  TrialRecords found;
  auto& records = found.records;
  for (const auto& [store, packs] : stores) {
    for (auto& record : store.records_of(id, *packs, found.problems)) records.push_back(std::move(record));
  }
  sort_and_unite(records);
  found.faults = faults_of(records);
  return found;
}

}  // namespace

Store::Store(fs::path folder, bool writable)
    : folder_(std::move(folder)), shelf_(std::make_shared<PackShelf>(folder_)) {
  if (writable) check_writable(folder_);
}

void Store::add(const Record& record) const {
  const auto files = write_record(record);
  const auto folder = folder_ / record.trial;
  write_file_durably(folder / (files.digest + ".curves.json"), files.curves);
  write_file_durably(folder / (files.digest + ".json"), files.record);
}

std::vector<Record> Store::records_of(const std::string& trial_id, Problems& problems) const {
  return records_of(trial_id, *packs(), problems);
}

std::vector<Record> Store::records_of(const std::string& trial_id, const Packs& packs, Problems& problems) const {
  std::vector<Record> records;
  const auto read = [&](const std::string& place, const auto& reader) {
    try {
      records.push_back(reader());
    } catch (const std::runtime_error& wrong) {  // InputError, or EnvironmentError of a file that cannot be read
      problems.add(place, without_place(wrong.what(), place));
    }
  };
  for (const auto& path : record_files(folder_ / trial_id)) {
    read(path.string(), [&] {
      auto record = read_record_file(path, trial_id);
      complete_by_curves(record);
      return record;
    });
  }
  if (const auto lines = packs.by_trial.find(trial_id); lines != packs.by_trial.end()) {
    for (const auto& line : lines->second) read(line->place(), [&] { return read_packed(line); });
  }
  sort_and_unite(records);
  return records;
}

bool Store::has_ok_record(const std::string& trial_id) const {
  Problems ignored;
  const auto records = records_of(trial_id, ignored);
  return !records.empty() && records.front().result.status == TrialResult::Status::ok;
}

std::vector<std::string> Store::trial_ids() const {
  auto ids = trials_with_folder();
  const auto packed = packs();  // another thread may read them anew meanwhile
  for (const auto& [trial, lines] : packed->by_trial) ids.push_back(trial);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<std::string> Store::trials_with_folder() const {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (entry.is_directory() && is_digest(entry.path().filename().string()))
      ids.push_back(entry.path().filename().string());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool is_results_place(const fs::path& place) {
  std::error_code error;
  return fs::is_directory(place, error) || (is_pack_name(place) && fs::is_regular_file(place, error));
}

std::vector<fs::path> record_files(const fs::path& trial_folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(trial_folder, error)) {
    if (entry.path().extension() == ".json" && is_digest(entry.path().stem().string())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Record read_record_file(const fs::path& path, const std::string& trial_id) {
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
  return record;
}

StoredText stored_record(const Record& record) {
  if (record.line) return {record.line->record_text(), record.file};
  return {read_file(record.file), record.file};
}

StoredText stored_curves(const Record& record) {
  const auto path = record.line ? record.file : fs::path(record.file).replace_extension(".curves.json").string();
  std::optional<std::string> text;
  if (record.line) {
    text = record.line->curves_text();
  } else if (fs::exists(path)) {
    text = read_file(path);
  }
  if (!text) throw InputError(path + ": the curves of this record are missing; copy them again");
  return {std::move(*text), path};
}

fs::path kept_place(const Record& record, const std::string& name) {
  const auto folder =
      record.line ? fs::path(record.line->pack).parent_path() / record.trial : fs::path(record.file).parent_path();
  return folder / name;
}

void load_curves(Record& record) {
  if (!record.origin.empty()) return;  // they came with it
  const auto curves = stored_curves(record);
  read_curves(curves.text, curves.place, record);
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
  RecordIndex index;
  std::vector<OpenStore> stores;
  for (const auto& folder : folders) {
    const Store store(folder, false);
    stores.push_back({store, store.packs()});
    index.problems.add(stores.back().packs->problems);
  }
  std::vector<TrialRecords> found(trial_ids.size());
  for_each_index(trial_ids.size(), [&](size_t i) { found[i] = read_trial(stores, trial_ids[i]); });
  for (size_t i = 0; i < trial_ids.size(); ++i) {
    index.problems.add(found[i].problems);
    if (found[i].records.empty()) continue;
    if (!found[i].faults.empty()) index.determinism_faults[trial_ids[i]] = std::move(found[i].faults);
    index.by_trial.emplace(trial_ids[i], std::move(found[i].records));
  }
  return index;
}

}  // namespace nlb

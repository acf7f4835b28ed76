#include "results/packing.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <thread>
#include <tuple>

#include "core/durable.h"
#include "core/lock.h"
#include "core/parallel.h"
#include "results/store.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr auto kLockPause = std::chrono::milliseconds(20);
constexpr int kLockTries = 30'000;  // ten minutes; an append takes seconds

/// A record to be packed.
struct Entry {
  StoredRecord stored;
  std::optional<FinalCounts> counts;  ///< what its own schema does not say
  TrialUse use;
  /// The order of a pack: that of its table, so that neighbours resemble each other (7 % smaller than by trial id).
  auto key() const { return std::tie(use.group, use.row, use.setting, use.seed, stored.trial, stored.digest); }
};

/// Equal records by the same key; of two copies the one with curves first.
bool before(const Entry& a, const Entry& b) {
  if (a.key() != b.key()) return a.key() < b.key();
  return a.stored.curves.has_value() && !b.stored.curves.has_value();
}

/// The home of a record: the pack of the protocol that it names itself. Ids are names of files.
std::string home_of(const TrialUse& use, const std::string& place) {
  const bool good = !use.protocol.empty() && use.protocol.front() != '.' &&
                    use.protocol.find('/') == std::string::npos && use.protocol.find('\0') == std::string::npos;
  if (!good) throw InputError(place + ": /use/protocol: \"" + use.protocol + "\" cannot be the name of a pack");
  return use.protocol + std::string(kPackEnding);
}

/// Throws InputError where the curves are not those that the record names.
Entry entry_of(const Record& record) {
  Entry entry;
  entry.use = record.use;
  entry.stored = {.trial = record.trial, .digest = record.digest, .record = stored_record(record).text, .curves = {}};
  const bool missing =
      record.line ? !record.line->has_curves() : !fs::exists(fs::path(record.file).replace_extension(".curves.json"));
  if (missing) return entry;
  auto curves = stored_curves(record);
  Record complete = record;
  read_curves(curves.text, curves.place, complete);
  entry.stored.curves = std::move(curves.text);
  if (needs_curves(record.result.final_counts)) entry.counts = complete.result.final_counts;
  return entry;
}

/// Entries by pack, and what could not be read.
struct Gathered {
  std::map<std::string, std::vector<Entry>> by_pack;
  Problems problems;
};

/// What one source gives, or why not.
struct Gift {
  std::string place, problem;
  std::function<Record()> record;
  std::string pack;
  Entry entry;
};

Gathered gather(std::vector<Gift> gifts) {
  for_each_index(gifts.size(), [&](size_t i) {
    auto& gift = gifts[i];
    try {
      const auto record = gift.record();
      gift.pack = home_of(record.use, gift.place);
      gift.entry = entry_of(record);
    } catch (const std::runtime_error& wrong) {
      gift.problem = wrong.what();
    }
  });
  Gathered all;
  for (auto& gift : gifts) {
    if (gift.problem.empty()) {
      all.by_pack[gift.pack].push_back(std::move(gift.entry));
      continue;
    }
    const bool named = gift.problem.starts_with(gift.place + ": ");
    all.problems.add(gift.place, named ? gift.problem.substr(gift.place.size() + 2) : gift.problem);
  }
  return all;
}

std::vector<Gift> gifts_of_files(const std::vector<fs::path>& folders) {
  std::vector<Gift> gifts;
  for (const auto& folder : folders) {
    for (const auto& trial : Store(folder, false).trials_with_folder()) {
      for (const auto& path : record_files(folder / trial))
        gifts.push_back({path.string(), "", [path, trial] { return read_record_file(path, trial); }, "", {}});
    }
  }
  return gifts;
}

Record record_of(const std::shared_ptr<const PackLine>& line) {
  auto record = read_record(line->record_text(), line->place());
  if (record.trial != line->trial)
    throw InputError(line->place() + ": its line names another trial; copy the pack again");
  record.file = line->place();
  record.line = line;
  return record;
}

std::vector<fs::path> all_packs(const std::vector<fs::path>& sources) {
  std::vector<fs::path> packs;
  for (const auto& source : sources) {
    for (auto& pack : packs_in(source)) packs.push_back(std::move(pack));
  }
  return packs;
}

std::vector<Gift> gifts_of(const std::vector<std::shared_ptr<const PackLine>>& lines) {
  std::vector<Gift> gifts;
  for (const auto& line : lines) gifts.push_back({line->place(), "", [line] { return record_of(line); }, "", {}});
  return gifts;
}

/// Held while a pack is read and written again.
FileLock lock_of(const fs::path& pack) {
  const auto path = pack.parent_path() / ".state" / ("pack." + pack.filename().string());
  for (int i = 0; i < kLockTries; ++i) {
    if (auto lock = FileLock::try_take(path)) return std::move(*lock);
    std::this_thread::sleep_for(kLockPause);
  }
  throw EnvironmentError(pack.string() + ": another process has been writing it for ten minutes (" + path.string() +
                         ")");
}

/// The pack as it lies there; "" where there is none. Throws InputError where it is damaged.
std::string sound_bytes(const fs::path& pack, PackContent& content) {
  if (!fs::exists(pack)) return {};
  auto bytes = read_file(pack);
  content = read_pack(bytes, pack.string());
  if (content.problems.empty()) return bytes;
  throw InputError(content.problems.lines().front() + "\n" + pack.string() + ": is left as it is; `nlbench merge " +
                   pack.string() + " --out DIR` writes what it still holds to a " + "new pack");
}

std::vector<std::string> lines_of(const std::vector<Entry>& entries) {
  std::vector<std::string> lines;
  lines.reserve(entries.size());
  for (const auto& entry : entries) lines.push_back(pack_line(entry.stored, entry.counts));
  return lines;
}

/// Sorted, each record once.
void unite(std::vector<Entry>& entries) {
  std::stable_sort(entries.begin(), entries.end(), before);
  const auto same = [](const Entry& a, const Entry& b) { return a.key() == b.key(); };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
}

/// Digest -> whether the pack has its curves.
std::map<std::string, bool> known_of(const PackContent& content) {
  std::map<std::string, bool> known;
  for (const auto& line : content.lines) {
    auto& has_curves = known[std::string(line->digest)];
    has_curves = has_curves || line->has_curves();
  }
  return known;
}

void append(const fs::path& pack, std::vector<Entry> entries, Moved& moved) {
  unite(entries);
  const auto lock = lock_of(pack);
  sweep_leftovers(pack.parent_path());
  PackContent old;
  const auto bytes = sound_bytes(pack, old);
  const auto known = known_of(old);
  std::erase_if(entries, [&](const Entry& entry) {
    const auto found = known.find(entry.stored.digest);
    return found != known.end() && (found->second || !entry.stored.curves);
  });
  if (entries.empty()) return;
  const auto streams = pack_streams(lines_of(entries));
  const std::string_view pieces[] = {bytes, streams};
  write_file_durably(pack, pieces);
  moved.records += entries.size();
  moved.packs.push_back(pack);
}

/// Removes what the pack gives back byte for byte.
void remove_packed(const std::vector<fs::path>& folders, const fs::path& target) {
  const auto packs = Store(target, false).packs();
  const auto is_packed = [&](const std::string& trial, const fs::path& path, const std::string& record,
                             const std::optional<std::string>& curves) {
    const auto lines = packs->by_trial.find(trial);
    if (lines == packs->by_trial.end()) return false;
    return std::any_of(lines->second.begin(), lines->second.end(), [&](const auto& line) {
      return line->digest == path.stem().string() && line->record_text() == record && line->curves_text() == curves;
    });
  };
  for (const auto& folder : folders) {
    for (const auto& trial : Store(folder, false).trials_with_folder()) {
      for (const auto& path : record_files(folder / trial)) {
        auto beside = path;
        beside.replace_extension(".curves.json");
        const auto curves = fs::exists(beside) ? std::optional(read_file(beside)) : std::nullopt;
        if (!is_packed(trial, path, read_file(path), curves)) continue;
        remove_file_durably(path);  // the record first: curves alone are no record
        remove_file_durably(beside);
      }
      std::error_code kept;
      fs::remove(folder / trial, kept);  // where nothing else lies there
    }
  }
}

/// Whether it was not there before. Throws InputError where something else lies under the name.
bool write_once(const fs::path& path, const std::string& text) {
  if (fs::exists(path)) {
    if (read_file(path) == text) return false;
    throw InputError(path.string() + ": is there with another content; it was changed: move it away");
  }
  write_file_durably(path, text);
  return true;
}

}  // namespace

Moved pack_records(const std::vector<fs::path>& folders, const fs::path& target, bool remove) {
  Moved moved;
  auto gathered = gather(gifts_of_files(folders));
  moved.problems = std::move(gathered.problems);
  size_t given = 0;
  for (auto& [name, entries] : gathered.by_pack) {
    given += entries.size();
    append(target / name, std::move(entries), moved);
  }
  moved.already = given - moved.records;
  if (remove) remove_packed(folders, target);
  return moved;
}

Moved unpack_records(const std::vector<fs::path>& sources, const fs::path& target) {
  Moved moved;
  for (const auto& pack : all_packs(sources)) {
    const auto packs = read_packs({pack});
    moved.problems.add(packs.problems);
    for (const auto& [trial, lines] : packs.by_trial) {
      for (const auto& line : lines) {
        try {
          const auto record = record_of(line);
          const auto stem = target / record.trial / record.digest;
          if (const auto curves = line->curves_text()) {
            check_curves_digest(*curves, line->place(), record);
            write_once(stem.string() + ".curves.json", *curves);
          }
          ++(write_once(stem.string() + ".json", line->record_text()) ? moved.records : moved.already);
        } catch (const InputError& wrong) {
          moved.problems.add(line->place(), wrong.what());
        }
      }
    }
  }
  return moved;
}

Moved merge_packs(const std::vector<fs::path>& sources, const fs::path& target) {
  Moved moved;
  std::vector<std::shared_ptr<const PackLine>> lines;
  const auto packs = read_packs(all_packs(sources));
  for (const auto& [trial, list] : packs.by_trial) lines.insert(lines.end(), list.begin(), list.end());
  auto gathered = gather(gifts_of(lines));
  moved.problems = packs.problems;
  moved.problems.add(gathered.problems);
  for (auto& [name, entries] : gathered.by_pack) {
    const auto pack = target / name;
    const auto lock = lock_of(pack);
    PackContent old;
    const auto bytes = sound_bytes(pack, old);
    const auto known = known_of(old);
    auto own = gather(gifts_of(old.lines));
    own.problems.throw_if_any();  // what is in the pack must not be lost by writing it anew
    for (auto& [home, list] : own.by_pack)
      entries.insert(entries.end(), std::make_move_iterator(list.begin()), std::make_move_iterator(list.end()));
    unite(entries);
    const auto fresh = std::count_if(entries.begin(), entries.end(),
                                     [&](const Entry& entry) { return !known.contains(entry.stored.digest); });
    moved.records += static_cast<size_t>(fresh);
    moved.already += entries.size() - static_cast<size_t>(fresh);
    const auto whole = pack_streams(lines_of(entries));
    if (whole == bytes) continue;
    write_file_durably(pack, whole);
    moved.packs.push_back(pack);
  }
  return moved;
}

}  // namespace nlb

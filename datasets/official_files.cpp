#include "datasets/official_files.h"

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/forms/registry.h"
#include "facts/dataset_archives.h"
#include "formats/archive.h"
#include "formats/gzip.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;
using Stored = FileSource::Form;
using Kind = FileState::Kind;

std::string wrong_size(size_t found, const FileFacts& file) {
  // What holds more is not read to its end, so its length stays unknown.
  if (found > static_cast<size_t>(file.bytes)) return "more than the expected " + std::to_string(file.bytes) + " bytes";
  return std::to_string(found) + " bytes, expected " + std::to_string(file.bytes);
}

/// CIFAR's batches hold names of images too; written anew by Python 3 in protocol 2, every second byte takes two.
size_t most_bytes(const FileFacts& file, Stored form) {
  const auto bytes = static_cast<size_t>(file.bytes);
  return form == Stored::pickle ? 2 * bytes + bytes / 8 + (size_t{1} << 20) : bytes;
}

/// What the digest is remembered under, beside the file.
std::string memory_key(const FileSource& source, const FileFacts& file) {
  std::string key = source.path.filename().string();
  if (source.is_archive()) key += ":" + source.member;
  if (source.form == Stored::pickle) key += " as " + fs::path(file.name).filename().string();
  return key;
}

/// A file whose length alone says that it is not the official one.
bool has_wrong_length(const FileSource& source, const FileFacts& file, const FileStamp& stamp) {
  return source.form == Stored::plain && !source.is_archive() && stamp.size != file.bytes;
}

bool lies_on_disk(const FileSource& source) { return source.form == Stored::plain && !source.is_archive(); }

/// What SHA256SUMS beside `file` says of it; nothing where there is none or it does not name the file.
std::optional<std::string> noted_digest(const fs::path& file) {
  const fs::path sums = file.parent_path() / "SHA256SUMS";
  if (!stamp_of(sums)) return std::nullopt;
  constexpr size_t kDigits = 64, kName = kDigits + 2;  // two spaces, or a space and an asterisk
  for (const std::string& line : split(read_file(sums), '\n')) {
    if (line.size() <= kName || fs::path(line.substr(kName)).filename() != file.filename()) continue;
    return hex(digest_from_hex(line.substr(0, kDigits)));
  }
  return std::nullopt;
}

/// Below the data folder as its name says, or in the data folder itself.
std::pair<fs::path, std::optional<FileStamp>> found_archive(const fs::path& data_folder, const FileFacts& archive) {
  const fs::path named = data_folder / archive.name;
  if (const auto stamp = stamp_of(named)) return {named, stamp};
  const fs::path flat = data_folder / named.filename();
  return {flat, stamp_of(flat)};
}

std::string arrived_words(const FileStamp& stamp, const FileFacts& archive) {
  const std::string sizes = std::to_string(stamp.size) + " bytes, expected " + std::to_string(archive.bytes);
  return stamp.size < archive.bytes ? sizes + ": the download is not whole, go on with it" : sizes;
}

}  // namespace

std::string expected_words(const FileFacts& file) {
  if (file.sha256.empty()) return "the official file, of which nobody published a digest";
  return std::to_string(file.bytes) + " bytes, SHA-256 " + file.sha256;
}

OfficialFiles::OfficialFiles(const DatasetFacts& facts, fs::path data_folder, bool recompute)
    : facts_(facts), form_(form_of(facts)), data_folder_(std::move(data_folder)), recompute_(recompute) {}

OfficialFiles::~OfficialFiles() {
  for (auto& [folder, memory] : memories_) memory.save();
}

std::optional<FileSource> OfficialFiles::find(const FileFacts& file) const {
  for (const FileSource& candidate : form_.sources(facts_, file, data_folder_)) {
    if (stamp_of(candidate.path)) return candidate;
  }
  return std::nullopt;
}

std::string OfficialFiles::place(const FileFacts& file) const {
  const auto source = find(file);
  if (!source) return (data_folder_ / file.name).string();
  return source->path.string() + (source->is_archive() ? ": " + source->member : "");
}

DigestMemory& OfficialFiles::memory_of(const fs::path& folder) {
  return memories_.try_emplace(folder, folder).first->second;
}

OfficialFiles::Members OfficialFiles::read_members(const fs::path& archive) const {
  std::map<std::string, size_t> limits;
  for (const FileFacts& file : facts_.files) {
    for (const FileSource& source : form_.sources(facts_, file, data_folder_)) {
      if (source.path == archive) limits[source.member] = most_bytes(file, source.form);
    }
  }
  Members members;
  visit_tar(
      archive,
      [&](const std::string& name) {
        const auto found = limits.find(name);
        return found == limits.end() ? 0 : found->second;
      },
      [&](ArchiveMember member) { members[member.name] = std::move(member.content); });
  return members;
}

std::string OfficialFiles::stored_bytes(const FileSource& source) {
  if (!source.is_archive()) return read_file(source.path);
  auto found = unpacked_.find(source.path);
  if (found == unpacked_.end()) found = unpacked_.emplace(source.path, read_members(source.path)).first;
  const auto member = found->second.find(source.member);
  if (member == found->second.end()) throw InputError("the archive holds no " + source.member);
  return std::move(found->second.extract(member).mapped());
}

/// The content of the official file, made from whichever form it has.
std::string OfficialFiles::read_source(const FileFacts& file, const FileSource& source) {
  std::string bytes = stored_bytes(source);
  if (source.form == Stored::gzip) return gunzip(bytes, static_cast<size_t>(file.bytes));
  if (source.form == Stored::plain) return bytes;
  if (bytes.size() > most_bytes(file, source.form)) throw InputError("longer than any official batch");
  return form_.of_pickle(facts_, bytes);
}

/// Of a file that lies on disk as it is, in the memory of a block of it.
std::string OfficialFiles::digest_on_disk(const FileSource& source, const std::string& key, const FileStamp& stamp) {
  DigestMemory& memory = memory_of(source.path.parent_path());
  if (const auto known = recompute_ ? std::nullopt : memory.recall(key, stamp)) return *known;
  const std::string digest = hex(sha256_of_file(source.path));
  memory.remember(key, stamp, digest);
  return digest;
}

OfficialFiles::Checked OfficialFiles::check_unpublished(const FileFacts& file, const FileSource& source,
                                                        const FileStamp& stamp) {
  Checked checked{.state = {.name = file.name, .kind = Kind::wrong_digest, .found = ""}, .content = "", .digest = ""};
  checked.state.found = form_.problem_of(facts_, file, source);
  if (!checked.state.found.empty()) return checked;
  checked.digest = digest_on_disk(source, memory_key(source, file), stamp);
  const auto noted = noted_digest(source.path);
  checked.state.found = "SHA-256 " + checked.digest;
  if (noted && *noted != checked.digest) {
    checked.state.found += ", but SHA256SUMS beside it says " + *noted;
    return checked;
  }
  checked.state.found += noted ? ", as SHA256SUMS beside it says" : ", which nobody published; its form and counts fit";
  checked.state.kind = Kind::good;
  return checked;
}

OfficialFiles::Checked OfficialFiles::check(const FileFacts& file, bool keep_content) {
  Checked checked{.state = {.name = file.name, .kind = Kind::missing, .found = ""}, .content = "", .digest = ""};
  const auto wrong = [&](Kind kind, const std::string& found) {
    checked.state.kind = kind;
    checked.state.found = found;
    return std::move(checked);
  };
  const auto source = find(file);
  const auto stamp = source ? stamp_of(source->path) : std::nullopt;
  if (!stamp) return wrong(Kind::missing, elsewhere(file));
  if (file.sha256.empty()) return check_unpublished(file, *source, *stamp);
  if (has_wrong_length(*source, file, *stamp)) {
    return wrong(Kind::wrong_size, std::to_string(stamp->size) + " bytes, expected " + std::to_string(file.bytes));
  }
  DigestMemory& memory = memory_of(source->path.parent_path());
  const std::string key = memory_key(*source, file);
  const bool on_disk = lies_on_disk(*source) && !keep_content;
  auto digest = recompute_ ? std::nullopt : memory.recall(key, *stamp);
  if (on_disk) digest = digest_on_disk(*source, key, *stamp);
  if (!digest || keep_content) {
    try {
      checked.content = read_source(file, *source);
    } catch (const InputError& error) {
      return wrong(Kind::wrong_digest, error.what());
    }
    if (checked.content.size() != static_cast<size_t>(file.bytes)) {
      return wrong(Kind::wrong_size, wrong_size(checked.content.size(), file));
    }
  }
  if (!digest) {
    digest = hex(sha256(checked.content));
    memory.remember(key, *stamp, *digest);
  }
  if (*digest != file.sha256) {
    return wrong(Kind::wrong_digest, "SHA-256 " + *digest + ", expected " + file.sha256);
  }
  checked.digest = *digest;
  checked.state.kind = Kind::good;
  return checked;
}

FileState OfficialFiles::state(const FileFacts& file) { return check(file, false).state; }

/// Where a file of that name lies that is looked for elsewhere: its folder has another name, or lies deeper.
std::string OfficialFiles::elsewhere(const FileFacts& file) const {
  const fs::path name = fs::path(file.name).filename();
  std::error_code error;
  for (fs::directory_iterator at(data_folder_, error), end; !error && at != end; at.increment(error)) {
    for (const fs::path& folder : {at->path(), at->path() / fs::path(file.name).parent_path()}) {
      if (stamp_of(folder / name)) return "a " + name.string() + " lies in " + folder.string();
    }
  }
  return {};
}

std::string OfficialFiles::missing_text(const FileFacts& file) const {
  const std::string found = elsewhere(file);
  return (data_folder_ / file.name).string() + ": not found (also looked for " +
         form_.other_places(facts_, file, data_folder_) + "); " +
         (found.empty() ? "expected " + expected_words(file) : found + "; move or rename that folder");
}

std::vector<FileState> OfficialFiles::archives() {
  std::vector<FileState> all;
  for (const FileFacts& archive : dataset_archives(facts_.id)) {
    const auto [path, stamp] = found_archive(data_folder_, archive);
    if (!stamp) continue;
    FileState state{.name = archive.name, .kind = Kind::good, .found = ""};
    if (stamp->size != archive.bytes) {
      state.kind = Kind::wrong_size;
      state.found = arrived_words(*stamp, archive);
    } else {
      const FileSource source{.path = path, .member = "", .form = Stored::plain};
      const std::string digest = digest_on_disk(source, memory_key(source, archive), *stamp);
      state.found = "SHA-256 " + digest;
      if (digest != archive.sha256) {
        state.kind = Kind::wrong_digest;
        state.found += ", expected " + archive.sha256;
      }
    }
    all.push_back(std::move(state));
  }
  return all;
}

/// What to do with the archives that lie there while their files are missing.
std::string OfficialFiles::archives_text() const {
  std::string text;
  for (const FileFacts& archive : dataset_archives(facts_.id)) {
    const auto [path, stamp] = found_archive(data_folder_, archive);
    if (!stamp) continue;
    text += path.string() + ": " +
            (stamp->size == archive.bytes ? "is there; unpack it into " + path.parent_path().string()
                                          : arrived_words(*stamp, archive)) +
            "\n";
  }
  return text;
}

void OfficialFiles::require_all() const {
  std::string text;
  for (const FileFacts& file : facts_.files) {
    if (!find(file)) text += missing_text(file) + "\n";
  }
  if (text.empty()) return;
  throw MissingData(text + archives_text() + "get " + facts_.title + " from " + facts_.address +
                    ", unpack it there, or name the folder that holds it with --data");
}

void OfficialFiles::refuse(const FileFacts& file, const FileState& state) const {
  if (state.kind == Kind::missing) throw MissingData(missing_text(file) + "; get it from " + facts_.address);
  throw InputError(place(file) + ": not the official file: " + state.found + "; remove it and get it again from " +
                   facts_.address);
}

std::string OfficialFiles::content(const FileFacts& file) {
  Checked checked = check(file, true);
  if (checked.state.kind != Kind::good) refuse(file, checked.state);
  return std::move(checked.content);
}

OfficialContent OfficialFiles::open(const FileFacts& file) {
  const auto source = find(file);
  const bool on_disk = source && lies_on_disk(*source);
  Checked checked = check(file, !on_disk);
  if (checked.state.kind != Kind::good) refuse(file, checked.state);
  if (!on_disk) return {place(file), checked.digest, std::move(checked.content)};
  return {place(file), checked.digest, source->path, static_cast<int64_t>(fs::file_size(source->path))};
}

}  // namespace nlb

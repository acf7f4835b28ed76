#include "datasets/official_files.h"

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/forms/registry.h"
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

}  // namespace

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

OfficialFiles::Checked OfficialFiles::check(const FileFacts& file, bool keep_content) {
  Checked checked{.state = {.name = file.name, .kind = Kind::missing, .found = ""}, .content = ""};
  const auto wrong = [&](Kind kind, const std::string& found) {
    checked.state.kind = kind;
    checked.state.found = found;
    return std::move(checked);
  };
  const auto source = find(file);
  const auto stamp = source ? stamp_of(source->path) : std::nullopt;
  if (!stamp) return checked;
  if (has_wrong_length(*source, file, *stamp)) {
    return wrong(Kind::wrong_size, std::to_string(stamp->size) + " bytes, expected " + std::to_string(file.bytes));
  }
  DigestMemory& memory = memory_of(source->path.parent_path());
  const std::string key = memory_key(*source, file);
  auto digest = recompute_ ? std::nullopt : memory.recall(key, *stamp);
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
  checked.state.kind = Kind::good;
  return checked;
}

FileState OfficialFiles::state(const FileFacts& file) { return check(file, false).state; }

std::string OfficialFiles::missing_text(const FileFacts& file) const {
  return (data_folder_ / file.name).string() + ": not found (also looked for " +
         form_.other_places(facts_, file, data_folder_) + "); expected " + std::to_string(file.bytes) +
         " bytes, SHA-256 " + file.sha256;
}

void OfficialFiles::require_all() const {
  std::string text;
  for (const FileFacts& file : facts_.files) {
    if (!find(file)) text += missing_text(file) + "\n";
  }
  if (text.empty()) return;
  throw MissingData(text + "get " + facts_.title + " from " + facts_.address +
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
  const bool lies_on_disk = source && source->form == Stored::plain && !source->is_archive();
  Checked checked = check(file, !lies_on_disk);
  if (checked.state.kind != Kind::good) refuse(file, checked.state);
  if (lies_on_disk) return {place(file), file.sha256, source->path, file.bytes};
  return {place(file), file.sha256, std::move(checked.content)};
}

}  // namespace nlb

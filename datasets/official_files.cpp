#include "datasets/official_files.h"

#include <algorithm>
#include <cctype>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "datasets/gzip.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

/// train-images-idx3-ubyte -> train-images.idx3-ubyte, as some mirrors call it.
std::string dotted(std::string name) {
  if (const size_t at = name.find("-idx"); at != std::string::npos) name[at] = '.';
  return name;
}

using Kind = FileState::Kind;

struct Wrong {
  Kind kind;
  std::string found;
};

Wrong wrong_size(int64_t found, const FileFacts& file) {
  return {Kind::wrong_size, std::to_string(found) + " bytes, expected " + std::to_string(file.bytes)};
}

bool is_compressed(const fs::path& path) { return path.extension() == ".gz"; }

/// Reads the uncompressed bytes; tells what is wrong with their number.
std::optional<Wrong> read_content(const fs::path& path, const FileFacts& file, std::string& content) {
  content = read_file(path);
  if (is_compressed(path)) {
    try {
      content = gunzip(content, static_cast<size_t>(file.bytes));
    } catch (const InputError& error) {
      return Wrong{Kind::wrong_digest, error.what()};
    }
  }
  const auto size = static_cast<int64_t>(content.size());
  // A .gz that holds more is not unpacked to its end, so its length stays unknown.
  if (size > file.bytes)
    return Wrong{Kind::wrong_size, "more than the expected " + std::to_string(file.bytes) + " bytes"};
  if (size < file.bytes) return wrong_size(size, file);
  return std::nullopt;
}

}  // namespace

OfficialFiles::OfficialFiles(const DatasetFacts& facts, fs::path data_folder, bool recompute)
    : facts_(facts), data_folder_(std::move(data_folder)), recompute_(recompute) {}

OfficialFiles::~OfficialFiles() {
  for (auto& [folder, memory] : memories_) memory.save();
}

std::vector<fs::path> OfficialFiles::places(const FileFacts& file) const {
  const fs::path official = data_folder_ / file.name;
  if (facts_.format != "idx") return {official, data_folder_ / facts_.id / file.name};
  std::vector<fs::path> all;
  for (const fs::path& folder : {official.parent_path(), data_folder_ / upper(facts_.id) / "raw"}) {
    const std::string name = official.filename().string();
    for (const std::string& form : {name, dotted(name)}) {
      all.push_back(folder / form);
      all.push_back(folder / (form + ".gz"));
    }
  }
  return all;
}

std::optional<fs::path> OfficialFiles::find(const FileFacts& file) const {
  for (const fs::path& candidate : places(file)) {
    if (stamp_of(candidate)) return candidate;
  }
  return std::nullopt;
}

std::string OfficialFiles::place(const FileFacts& file) const {
  return find(file).value_or(data_folder_ / file.name).string();
}

DigestMemory& OfficialFiles::memory_of(const fs::path& folder) {
  return memories_.try_emplace(folder, folder).first->second;
}

OfficialFiles::Checked OfficialFiles::check(const FileFacts& file, bool keep_content) {
  Checked checked{.state = {.name = file.name, .kind = Kind::missing, .found = ""}, .content = ""};
  const auto wrong = [&](const Wrong& what) {
    checked.state.kind = what.kind;
    checked.state.found = what.found;
    return std::move(checked);
  };
  const auto path = find(file);
  const auto stamp = path ? stamp_of(*path) : std::nullopt;
  if (!stamp) return checked;
  if (!is_compressed(*path) && stamp->size != file.bytes) return wrong(wrong_size(stamp->size, file));
  DigestMemory& memory = memory_of(path->parent_path());
  auto digest = recompute_ ? std::nullopt : memory.recall(path->filename().string(), *stamp);
  if (!digest || keep_content) {
    if (const auto what = read_content(*path, file, checked.content)) return wrong(*what);
  }
  if (!digest) {
    digest = hex(sha256(checked.content));
    memory.remember(path->filename().string(), *stamp, *digest);
  }
  if (*digest != file.sha256) {
    return wrong({Kind::wrong_digest, "SHA-256 " + *digest + ", expected " + file.sha256});
  }
  checked.state.kind = Kind::good;
  return checked;
}

FileState OfficialFiles::state(const FileFacts& file) { return check(file, false).state; }

std::string OfficialFiles::missing_text(const FileFacts& file) const {
  const std::string also = facts_.format == "idx"
                               ? "also looked for .gz, the name " + dotted(fs::path(file.name).filename().string()) +
                                     " and the folder " + (data_folder_ / upper(facts_.id) / "raw").string()
                               : "also looked in " + (data_folder_ / facts_.id).string();
  return (data_folder_ / file.name).string() + ": not found (" + also + "); expected " + std::to_string(file.bytes) +
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

std::string OfficialFiles::content(const FileFacts& file) {
  Checked checked = check(file, true);
  if (checked.state.kind == Kind::good) return std::move(checked.content);
  if (checked.state.kind == Kind::missing) {
    throw MissingData(missing_text(file) + "; get it from " + facts_.address);
  }
  throw InputError(place(file) + ": not the official file: " + checked.state.found +
                   "; remove it and get it again from " + facts_.address);
}

}  // namespace nlb

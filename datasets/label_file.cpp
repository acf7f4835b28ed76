#include "datasets/label_file.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/label_sources.h"
#include "formats/npy.h"

namespace nlb {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

InputError too_large(const std::string& place) {
  return InputError(place + ": larger than " + bytes_text(static_cast<double>(kMaxLabelFile)) +
                    "; no label file is so large");
}

/// Protocols 0 and 1 have no first byte of their own: a list, dict, tuple or a global, and a full stop at the end.
bool is_old_pickle(std::string_view bytes) {
  if (!bytes.ends_with('.')) return false;
  constexpr std::array<std::string_view, 9> kStarts = {"(lp", "(dp", "(I", "(L", "(K", "]q", "}q", "(c", "(("};
  for (const std::string_view start : kStarts) {
    if (bytes.starts_with(start)) return true;
  }
  if (!bytes.starts_with('c')) return false;
  const auto lines = split(bytes.substr(0, 200), '\n');  // module, name, ...
  const auto is_name = [](const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char letter) {
      return std::isalnum(letter) != 0 || letter == '_' || letter == '.';
    });
  };
  return lines.size() > 2 && is_name(lines[0].substr(1)) && is_name(lines[1]);
}

LabelFile parse_any(std::string_view bytes, const std::string& place) {
  if (bytes.empty()) throw InputError(place + ": empty");
  if (bytes.size() > kMaxLabelFile) throw too_large(place);
  if (bytes.starts_with(kNpyMagic)) return labels_from_npy(bytes, place);
  if (bytes.starts_with("PK")) return labels_from_zip(bytes, place);
  if (bytes.front() == '\x80' || is_old_pickle(bytes)) return labels_from_pickle(bytes, place);
  const std::string_view text = bytes.starts_with(kByteOrderMark) ? bytes.substr(kByteOrderMark.size()) : bytes;
  const size_t start = text.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && (text[start] == '[' || text[start] == '{')) {
    return labels_from_json(text, place);
  }
  throw InputError(place + ": " + foreign_kind(bytes) +
                   "; read are .npy, .npz, torch.save's .pt, pickles of arrays or lists, and JSON lists");
}

}  // namespace

std::string known_kind(std::string_view bytes) {
  struct Kind {
    std::string_view magic;
    const char* words;
  };
  constexpr std::array kKinds = {
      Kind{"\x1f\x8b", "a gzip file; unpack it first"},
      Kind{"BZh", "a bzip2 file; unpack it first"},
      Kind{"\xfd"
           "7zXZ",
           "an xz file; unpack it first"},
      Kind{"\x28\xb5\x2f\xfd", "a zstd file; unpack it first"},
      Kind{"PK\x03\x04", "a zip file, as Excel's .xlsx is"},
      Kind{"\xd0\xcf\x11\xe0", "an old Office file, as Excel's .xls is"},
      Kind{"\x80", "a Python pickle"},
      Kind{kNpyMagic, "a file of numpy.save"},
      Kind{"\x89HDF", "an HDF5 file"},
      Kind{"MATLAB 5.0", "a MATLAB file"},
      Kind{"PAR1", "a Parquet file"},
      Kind{"ARROW1", "a Feather (Arrow) file"},
      Kind{"SQLite format 3", "an SQLite database"},
      Kind{"\x89PNG", "a PNG image"},
      Kind{"\xff\xd8\xff", "a JPEG image"},
      Kind{"%PDF", "a PDF"},
      Kind{"version https://git-lfs", "a Git LFS pointer, which stands for the file that `git lfs pull` fetches"}};
  for (const Kind& kind : kKinds) {
    if (bytes.starts_with(kind.magic)) return kind.words;
  }
  constexpr size_t kLooked = 4096;
  std::string lower(bytes.substr(0, kLooked));
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const char* mark : {"<!doctype html", "<html", "<head", "<?xml"}) {
    if (lower.find(mark) < 512) {
      return "a web page (HTML or XML), perhaps what a server answered in place of the file; download the file itself";
    }
  }
  return "";
}

std::string foreign_kind(std::string_view bytes) {
  if (auto kind = known_kind(bytes); !kind.empty()) {
    if (bytes.starts_with("MATLAB")) return kind + label_cure(R"(scipy.io.loadmat(FILE)["NAME"])");
    if (bytes.starts_with("\x89HDF")) return kind + "; save the labels as .npy";
    return bytes.starts_with("PAR1") ? kind + "; save the column of labels as .npy" : kind;
  }
  const auto looked = bytes.substr(0, 4096);
  const bool printable = std::all_of(looked.begin(), looked.end(), [](char letter) {
    return static_cast<unsigned char>(letter) >= 0x20 || letter == '\n' || letter == '\r' || letter == '\t' ||
           letter == '\f';
  });
  if (printable) return "plain text" + label_cure(R"(numpy.loadtxt(FILE, dtype="int64", delimiter=...))");
  std::string first;
  constexpr size_t kShown = 8;
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char letter : bytes.substr(0, kShown)) {
    const auto byte = static_cast<uint8_t>(letter);
    first += std::string(first.empty() ? "" : " ") + kDigits[byte >> 4] + kDigits[byte & 15];
  }
  return "not known by its first bytes (" + first + ")";
}

const LabelArray& LabelFile::array(const std::string& name) const {
  std::vector<std::string> names;
  for (const LabelArray& each : arrays) {
    if (each.name == name) return each;
    names.push_back(each.name);
  }
  for (const std::string& other : others) {
    if (other.starts_with("\"" + name + "\": ")) throw InputError(path + ": " + other);
  }
  const auto near = nearest(name, names);
  throw InputError(path + ": no array \"" + name + "\"" + (near ? "; nearest is \"" + *near + "\"" : "") +
                   "; it holds " + join(names, ", "));
}

LabelFile parse_label_file(std::string_view bytes, const std::string& place) {
  LabelFile file = parse_any(bytes, place);
  file.path = place;
  file.digest = hex(sha256(bytes));
  return file;
}

LabelFile read_label_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) throw InputError(path.string() + ": no such file");
  if (std::filesystem::file_size(path, error) > kMaxLabelFile) throw too_large(path.string());
  return parse_label_file(read_file(path), path.string());
}

void check_labels(std::span<const int64_t> labels, int64_t count, int64_t classes, const std::string& place) {
  Problems problems;
  if (std::ssize(labels) != count) {
    problems.add(place, std::to_string(labels.size()) + " labels; expected " + std::to_string(count));
  }
  const auto outside = [&](int64_t label) { return label < 0 || label >= classes; };
  const auto first = std::find_if(labels.begin(), labels.end(), outside);
  if (first != labels.end()) {
    const auto [lowest, highest] = std::minmax_element(labels.begin(), labels.end());
    std::string text = std::to_string(std::count_if(labels.begin(), labels.end(), outside)) +
                       " labels are outside [0, " + std::to_string(classes) + "), the first is " +
                       std::to_string(*first) + " at position " + std::to_string(first - labels.begin());
    if (*lowest == 1 && *highest == classes) {
      text += "; they run from 1 to " + std::to_string(classes) + ": subtract 1" + label_cure("labels - 1");
    }
    problems.add(place, text);
  }
  problems.throw_if_any();
}

}  // namespace nlb

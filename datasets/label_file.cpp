#include "datasets/label_file.h"

#include <algorithm>
#include <array>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/archive.h"
#include "datasets/npy.h"
#include "datasets/pickle.h"

namespace nlb {
namespace {

/// ImageNet's 1.3 million labels as int64 are 10 MB; a file may hold several such arrays.
constexpr size_t kMaxFile = size_t{256} << 20, kMaxLabels = 32'000'000;
constexpr const char* kWhole = "labels";  ///< name of the only array of a file that names none

/// A place in messages.
std::string inside(const std::string& place, const std::string& key) { return place + ": \"" + key + "\""; }

// ---- numpy ----------------------------------------------------------------------------------------------------------

void require_list(const std::vector<int64_t>& shape, const ElementType& type, const std::string& place) {
  if (!type.is_integer()) {
    throw InputError(place + ": elements of " + type.name + "; labels are integers: " + allowed_integer_types());
  }
  if (shape.size() != 1) {
    throw InputError(place + ": an array of shape " + shape_text(shape) + "; labels have one dimension, [N]");
  }
}

LabelFile from_npy(std::string_view bytes, const std::string& place) {
  const NpyArray array = parse_npy(bytes, place);
  require_list(array.shape, array.type, place);
  LabelFile file;
  file.kind = std::string("numpy array of ") + array.type.name + " (.npy version " + std::to_string(bytes[6]) + ")";
  file.arrays.push_back({kWhole, integers_of(array.data, array.type)});
  return file;
}

// ---- pickles --------------------------------------------------------------------------------------------------------

using Kind = PickleValue::Kind;

std::vector<int64_t> labels_of(const Pickle& pickle, const PickleValue& value, const std::string& place) {
  if (value.kind == Kind::array) {
    const std::string bytes = array_bytes(pickle, value, place);
    const ElementType type = element_type(array_dtype(pickle, value)).value();
    require_list(array_shape(pickle, value, place), type, place);
    return integers_of(bytes, type);
  }
  std::vector<int64_t> labels;
  for (size_t i = 0; i < value.items.size(); ++i) {
    const PickleValue& item = pickle.at(value.items[i]);
    if (item.kind != Kind::integer) {
      throw InputError(place + ": entry " + std::to_string(i) + " is " + described(pickle, item) +
                       "; labels are integers");
    }
    labels.push_back(item.integer);
  }
  return labels;
}

bool may_be_labels(const PickleValue& value) { return value.kind == Kind::array || value.kind == Kind::list; }

/// The entries of a dict; one file may not be made to hold more than it has room for by naming one array many times.
void add_entries(const Pickle& pickle, const std::string& place, LabelFile& file) {
  const auto& items = pickle.top().items;
  size_t total = 0;
  for (size_t i = 0; i < items.size(); i += 2) {
    const PickleValue &key = pickle.at(items[i]), &value = pickle.at(items[i + 1]);
    const std::string name = key.kind == Kind::string ? std::string(key.text) : described(pickle, key);
    if (!may_be_labels(value)) {
      file.others.push_back("\"" + name + "\": " + described(pickle, value));
      continue;
    }
    file.arrays.push_back({name, labels_of(pickle, value, inside(place, name))});
    total += file.arrays.back().labels.size();
    if (total > kMaxLabels) throw InputError(place + ": more than " + std::to_string(kMaxLabels) + " labels");
  }
  if (file.arrays.empty())
    throw InputError(place + ": " + described(pickle, pickle.top()) + " without a list or array of labels");
}

LabelFile from_pickle(std::string_view bytes, const std::string& place) {
  constexpr std::string_view kOldTorch("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);
  if (bytes.starts_with(kOldTorch)) {
    throw InputError(place +
                     ": written by torch.save in its form before version 1.6, which is not read; load it in"
                     " Python and numpy.save the labels");
  }
  const Pickle pickle = read_pickle(bytes, place);
  LabelFile file;
  file.kind = "Python pickle of " + described(pickle, pickle.top());
  if (pickle.top().kind == Kind::dict) {
    add_entries(pickle, place, file);
  } else if (may_be_labels(pickle.top())) {
    file.arrays.push_back({kWhole, labels_of(pickle, pickle.top(), place)});
  } else {
    throw InputError(place + ": a pickle of " + described(pickle, pickle.top()) +
                     "; labels are a list or an array of integers, or a dict of them");
  }
  return file;
}

/// torch.save since 1.6: a zip whose one folder holds data.pkl.
LabelFile from_zip(std::string_view bytes, const std::string& place) {
  const auto members = read_zip(bytes, place, kMaxFile);
  std::vector<std::string> names;
  const ArchiveMember* pickle = nullptr;
  for (const auto& member : members) {
    names.push_back(member.name);
    if (member.name.ends_with("/data.pkl")) pickle = &member;
  }
  if (pickle == nullptr) {
    constexpr size_t kShown = 5;
    const size_t shown = std::min(names.size(), kShown);
    throw InputError(place + ": a zip without data.pkl, so not written by torch.save; it holds " +
                     (names.empty() ? "no file" : join(std::span(names).first(shown), ", ")) +
                     (names.size() > shown ? ", ..." : ""));
  }
  LabelFile file = from_pickle(pickle->content, place + ": " + pickle->name);
  file.kind = "torch.save's zip with a " + file.kind;
  return file;
}

// ---- JSON -----------------------------------------------------------------------------------------------------------

std::vector<int64_t> labels_of(const JsonNode& list) {
  std::vector<int64_t> labels;
  for (const JsonNode& item : list.items()) labels.push_back(item.integer());
  list.problems().throw_if_any();
  return labels;
}

bool is_flat_list(const JsonNode& node) {
  if (!node.is_array()) return false;
  const auto items = node.items();
  return items.empty() || (!items.front().is_array() && !items.front().is_object());
}

LabelFile from_json(std::string_view bytes, const std::string& place) {
  Problems problems;
  const JsonNode root = JsonNode::parse(bytes, place, problems);
  LabelFile file;
  if (root.is_array()) {
    file.kind = "JSON list";
    file.arrays.push_back({kWhole, labels_of(root)});
    return file;
  }
  file.kind = "JSON object";
  for (const auto& [key, member] : root.members()) {
    if (is_flat_list(member)) {
      file.arrays.push_back({key, labels_of(member)});
    } else {
      file.others.push_back("\"" + key + "\": " + (member.is_array() ? "a list of lists" : "no list"));
    }
  }
  if (file.arrays.empty()) {
    throw InputError(
        place +
        ": /: an object without a list of labels; allowed are a list, or lists as in {\"noise_labels\": [...]}");
  }
  return file;
}

// ---- which ----------------------------------------------------------------------------------------------------------

/// Words for what people rename or forget to unpack.
std::string foreign_kind(std::string_view bytes) {
  struct Foreign {
    std::string_view magic;
    const char* words;
  };
  constexpr std::array kForeign = {
      Foreign{"\x1f\x8b", "a gzip file; unpack it first"}, Foreign{"\x89HDF", "an HDF5 file; save the labels as .npy"},
      Foreign{"\x89PNG", "a PNG image"}, Foreign{"\xff\xd8\xff", "a JPEG image"}, Foreign{"%PDF", "a PDF"}};
  for (const Foreign& foreign : kForeign) {
    if (bytes.starts_with(foreign.magic)) return foreign.words;
  }
  std::string first;
  constexpr size_t kShown = 8;
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char letter : bytes.substr(0, kShown)) {
    const auto byte = static_cast<uint8_t>(letter);
    first += std::string(first.empty() ? "" : " ") + kDigits[byte >> 4] + kDigits[byte & 15];
  }
  return "not known by its first bytes (" + first + ")";
}

InputError too_large(const std::string& place) {
  return InputError(place + ": larger than " + bytes_text(static_cast<double>(kMaxFile)) +
                    "; no label file is so large");
}

LabelFile parse_any(std::string_view bytes, const std::string& place) {
  if (bytes.empty()) throw InputError(place + ": empty");
  if (bytes.size() > kMaxFile) throw too_large(place);
  if (bytes.starts_with(kNpyMagic)) return from_npy(bytes, place);
  if (bytes.starts_with("PK")) return from_zip(bytes, place);
  if (bytes.front() == '\x80') return from_pickle(bytes, place);
  const size_t start = bytes.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && (bytes[start] == '[' || bytes[start] == '{')) return from_json(bytes, place);
  throw InputError(
      place + ": " + foreign_kind(bytes) +
      "; read are .npy, torch.save's .pt, pickles (protocol 2 to 5) of numpy arrays or lists, and JSON lists");
}

}  // namespace

const LabelArray& LabelFile::array(const std::string& name) const {
  std::vector<std::string> names;
  for (const LabelArray& each : arrays) {
    if (each.name == name) return each;
    names.push_back(each.name);
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
  if (std::filesystem::file_size(path, error) > kMaxFile) throw too_large(path.string());
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
    if (*lowest == 1 && *highest == classes) text += "; they run from 1 to " + std::to_string(classes) + ": subtract 1";
    problems.add(place, text);
  }
  problems.throw_if_any();
}

}  // namespace nlb

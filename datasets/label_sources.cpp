#include "datasets/label_sources.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "formats/archive.h"
#include "formats/npy.h"
#include "formats/pickle.h"

namespace nlb {
namespace {

constexpr size_t kMaxLabels = 32'000'000;
constexpr const char* kWhole = "labels";  ///< name of the only array of a file that names none
using Kind = PickleValue::Kind;

/// Up to five of many names.
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  const size_t shown = std::min(names.size(), kShown);
  return join(std::span(names).first(shown), ", ") + (names.size() > shown ? ", ..." : "");
}

// ---- pickles --------------------------------------------------------------------------------------------------------

LabelReading not_an_integer(const Pickle& pickle, const PickleValue& item, size_t at) {
  return {std::nullopt, "entry " + std::to_string(at) + " is " + described(pickle, item) + "; labels are integers" +
                            label_cure(R"(numpy.asarray(labels, "int64"))")};
}

bool is_list(const PickleValue& value) { return value.kind == Kind::list || value.kind == Kind::tuple; }

/// A list of integers, or of lists of integers of one length.
LabelReading list_reading(const Pickle& pickle, const PickleValue& list) {
  std::vector<int64_t> values;
  const bool nested = !list.items.empty() && is_list(pickle.at(list.items.front()));
  const size_t width = nested ? pickle.at(list.items.front()).items.size() : 1;
  for (size_t i = 0; i < list.items.size(); ++i) {
    const PickleValue& item = pickle.at(list.items[i]);
    if (!nested) {
      if (item.kind != Kind::integer) return not_an_integer(pickle, item, i);
      values.push_back(item.integer);
      continue;
    }
    if (!is_list(item) || item.items.size() != width || values.size() > kMaxLabels) {
      return not_an_integer(pickle, item, i);
    }
    for (const uint32_t inner : item.items) {
      if (pickle.at(inner).kind != Kind::integer) return not_an_integer(pickle, item, i);
      values.push_back(pickle.at(inner).integer);
    }
  }
  std::vector<int64_t> shape = {std::ssize(list.items)};
  if (nested) shape.push_back(static_cast<int64_t>(width));
  return labels_of(std::move(values), shape);
}

LabelReading array_reading(const Pickle& pickle, const PickleValue& array, const std::string& place) {
  if (array.items.empty()) throw InputError(place + ": a numpy array without its data");
  const PickleValue& data = pickle.at(array.items[2]);
  if (data.kind == Kind::list) return list_reading(pickle, data);
  const auto type = element_type(array_dtype(pickle, array));
  if (!type) {
    return {std::nullopt, described(pickle, array) + "; labels are integers: " + allowed_integer_types() +
                              label_cure(R"(labels.astype("int64"))")};
  }
  const auto shape = array_shape(pickle, array, place);
  if (array.fortran && shape.size() > 1) {
    return {std::nullopt, described(pickle, array) + " in Fortran order" + label_cure("labels[:, 0]")};
  }
  return labels_of(array_bytes(pickle, array, place), *type, shape);
}

bool may_be_labels(const PickleValue& value) { return value.kind == Kind::array || is_list(value); }

void add_value(const Pickle& pickle, const std::string& name, const PickleValue& value, const std::string& place,
               LabelMembers& members) {
  if (!may_be_labels(value)) return members.leave(name, described(pickle, value));
  members.add(name, value.kind == Kind::array ? array_reading(pickle, value, place + ": \"" + name + "\"")
                                              : list_reading(pickle, value));
}

std::string key_text(const Pickle& pickle, const PickleValue& key) {
  if (key.kind == Kind::string) return std::string(key.text);
  return key.kind == Kind::integer ? std::to_string(key.integer) : described(pickle, key);
}

LabelFile from_dict(const Pickle& pickle, const PickleValue& dict, const std::string& kind, const std::string& place) {
  std::vector<std::pair<std::string, int64_t>> by_number;
  for (size_t i = 0; i < dict.items.size(); i += 2) {
    const PickleValue& value = pickle.at(dict.items[i + 1]);
    if (value.kind != Kind::integer) break;
    by_number.emplace_back(key_text(pickle, pickle.at(dict.items[i])), value.integer);
  }
  if (2 * by_number.size() == dict.items.size()) {
    if (auto labels = labels_by_number(by_number)) return one_array({std::move(labels), "by number"}, kind, place);
  }
  LabelMembers members(place, described(pickle, dict) + " without a list or array of labels");
  for (size_t i = 0; i < dict.items.size(); i += 2) {
    add_value(pickle, key_text(pickle, pickle.at(dict.items[i])), pickle.at(dict.items[i + 1]), place, members);
  }
  return members.file(kind);
}

/// A tuple or list of arrays: they have numbers for names.
LabelFile from_several(const Pickle& pickle, const PickleValue& list, const std::string& kind,
                       const std::string& place) {
  LabelMembers members(place, described(pickle, list) + ", none of them labels");
  for (size_t i = 0; i < list.items.size(); ++i) {
    add_value(pickle, std::to_string(i), pickle.at(list.items[i]), place, members);
  }
  return members.file(kind);
}

/// What numpy.save makes of a dict: an array of no dimension that holds one object.
const PickleValue& unwrapped(const Pickle& pickle, const PickleValue& value) {
  if (value.kind != Kind::array || value.items.empty()) return value;
  const PickleValue& data = pickle.at(value.items[2]);
  const bool one = data.kind == Kind::list && data.items.size() == 1 && pickle.at(value.items[0]).items.empty();
  return one ? pickle.at(data.items.front()) : value;
}

LabelFile from_value(const Pickle& pickle, const std::string& kind, const std::string& place) {
  const PickleValue& top = unwrapped(pickle, pickle.top());
  if (top.kind == Kind::dict) return from_dict(pickle, top, kind, place);
  if (!may_be_labels(top)) {
    throw InputError(place + ": a pickle of " + described(pickle, top) +
                     "; labels are a list or an array of integers, or a dict of them");
  }
  if (top.kind == Kind::array) return one_array(array_reading(pickle, top, place), kind, place);
  LabelReading whole = list_reading(pickle, top);
  const bool several = !top.items.empty() && may_be_labels(pickle.at(top.items.front()));
  if (several && (!whole.labels || top.kind == Kind::tuple)) return from_several(pickle, top, kind, place);
  return one_array(std::move(whole), kind, place);
}

std::string pickle_kind(const Pickle& pickle) { return "Python pickle of " + described(pickle, pickle.top()); }

// ---- zips -----------------------------------------------------------------------------------------------------------

/// torch.save since 1.6: one folder with data.pkl, and beside it data/0, data/1, ... with the numbers of tensors.
LabelFile from_torch(const std::vector<ArchiveMember>& members, const ArchiveMember& pickled,
                     const std::string& place) {
  const std::string folder = pickled.name.substr(0, pickled.name.size() - std::string("data.pkl").size());
  Pickle pickle = read_pickle(pickled.content, place + ": " + pickled.name);
  for (const ArchiveMember& member : members) {
    if (member.name == folder + "byteorder" && member.content == "big") {
      throw InputError(place + ": a tensor file of a big-endian machine; load it in Python and numpy.save the labels");
    }
    if (member.name.starts_with(folder + "data/")) {
      pickle.storages.emplace(member.name.substr(folder.size() + std::string("data/").size()), member.content);
    }
  }
  return from_value(pickle, "torch.save's zip with a " + pickle_kind(pickle), place);
}

// ---- numpy ----------------------------------------------------------------------------------------------------------

LabelReading npy_reading(std::string_view bytes, const std::string& place) {
  const NpyArray array = parse_npy(bytes, place);
  return labels_of(array.data, array.type, array.shape);
}

LabelFile from_npz(const std::vector<ArchiveMember>& members, const std::string& place) {
  LabelMembers found(place, "an .npz without an array of labels");
  for (const ArchiveMember& member : members) {
    if (!member.name.ends_with(".npy")) {
      found.leave(member.name, "not a .npy");
      continue;
    }
    const std::string name = member.name.substr(0, member.name.size() - std::string(".npy").size());
    const auto dtype = npy_dtype(member.content, place + ": \"" + name + "\"");
    if (element_type(dtype)) {
      found.add(name, npy_reading(member.content, place + ": \"" + name + "\""));
    } else {
      found.leave(name, "elements of type \"" + dtype + "\"; labels are integers");
    }
  }
  return found.file("numpy.savez's zip of " + std::to_string(members.size()) + " arrays");
}

// ---- JSON -----------------------------------------------------------------------------------------------------------

std::string json_words(const Json& value) {
  constexpr size_t kLongest = 40;
  if (value.is_array()) return "a list of " + std::to_string(value.size()) + " values";
  if (value.is_object()) return "an object";
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > kLongest ? "a text of " + std::to_string(text.size()) + " bytes" : text;
}

/// 2.0 counts as 2.
std::optional<int64_t> whole_number(const Json& value) {
  constexpr double kMost = 9e15;  // beyond 2^53 a real number is no longer exact
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number != std::trunc(number) || std::abs(number) > kMost) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  const bool too_large =
      value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()};
  if (!value.is_number_integer() || too_large) return std::nullopt;
  return value.get<int64_t>();
}

LabelReading json_reading(const Json& list, const std::string& path) {
  const auto refused = [](const Json& item, const std::string& at) {
    return LabelReading{std::nullopt, at + ": " + json_words(item) + "; labels are integers" +
                                          label_cure(R"(numpy.asarray(labels, "int64"))")};
  };
  const bool nested = !list.empty() && list.front().is_array();
  const size_t width = nested ? list.front().size() : 1;
  std::vector<int64_t> values;
  for (size_t i = 0; i < list.size(); ++i) {
    const Json& item = list[i];
    const std::string at = path + "/" + std::to_string(i);
    if (item.is_array() != nested || (nested && item.size() != width)) return refused(item, at);
    for (size_t j = 0; j < width; ++j) {
      const auto number = whole_number(nested ? item[j] : item);
      if (!number) return refused(nested ? item[j] : item, nested ? at + "/" + std::to_string(j) : at);
      values.push_back(*number);
    }
  }
  std::vector<int64_t> shape = {std::ssize(list)};
  if (nested) shape.push_back(static_cast<int64_t>(width));
  return labels_of(std::move(values), shape);
}

std::optional<std::vector<int64_t>> json_by_number(const Json& object) {
  std::vector<std::pair<std::string, int64_t>> named;
  for (const auto& [key, member] : object.items()) {
    const auto number = whole_number(member);
    if (!number) return std::nullopt;
    named.emplace_back(key, *number);
  }
  return labels_by_number(named);
}

}  // namespace

void LabelMembers::add(const std::string& name, LabelReading reading) {
  if (!reading.labels) return leave(name, reading.words);
  total_ += reading.labels->size();
  if (total_ > kMaxLabels) throw InputError(place_ + ": more than " + std::to_string(kMaxLabels) + " labels");
  file_.arrays.push_back({name, std::move(*reading.labels), std::move(reading.words)});
}

void LabelMembers::leave(const std::string& name, const std::string& words) {
  file_.others.push_back("\"" + name + "\": " + words);
}

LabelFile LabelMembers::file(const std::string& kind) {
  if (file_.arrays.empty()) {
    throw InputError(place_ + ": " + what_ + (file_.others.empty() ? "" : "; it holds " + some_of(file_.others)));
  }
  file_.kind = kind;
  return std::move(file_);
}

LabelFile one_array(LabelReading reading, const std::string& kind, const std::string& place) {
  if (!reading.labels) throw InputError(place + ": " + reading.words);
  LabelMembers members(place, kind);
  members.add(kWhole, std::move(reading));
  return members.file(kind);
}

LabelFile labels_from_npy(std::string_view bytes, const std::string& place) {
  if (npy_dtype(bytes, place).ends_with('O')) {
    const Pickle pickle = read_pickle(npy_objects(bytes, place), place);
    return from_value(pickle, "numpy array of Python objects (.npy version " + std::to_string(bytes[6]) + ")", place);
  }
  const NpyArray array = parse_npy(bytes, place);
  const std::string kind =
      std::string("numpy array of ") + array.type.name + " (.npy version " + std::to_string(bytes[6]) + ")";
  return one_array(labels_of(array.data, array.type, array.shape), kind, place);
}

LabelFile labels_from_pickle(std::string_view bytes, const std::string& place) {
  constexpr std::string_view kOldTorch("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);
  if (bytes.starts_with(kOldTorch)) {
    throw InputError(place +
                     ": written by torch.save in its form before version 1.6, which is not read; load it in"
                     " Python and numpy.save the labels");
  }
  const Pickle pickle = read_pickle(bytes, place);
  return from_value(pickle, pickle_kind(pickle), place);
}

LabelFile labels_from_zip(std::string_view bytes, const std::string& place) {
  const auto members = read_zip(bytes, place, kMaxLabelFile);
  std::vector<std::string> names;
  bool arrays = false;
  for (const auto& member : members) {
    if (member.name.ends_with("/data.pkl")) return from_torch(members, member, place);
    arrays = arrays || member.content.starts_with(kNpyMagic);
    names.push_back(member.name);
  }
  if (arrays) return from_npz(members, place);
  throw InputError(place + ": a zip without data.pkl, so not written by torch.save, and without a .npy, so not by " +
                   "numpy.savez; it holds " + (names.empty() ? "no file" : some_of(names)) +
                   "; unpack it and name the file of labels");
}

LabelFile labels_from_json(std::string_view bytes, const std::string& place) {
  Problems problems;
  const JsonNode root = JsonNode::parse(bytes, place, problems);
  if (root.is_array()) return one_array(json_reading(root.raw(), ""), "JSON list", place);
  if (auto labels = json_by_number(root.raw())) {
    return one_array({std::move(labels), "by number"}, "JSON object", place);
  }
  LabelMembers members(place,
                       "/: an object without a list of labels; allowed are a list, or lists as in {\"noise_labels\": "
                       "[...]}");
  for (const auto& [key, member] : root.members()) {
    const Json value = member.raw();
    if (value.is_array()) {
      members.add(key, json_reading(value, member.path()));
    } else {
      members.leave(key, json_words(value));
    }
  }
  return members.file("JSON object");
}

}  // namespace nlb

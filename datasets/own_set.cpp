#include "datasets/own_set.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/image_formats.h"
#include "datasets/near_file.h"
#include "facts/own_dataset.h"
#include "formats/gzip.h"
#include "formats/image_file.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr size_t kIdxLimit = size_t{1} << 32;  // bytes of one unpacked idx file

ImageShape shape_of(const std::vector<int64_t>& image) {
  return {.channels = image.at(0), .height = image.at(1), .width = image.at(2)};
}

/// Images and labels as they come in.
struct Gathered {
  std::vector<uint8_t> pixels;
  std::vector<int64_t> labels;
};

/// Pictures that most likely are not what somebody meant: how many, and the first.
struct Oddity {
  int64_t count = 0;
  std::string first;
  void add(const std::string& path) {
    if (count++ == 0) first = path;
  }
};

/// What the pictures of a folder are like beside their pixels.
struct Oddities {
  Oddity turned, dark;

  void look_at(const Picture& picture, const std::string& path) {
    if (picture.orientation != 1) turned.add(path);
    if (picture.dark_16_bit) dark.add(path);
  }

  std::vector<std::string> notes() const {
    std::vector<std::string> all;
    if (turned.count > 0) {
      all.push_back(std::to_string(turned.count) +
                    " images are to be turned or mirrored by their EXIF orientation, which " +
                    "is not applied: they are taken as they are stored; the first is " + turned.first);
    }
    if (dark.count > 0) {
      all.push_back(std::to_string(dark.count) +
                    " images of 16 bits use no more than 14 of them, as pictures of 12 bits " +
                    "that nobody scaled: they become almost black; the first is " + dark.first);
    }
    return all;
  }
};

/// Reads the pictures of a folder into the parts of a set.
struct FolderReader {
  const fs::path& folder;
  ImageShape shape;
  bool leave_out_unreadable;
  LineProblems& problems;
  NearFiles near;
  Oddities oddities = {};

  /// False where the picture cannot be read and that is no problem.
  bool append(const LabelRow& row, Gathered& set);
};

bool FolderReader::append(const LabelRow& row, Gathered& set) {
  const auto path = folder / row.path;
  if (!fs::is_regular_file(path)) {
    const auto nearest = problems.shows_next("missing image") ? near_file_words(near, row.path) : "";
    problems.add(row.line, "missing image", path.string() + ": no such file" + nearest);
    return true;
  }
  try {
    const Picture picture = decode_image(read_file(path));
    const auto pixels = fitted(picture, shape.channels, shape.height, shape.width);
    oddities.look_at(picture, row.path);
    set.pixels.insert(set.pixels.end(), pixels.begin(), pixels.end());
    set.labels.push_back(row.suspect ? kUnknownLabel : row.clean);
  } catch (const InputError& error) {
    if (leave_out_unreadable) return false;
    problems.add(row.line, "image",
                 path.string() + ": " + error.what() + " (--leave-out-unreadable continues without it)");
  }
  return true;
}

/// The file whose name begins with `role`, its content unpacked.
struct IdxFile {
  std::string place, bytes;
};

std::string unpacked(const IdxFile& file) {
  try {
    return gunzip(file.bytes, kIdxLimit);
  } catch (const InputError& error) {
    throw InputError(file.place + ": " + error.what());
  }
}

std::optional<IdxFile> find_idx(const fs::path& folder, const std::string& role) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().filename().string().starts_with(role)) found.push_back(entry.path());
  }
  if (found.empty()) return std::nullopt;
  std::sort(found.begin(), found.end());
  if (found.size() > 1) {
    throw InputError(folder.string() + ": " + found[0].filename().string() + " and " + found[1].filename().string() +
                     " both begin with " + role + "; leave one there");
  }
  IdxFile file{.place = found.front().string(), .bytes = read_file(found.front())};
  if (found.front().extension() == ".gz") file.bytes = unpacked(file);
  return file;
}

ImageSet read_pair(const IdxFile& images, const IdxFile& labels, const std::vector<int64_t>& image) {
  auto set = read_idx_pair({images.place, "", images.bytes}, labels.bytes, labels.place, int64_t{kMostOwnClasses});
  if (set.shape() == shape_of(image)) return set;
  throw InputError(images.place + ": images of " + std::to_string(set.channels) + "x" + std::to_string(set.height) +
                   "x" + std::to_string(set.width) + "; the protocol this starts from has " + std::to_string(image[0]) +
                   "x" + std::to_string(image[1]) + "x" + std::to_string(image[2]) + ": start from another one");
}

/// Clean labels, one for each of `images`; empty where there is no such file.
std::vector<int64_t> read_known(const IdxFile& file, size_t images) {
  if (file.bytes.empty()) return {};
  auto labels = read_idx_labels(file.bytes, file.place, int64_t{kMostOwnClasses}, kUnknownClean);
  if (labels.size() == images) return labels;
  throw InputError(file.place + ": " + std::to_string(labels.size()) + " labels for " + std::to_string(images) +
                   " images");
}

/// A number that no label and no test label is, but half of the known clean labels are, stands for what nobody looked
/// at.
void refuse_filler(const Dataset& dataset, const IdxFile& clean) {
  constexpr int64_t kMany = 10;
  std::map<int64_t, int64_t> counts;
  int64_t known = 0;
  for (const int64_t label : dataset.train.labels) {
    if (label == kUnknownLabel) continue;
    ++counts[label];
    ++known;
  }
  for (const auto& [label, count] : counts) {
    const auto holds = [label = label](const std::vector<int64_t>& labels) {
      return std::find(labels.begin(), labels.end(), label) != labels.end();
    };
    if (count < kMany || 2 * count < known || holds(dataset.given) || holds(dataset.test.labels)) continue;
    throw InputError(clean.place + ": " + std::to_string(count) + " of " + std::to_string(known) +
                     " clean labels are " + std::to_string(label) +
                     ", which no other label is; write 255 where nobody looked");
  }
}

/// Numbers that occur as labels become classes 0, 1, ... in their order: a set labelled from 1 on has no class 0, which
/// no image would show.
void number_classes(OwnSet& set) {
  auto& dataset = set.dataset;
  std::map<int64_t, int64_t> classes;
  const auto all = {&dataset.given, &dataset.train.labels, &dataset.targeted, &dataset.test.labels};
  for (const auto* labels : all) {
    for (const int64_t label : *labels) {
      if (label != kUnknownLabel) classes.emplace(label, 0);
    }
  }
  for (auto& [label, number] : classes) {
    number = dataset.classes++;
    dataset.class_names.push_back(std::to_string(label));
  }
  for (auto* labels : all) {
    for (int64_t& label : *labels) {
      if (label != kUnknownLabel) label = classes.at(label);
    }
  }
  if (classes.empty() || classes.rbegin()->first < dataset.classes) return;
  set.notes.push_back("labels run from " + dataset.class_names.front() + " to " + dataset.class_names.back() +
                      ", and " + std::to_string(dataset.classes) +
                      " numbers occur: these are the classes, under their own numbers");
}

std::string lines_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += name + "\n";
  return text;
}

bool any_known(const std::vector<int64_t>& labels) {
  return std::any_of(labels.begin(), labels.end(), [](int64_t label) { return label != kUnknownLabel; });
}

}  // namespace

OwnSet read_image_folder(const LabelTable& table, const fs::path& folder, const std::vector<int64_t>& image,
                         LineProblems& problems, bool leave_out_unreadable) {
  if (!fs::is_directory(folder))
    throw InputError(folder.string() + ": no such folder; --dataset names the image folder");
  OwnSet set;
  set.notes = table.notes;
  set.dataset.class_names = table.class_names;
  set.dataset.classes = std::ssize(table.class_names);
  Gathered train, test;
  FolderReader reader{.folder = folder,
                      .shape = shape_of(image),
                      .leave_out_unreadable = leave_out_unreadable,
                      .problems = problems,
                      .near = NearFiles(folder)};
  for (const auto& row : table.rows) {
    if (!reader.append(row, row.test ? test : train)) {
      ++(row.test ? set.left_out_test : set.left_out_train);
      continue;
    }
    (row.test ? set.test_names : set.train_names).push_back(row.path);
    if (row.test) continue;
    set.dataset.given.push_back(row.label);
    set.dataset.targeted.push_back(row.suspect ? row.clean : kUnknownLabel);
  }
  if (!any_known(set.dataset.targeted)) set.dataset.targeted.clear();
  for (auto& note : reader.oddities.notes()) set.notes.push_back(std::move(note));
  set.dataset.train = image_set(reader.shape, std::move(train.pixels), std::move(train.labels));
  set.dataset.test = image_set(reader.shape, std::move(test.pixels), std::move(test.labels));
  if (set.left_out_train > 0 && set.dataset.train.count == 0) problems.add("no training image can be read");
  if (set.left_out_test > 0 && set.dataset.test.count == 0) problems.add("no test image can be read");
  return set;
}

OwnSet read_idx_folder(const fs::path& folder, const std::vector<int64_t>& image) {
  if (!fs::is_directory(folder)) throw InputError(folder.string() + ": no such folder");
  Problems missing;
  const auto file = [&](const char* role, const std::string& why) {
    auto found = find_idx(folder, role);
    if (!found && !why.empty()) missing.add(folder.string(), "no idx file " + std::string(role) + "...; " + why);
    return found.value_or(IdxFile{});
  };
  const std::string csv = "for an image folder name its CSV with --labels";
  const auto train_images = file(own_file::train_images, csv), train_labels = file(own_file::train_labels, csv);
  const auto test_images = file(own_file::test_images, hand_checking_advice());
  const auto test_labels = file(own_file::test_labels, hand_checking_advice());
  const auto clean = file(own_file::train_clean, ""), targeted = file(own_file::train_targeted, "");
  missing.throw_if_any();
  OwnSet set;
  auto& dataset = set.dataset;
  dataset.train = read_pair(train_images, train_labels, image);
  dataset.test = read_pair(test_images, test_labels, image);
  dataset.given = dataset.train.labels;
  dataset.train.labels = read_known(clean, dataset.given.size());
  if (dataset.train.labels.empty()) dataset.train.labels.assign(dataset.given.size(), kUnknownLabel);
  dataset.targeted = read_known(targeted, dataset.given.size());
  refuse_filler(dataset, clean);
  number_classes(set);
  if (dataset.classes < 2) throw InputError(train_labels.place + ": one class alone; 2 to 255 are allowed");
  return set;
}

DatasetFacts pack_own_set(const OwnSet& set, const std::string& id, const std::string& title,
                          const fs::path& data_folder) {
  const auto& dataset = set.dataset;
  Json files = Json::array();
  const auto pack = [&](const std::string& name, const std::string& bytes) {
    write_file_durably(data_folder / id / name, bytes);
    files.push_back({{"name", id + "/" + name}, {"bytes", bytes.size()}, {"sha256", hex(sha256(bytes))}});
  };
  pack("train-images-idx4-ubyte", idx_of_images(dataset.train));
  pack("train-labels-idx1-ubyte", idx_of_labels(dataset.given));
  if (any_known(dataset.train.labels))
    pack("train-clean-labels-idx1-ubyte", idx_of_labels(dataset.train.labels, kUnknownClean));
  if (any_known(dataset.targeted))
    pack("train-targeted-labels-idx1-ubyte", idx_of_labels(dataset.targeted, kUnknownClean));
  if (!set.train_names.empty()) pack("train-names.txt", lines_of(set.train_names));
  pack("t10k-images-idx4-ubyte", idx_of_images(dataset.test));
  pack("t10k-labels-idx1-ubyte", idx_of_labels(dataset.test.labels));
  const Json description = {{"title", title},
                            {"format", "idx"},
                            {"image", {dataset.train.channels, dataset.train.height, dataset.train.width}},
                            {"class_names", dataset.class_names},
                            {"train_images", dataset.train.count},
                            {"test_images", dataset.test.count},
                            {"train_labels", "given"},
                            {"files", files}};
  Problems problems;
  auto facts = read_own_dataset(id, JsonNode::parse("{}", id, problems).holding(description));
  problems.throw_if_any();
  return facts;
}

ChannelStatistics channel_statistics(const ImageSet& set) {
  const auto plane = static_cast<size_t>(set.height * set.width);
  const auto channels = static_cast<size_t>(set.channels);
  std::vector<uint64_t> sums(channels), squares(channels);
  for_each_image(set, [&](const ImageView& image) {
    for (size_t c = 0; c < channels; ++c) {
      for (const uint8_t value : image.pixels.subspan(c * plane, plane)) {
        sums[c] += value;
        squares[c] += uint64_t{value} * value;
      }
    }
  });
  ChannelStatistics statistics;
  for (size_t c = 0; c < channels; ++c) {
    const double count = static_cast<double>(set.count) * static_cast<double>(plane);
    const double mean = static_cast<double>(sums[c]) / count;
    const double variance = std::max(0.0, static_cast<double>(squares[c]) / count - mean * mean);
    const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
    statistics.mean.push_back(rounded(mean / 255));
    statistics.deviation.push_back(std::max(1e-4, rounded(std::sqrt(variance) / 255)));
  }
  return statistics;
}

}  // namespace nlb

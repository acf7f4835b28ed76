#include "facts/own_dataset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/sha256.h"
#include "core/text.h"
#include "facts/dataset_archives.h"

namespace nlb {
namespace {

constexpr const char *kIdx = "idx", *kImagenetBatches = "imagenet_batches";
constexpr size_t kMostClasses = 100'000;  // of labels that are no single bytes
constexpr int kReaderRevision = 1;        // of the idx form; a packed image has its digest

/// Half width of a 95 % interval of an accuracy of one half, in points: no other accuracy has a wider one.
double worst_half_width(int images) { return 100 * 1.959964 * std::sqrt(0.25 / images); }

bool stays_below(const std::string& name) {
  const std::filesystem::path path(name);
  return !name.empty() && path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

FileFacts read_file(const JsonNode& node) {
  FileFacts file = read_file_facts(node, false);
  if (node.is_object() && !stays_below(file.name)) {
    node.problem("name \"" + file.name + "\" does not stay below the data folder");
  }
  return file;
}

void check_roles(const JsonNode& node, const DatasetFacts& set) {
  const auto count = [&](const char* role) {
    return std::count_if(set.files.begin(), set.files.end(), [&](const FileFacts& file) {
      return std::filesystem::path(file.name).filename().string().starts_with(role);
    });
  };
  for (const auto* role :
       {own_file::train_images, own_file::train_labels, own_file::test_images, own_file::test_labels}) {
    if (count(role) != 1) node.problem("needs exactly one file named " + std::string(role) + "...");
  }
  for (const auto* role : {own_file::train_clean, own_file::train_targeted, own_file::train_names}) {
    if (count(role) > 1) node.problem("has more than one file named " + std::string(role) + "...");
  }
}

void check_batches(const JsonNode& node, const DatasetFacts& set) {
  const auto tests = std::count_if(set.files.begin(), set.files.end(), [](const FileFacts& file) {
    return std::filesystem::path(file.name).filename() == "val_data";
  });
  if (tests != 1 || set.files.size() < 2) node.problem("needs batches of training images and exactly one val_data");
}

/// Identity of the content; labels that are clean and labels as given make two sets of one's files.
std::string digest_of(const DatasetFacts& set) {
  Sha256 hash;
  for (const auto& file : set.files) {
    const auto name = std::filesystem::path(file.name).filename().string();
    if (!name.starts_with(own_file::train_names)) hash.add(file.sha256 + "  " + name + "\n");
  }
  hash.add(set.labels_as_given ? "labels as given\n" : "clean labels\n");
  return hex(hash.finish());
}

}  // namespace

const std::vector<std::string>& own_formats() {
  static const std::vector<std::string> all = {kIdx, kImagenetBatches};
  return all;
}

DatasetFacts read_own_dataset(const std::string& id, const JsonNode& node) {
  ObjectReader reader(node);
  DatasetFacts set;
  set.id = id;
  set.title = reader.text("title");
  set.status = Status::built;
  set.own = true;
  set.format = reader.one_of("format", own_formats());
  const bool idx = set.format == kIdx;
  for (const auto& size : reader.at("image").items()) set.image.push_back(size.integer(1, 4096));
  if (set.image.size() != 3) reader.at("image").problem("needs channels, height, width");
  set.image.resize(3, 1);
  for (const auto& name : reader.at("class_names").items()) set.class_names.push_back(name.text());
  set.classes = static_cast<int64_t>(set.class_names.size());
  const size_t most = idx ? kMostOwnClasses : kMostClasses;
  if (set.class_names.size() < 2 || set.class_names.size() > most) {
    reader.at("class_names")
        .problem("has " + std::to_string(set.classes) + " names; 2 to " + std::to_string(most) + " are allowed");
  }
  set.train_images = reader.integer("train_images", 1);
  set.test_images = reader.integer("test_images", 0);
  if (set.test_images == 0) reader.at("test_images").problem("is 0: " + hand_checking_advice());
  set.labels_as_given = reader.one_of("train_labels", {"given", "clean"}) == "given";
  const auto files = reader.at("files");
  for (const auto& file : files.items()) set.files.push_back(read_file(file));
  if (files.is_array() && idx) check_roles(files, set);
  if (files.is_array() && !idx) check_batches(files, set);
  reader.close();
  set.address = "nlbench new, which packs your own files below the data folder";
  set.licence = set.citation = "own";
  set.digest = digest_of(set);
  set.revision = kReaderRevision;
  return set;
}

Json own_dataset_json(const DatasetFacts& facts) {
  Json files = Json::array();
  for (const auto& file : facts.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  return {{"title", facts.title},
          {"format", facts.format},
          {"image", facts.image},
          {"class_names", facts.class_names},
          {"train_images", facts.train_images},
          {"test_images", facts.test_images},
          {"train_labels", facts.labels_as_given ? "given" : "clean"},
          {"files", files}};
}

DatasetFacts dataset_facts(const std::string& id, const Json& own, const Facts& known) {
  if (const auto found = known.datasets.find(id); found != known.datasets.end()) return found->second;
  if (own.is_null()) throw InputError("no data set \"" + id + "\"");
  Problems problems;
  auto set = read_own_dataset(id, JsonNode::parse("{}", "data set " + id, problems).holding(own));
  problems.throw_if_any();
  return set;
}

std::string hand_checking_advice() {
  return "accuracies need test images whose labels are trusted; have some checked by hand: 500 images give each "
         "accuracy to within ±" +
         fixed(worst_half_width(500), 1) + " points, 2,000 to within ±" + fixed(worst_half_width(2000), 1) +
         " (worst case, 95 %)";
}

}  // namespace nlb

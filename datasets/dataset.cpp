#include "datasets/dataset.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/error.h"
#include "core/text.h"
#include "datasets/image_formats.h"
#include "datasets/official_files.h"
#include "datasets/quickstart.h"
#include "facts/own_dataset.h"

namespace nlb {
namespace {

constexpr std::array<std::string_view, 4> kFormats{"generated", "idx", "cifar_binary", "cifar100_binary"};

/// The two binary forms of CIFAR: parts of the files' names, and label bytes before each image.
struct CifarForm {
  const char *training, *test;
  int64_t label_bytes;
};
constexpr CifarForm kCifar10 = {.training = "data_batch", .test = "test_batch", .label_bytes = 1};
constexpr CifarForm kCifar100 = {.training = "train.bin", .test = "test.bin", .label_bytes = 2};

const CifarForm& cifar_form(const DatasetFacts& facts) {
  return facts.format == "cifar100_binary" ? kCifar100 : kCifar10;
}

const FileFacts* find_file(const DatasetFacts& facts, const std::string& part) {
  const auto found = std::find_if(facts.files.begin(), facts.files.end(), [&](const FileFacts& file) {
    return std::filesystem::path(file.name).filename().string().find(part) != std::string::npos;
  });
  return found == facts.files.end() ? nullptr : &*found;
}

const FileFacts& file_named(const DatasetFacts& facts, const std::string& part) {
  const auto* found = find_file(facts, part);
  NLB_CHECK(found != nullptr, facts.id + ": its facts list no file " + part);
  return *found;
}

ImageSet read_idx_pair(const DatasetFacts& facts, OfficialFiles& files, const std::string& part) {
  const FileFacts& images = file_named(facts, part + "-images");
  const FileFacts& labels = file_named(facts, part + "-labels");
  return read_idx(files.content(images), files.place(images), files.content(labels), files.place(labels),
                  facts.classes);
}

ImageSet read_cifar_files(const DatasetFacts& facts, OfficialFiles& files, const std::string& part,
                          size_t label_bytes) {
  ImageSet set{.count = 0,
               .channels = facts.image.at(0),
               .height = facts.image.at(1),
               .width = facts.image.at(2),
               .pixels = {},
               .labels = {}};
  for (const FileFacts& file : facts.files) {
    if (file.name.find(part) == std::string::npos) continue;
    append_cifar_records(files.content(file), files.place(file), facts.classes, label_bytes, set);
  }
  return set;
}

/// The parts of a data set that is read from files.
struct Parts {
  ImageSet train, test;
};

Parts read_parts(const DatasetFacts& facts, OfficialFiles& files) {
  if (facts.format == "idx") return {read_idx_pair(facts, files, "train"), read_idx_pair(facts, files, "t10k")};
  const CifarForm& form = cifar_form(facts);
  return {read_cifar_files(facts, files, form.training, form.label_bytes),
          read_cifar_files(facts, files, form.test, form.label_bytes)};
}

void require_size(const DatasetFacts& facts, const ImageSet& set, int64_t count, const std::string& part) {
  const std::vector<int64_t> image = {set.channels, set.height, set.width};
  if (set.count == count && image == facts.image) return;
  throw InputError(facts.id + ": " + part + " part has " + std::to_string(set.count) + " images of " +
                   std::to_string(set.height) + "x" + std::to_string(set.width) + "; expected " +
                   std::to_string(count) + " of " + std::to_string(facts.image.at(1)) + "x" +
                   std::to_string(facts.image.at(2)));
}

/// The labels of a file that an own set may come with, one for each of `count` training images; empty without it.
std::vector<int64_t> known_labels_of(const DatasetFacts& facts, OfficialFiles& files, const char* role, size_t count) {
  const auto* file = find_file(facts, role);
  if (file == nullptr) return {};
  auto labels = read_idx_labels(files.content(*file), files.place(*file), facts.classes, kUnknownClean);
  if (labels.size() == count) return labels;
  throw InputError(files.place(*file) + ": " + std::to_string(labels.size()) + " labels for " + std::to_string(count) +
                   " images");
}

/// The labels that were read are the given ones; of the clean ones those are known that the set came with.
void keep_given_apart(const DatasetFacts& facts, OfficialFiles& files, Dataset& dataset) {
  dataset.given = std::move(dataset.train.labels);
  const size_t count = dataset.given.size();
  dataset.train.labels = known_labels_of(facts, files, own_file::train_clean, count);
  if (dataset.train.labels.empty()) dataset.train.labels.assign(count, kUnknownLabel);
  dataset.targeted = known_labels_of(facts, files, own_file::train_targeted, count);
}

/// Of the size that the facts say, without pixels.
ImageSet labels_alone(const DatasetFacts& facts, OfficialFiles& files, const char* role) {
  const FileFacts& file = file_named(facts, role);
  ImageSet set{.count = 0,
               .channels = facts.image.at(0),
               .height = facts.image.at(1),
               .width = facts.image.at(2),
               .pixels = {},
               .labels = read_idx_labels(files.content(file), files.place(file), facts.classes)};
  set.count = std::ssize(set.labels);
  return set;
}

ImageSet draw_part(const DatasetFacts& facts, QuickstartPart part, int64_t count, Sha256& sha) {
  ImageSet set{.count = count,
               .channels = facts.image.at(0),
               .height = facts.image.at(1),
               .width = facts.image.at(2),
               .pixels = std::vector<uint8_t>(static_cast<size_t>(count * kQuickstartImageBytes)),
               .labels = {}};
  std::vector<uint8_t> labels(static_cast<size_t>(count));
  draw_quickstart(part, set.pixels, labels);
  set.labels.assign(labels.begin(), labels.end());
  sha.add(std::as_bytes(std::span(set.pixels))).add(std::as_bytes(std::span(labels)));
  return set;
}

Dataset draw_dataset(const DatasetFacts& facts) {
  Sha256 sha;
  Dataset dataset{.id = facts.id,
                  .digest = facts.digest,
                  .classes = facts.classes,
                  .class_names = facts.class_names,
                  .train = draw_part(facts, QuickstartPart::train, facts.train_images, sha),
                  .test = draw_part(facts, QuickstartPart::test, facts.test_images, sha),
                  .given = {},
                  .targeted = {}};
  const std::string drawn = hex(sha.finish());
  NLB_CHECK(drawn == facts.digest, facts.id + ": drawn with digest " + drawn + ", its facts say " + facts.digest);
  return dataset;
}

}  // namespace

std::span<const uint8_t> ImageSet::image(int64_t index) const {
  NLB_CHECK(index >= 0 && index < count, "image index outside the set");
  return std::span(pixels).subspan(static_cast<size_t>(index * image_bytes()), static_cast<size_t>(image_bytes()));
}

Dataset load_dataset(const DatasetFacts& facts, const std::filesystem::path& data_folder) {
  if (facts.status != Status::built || std::find(kFormats.begin(), kFormats.end(), facts.format) == kFormats.end())
    throw InputError("data set \"" + facts.id + "\" is not built");
  if (facts.format == "generated") return draw_dataset(facts);
  OfficialFiles files(facts, data_folder, false);
  files.require_all();
  Parts parts = read_parts(facts, files);
  Dataset dataset{.id = facts.id,
                  .digest = facts.digest,
                  .classes = facts.classes,
                  .class_names = facts.class_names,
                  .train = std::move(parts.train),
                  .test = std::move(parts.test),
                  .given = {},
                  .targeted = {}};
  if (facts.labels_as_given) keep_given_apart(facts, files, dataset);
  require_size(facts, dataset.train, facts.train_images, "training");
  require_size(facts, dataset.test, facts.test_images, "test");
  return dataset;
}

Dataset load_own_labels(const DatasetFacts& facts, const std::filesystem::path& data_folder) {
  NLB_CHECK(facts.own, facts.id + " is not an own data set");
  OfficialFiles files(facts, data_folder, false);
  files.require_all();
  Dataset dataset{.id = facts.id,
                  .digest = facts.digest,
                  .classes = facts.classes,
                  .class_names = facts.class_names,
                  .train = labels_alone(facts, files, own_file::train_labels),
                  .test = labels_alone(facts, files, own_file::test_labels),
                  .given = {},
                  .targeted = {}};
  if (facts.labels_as_given) keep_given_apart(facts, files, dataset);
  require_size(facts, dataset.train, facts.train_images, "training");
  require_size(facts, dataset.test, facts.test_images, "test");
  return dataset;
}

ImagePlace training_image_place(const DatasetFacts& facts, int64_t index) {
  NLB_CHECK(index >= 0 && index < facts.train_images, "image index outside the training part");
  if (facts.format == "idx") return {file_named(facts, "train-images").name, index};
  if (facts.format == "generated") return {"", index};
  const CifarForm& form = cifar_form(facts);
  const int64_t record = form.label_bytes + facts.image.at(0) * facts.image.at(1) * facts.image.at(2);
  for (const FileFacts& file : facts.files) {
    if (file.name.find(form.training) == std::string::npos) continue;
    if (index < file.bytes / record) return {file.name, index};
    index -= file.bytes / record;
  }
  NLB_CHECK(false, facts.id + ": its files hold fewer images than its facts say");
}

std::vector<std::string> training_image_names(const DatasetFacts& facts, const std::filesystem::path& data_folder) {
  const auto* names = facts.own ? find_file(facts, own_file::train_names) : nullptr;
  if (names == nullptr) return {};
  OfficialFiles files(facts, data_folder, false);
  auto lines = split(files.content(*names), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (std::ssize(lines) == facts.train_images) return lines;
  throw InputError(files.place(*names) + ": " + std::to_string(lines.size()) + " names for " +
                   std::to_string(facts.train_images) + " images");
}

std::vector<FileState> verify_dataset(const DatasetFacts& facts, const std::filesystem::path& data_folder,
                                      bool recompute) {
  OfficialFiles files(facts, data_folder, recompute);
  std::vector<FileState> states;
  for (const FileFacts& file : facts.files) states.push_back(files.state(file));
  return states;
}

}  // namespace nlb

#include "datasets/dataset.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "datasets/forms/registry.h"
#include "datasets/image_formats.h"
#include "datasets/indices.h"
#include "datasets/official_files.h"
#include "facts/own_dataset.h"
#include "images/memory_images.h"

namespace nlb {
namespace {

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

/// What every reading has: identity, and the checks of sizes.
Dataset dataset_of(const DatasetFacts& facts, DatasetParts parts) {
  return {.id = facts.id,
          .digest = facts.digest,
          .classes = facts.classes,
          .class_names = facts.class_names,
          .train = std::move(parts.train),
          .test = std::move(parts.test),
          .given = {},
          .targeted = {}};
}

Dataset with_own_labels(const DatasetFacts& facts, OfficialFiles& files, Dataset dataset) {
  if (facts.labels_as_given) keep_given_apart(facts, files, dataset);
  require_size(facts, dataset.train, facts.train_images, "training");
  require_size(facts, dataset.test, facts.test_images, "test");
  return dataset;
}

}  // namespace

ImageSet empty_image_set(const ImageShape& shape) {
  return {.count = 0,
          .channels = shape.channels,
          .height = shape.height,
          .width = shape.width,
          .images = nullptr,
          .labels = {}};
}

ImageShape shape_of(const DatasetFacts& facts) {
  return {.channels = facts.image.at(0), .height = facts.image.at(1), .width = facts.image.at(2)};
}

ImageSet image_set(const ImageShape& shape, std::vector<uint8_t> pixels, std::vector<int64_t> labels) {
  NLB_CHECK(std::ssize(pixels) == shape.bytes() * std::ssize(labels), "one label for each image");
  ImageSet set = empty_image_set(shape);
  set.count = std::ssize(labels);
  set.images = std::make_shared<const MemoryImages>(shape, std::move(pixels));
  set.labels = std::move(labels);
  return set;
}

void for_each_image(const ImageSet& set, const std::function<void(const ImageView&)>& show) {
  if (set.count == 0) return;
  NLB_CHECK(set.images != nullptr, "the set has its images");
  const auto all = counting(set.count);
  set.images->read(all, [&](size_t, const ImageView& image) { show(image); });
}

std::vector<uint8_t> all_pixels(const ImageSet& set) {
  std::vector<uint8_t> pixels;
  pixels.reserve(static_cast<size_t>(set.count * set.image_bytes()));
  for_each_image(
      set, [&](const ImageView& image) { pixels.insert(pixels.end(), image.pixels.begin(), image.pixels.end()); });
  return pixels;
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

Dataset load_dataset(const DatasetFacts& facts, const std::filesystem::path& data_folder) {
  const Form& form = form_of(facts);
  OfficialFiles files(facts, data_folder, false);
  files.require_all();
  return with_own_labels(facts, files, dataset_of(facts, form.read(facts, files)));
}

Dataset load_own_labels(const DatasetFacts& facts, const std::filesystem::path& data_folder) {
  NLB_CHECK(facts.own, facts.id + " is not an own data set");
  OfficialFiles files(facts, data_folder, false);
  files.require_all();
  return with_own_labels(facts, files, dataset_of(facts, form_of(facts).read_labels(facts, files)));
}

ImagePlace training_image_place(const DatasetFacts& facts, int64_t index) {
  NLB_CHECK(index >= 0 && index < facts.train_images, "image index outside the training part");
  return form_of(facts).training_image_place(facts, index);
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

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "datasets/forms/pickle_writer.h"
#include "datasets/forms/rows.h"
#include "datasets/imagenet_batches.h"
#include "datasets/official_files.h"
#include "formats/mapped_file.h"
#include "formats/npy.h"
#include "formats/zip_index.h"
#include "images/joined_images.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

std::string base_name(const FileFacts& file) { return fs::path(file.name).filename().string(); }

bool is_validation(const FileFacts& file) { return base_name(file) == "val_data"; }

int64_t training_files(const DatasetFacts& facts) {
  return std::count_if(facts.files.begin(), facts.files.end(),
                       [](const FileFacts& file) { return !is_validation(file); });
}

/// Of N training images in n files, N / n lie in each, and what is over in the last one.
int64_t images_of(const DatasetFacts& facts, const FileFacts& file) {
  if (is_validation(file)) return facts.test_images;
  const int64_t files = training_files(facts), each = facts.train_images / files;
  const FileFacts* last = nullptr;
  for (const FileFacts& one : facts.files) last = is_validation(one) ? last : &one;
  return last->name == file.name ? facts.train_images - each * (files - 1) : each;
}

/// The folders that the official archives are unpacked to, "imagenet32" itself first.
std::vector<fs::path> folders(const FileFacts& file, const ImageShape& shape) {
  const std::string side = std::to_string(shape.height);
  const std::string part = is_validation(file) ? "val" : "train";
  const fs::path own = fs::path(file.name).parent_path();
  return {own, own / ("Imagenet" + side + "_" + part), own / ("Imagenet" + side + "_" + part + "_npz"),
          "imagenet-" + side + "-batches-py"};
}

std::string as_text(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

/// Of all training images, value by value: float64 [image_bytes], as numpy.mean gives it.
std::string mean_of(const std::vector<FixtureFile>& files, int64_t image_bytes) {
  std::vector<uint64_t> sums(static_cast<size_t>(image_bytes));
  int64_t count = 0;
  for (const FixtureFile& file : files) {
    if (is_validation(*file.file)) continue;
    count += file.images.count;
    for_each_image(file.images, [&](const ImageView& image) {
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += image.pixels[i];
    });
  }
  std::string bytes;
  for (const uint64_t sum : sums) {
    const double mean = static_cast<double>(sum) / static_cast<double>(count);
    bytes.append(reinterpret_cast<const char*>(&mean), sizeof mean);
  }
  return bytes;
}

class ImagenetForm final : public Form {
 public:
  ImagenetForm() : Form("imagenet_batches") {}

  DatasetParts read(const DatasetFacts& facts, OfficialFiles& files) const override {
    DatasetParts parts{.train = empty_image_set(shape_of(facts)), .test = empty_image_set(shape_of(facts))};
    std::vector<Images> train, test;
    for (const FileFacts& file : facts.files) {
      ImageSet& set = is_validation(file) ? parts.test : parts.train;
      const OfficialContent content = files.open(file);
      const ImagenetBatch batch = batch_of(facts, file, content.file());
      const auto count = std::ssize(batch.labels);
      (is_validation(file) ? test : train)
          .push_back(content.images(set.shape(), {.first = batch.pixels_at, .distance = set.image_bytes()}, count));
      set.labels.insert(set.labels.end(), batch.labels.begin(), batch.labels.end());
      set.count += count;
    }
    if (!train.empty()) parts.train.images = joined(std::move(train));
    if (!test.empty()) parts.test.images = joined(std::move(test));
    return parts;
  }

  bool is_test_file(const FileFacts& file) const override { return is_validation(file); }

  ImagePlace training_image_place(const DatasetFacts& facts, int64_t index) const override {
    for (const FileFacts& file : facts.files) {
      if (is_validation(file)) continue;
      const int64_t count = images_of(facts, file);
      if (index < count) return {file.name, index};
      index -= count;
    }
    NLB_CHECK(false, facts.id + ": its files hold fewer images than its facts say");
  }

  std::vector<FileSource> sources(const DatasetFacts& facts, const FileFacts& file,
                                  const fs::path& data_folder) const override {
    std::vector<FileSource> all;
    for (const fs::path& folder : folders(file, shape_of(facts))) {
      for (const char* end : {"", ".npz"}) {
        all.push_back(
            {.path = data_folder / folder / (base_name(file) + end), .member = "", .form = FileSource::Form::plain});
      }
    }
    return all;
  }

  std::string other_places(const DatasetFacts& facts, const FileFacts& file,
                           const fs::path& /*data_folder*/) const override {
    std::vector<std::string> names;
    for (const fs::path& folder : folders(file, shape_of(facts))) names.push_back(folder.string());
    names.erase(names.begin());
    return base_name(file) + ".npz, and for both in " + join(names, ", ");
  }

  std::string problem_of(const DatasetFacts& facts, const FileFacts& file, const FileSource& source) const override {
    try {
      batch_of(facts, file, source.path);
      return {};
    } catch (const InputError& error) {
      const std::string_view words = error.what(), place = source.path.native();
      return std::string(words.starts_with(place) ? words.substr(place.size() + 2) : words);
    }
  }

  std::vector<std::string> fixture_forms() const override { return {"pickle", "npz"}; }

  void fill_fixture(const DatasetFacts& facts, std::vector<FixtureFile>& files,
                    const std::string& form) const override {
    const std::string mean = mean_of(files, shape_of(facts).bytes());
    for (FixtureFile& file : files) {
      file.content = form == "npz" ? npz_of(file, mean) : pickle_of(file, mean);
    }
  }

  std::vector<ArchiveMember> fixture_members(const DatasetFacts&, const std::vector<FixtureFile>& files,
                                             const std::string& form) const override {
    std::vector<ArchiveMember> all;
    for (const FixtureFile& one : files) all.push_back({one.file->name + (form == "npz" ? ".npz" : ""), one.content});
    return all;
  }

 private:
  static ImagenetBatch batch_of(const DatasetFacts& facts, const FileFacts& file, const fs::path& path) {
    const MappedFile mapped(path);
    auto batch = read_imagenet_batch(mapped.bytes(), path.string(), shape_of(facts).bytes(), facts.classes);
    const int64_t expected = images_of(facts, file);
    if (std::ssize(batch.labels) == expected) return batch;
    throw InputError(path.string() + ": holds " + std::to_string(batch.labels.size()) + " images, expected " +
                     std::to_string(expected));
  }

  static std::vector<int64_t> labels_from_one(const ImageSet& images) {
    auto labels = images.labels;
    for (int64_t& label : labels) ++label;
    return labels;
  }

  /// The official script stores the mean beside training images alone.
  static std::string pickle_of(const FixtureFile& file, const std::string& mean) {
    PickleWriter pickle(PickleWriter::Dialect::python3);
    const int64_t values = file.images.image_bytes();
    pickle.text("data").array("u1", {file.images.count, values}, as_text(all_pixels(file.images)));
    pickle.text("labels").list_of_numbers(labels_from_one(file.images));
    if (!is_validation(*file.file)) pickle.text("mean").array("f8", {values}, mean);
    return pickle.take();
  }

  static std::string npz_of(const FixtureFile& file, const std::string& mean) {
    const int64_t values = file.images.image_bytes();
    std::vector<ArchiveMember> members = {
        {"data.npy", npy_of("|u1", {file.images.count, values}, as_text(all_pixels(file.images)))},
        {"labels.npy", npy_of(labels_from_one(file.images))}};
    if (!is_validation(*file.file)) members.push_back({"mean.npy", npy_of("<f8", {values}, mean)});
    return zip_of(members);
  }
};

}  // namespace

const Form& imagenet_form() {
  static const ImagenetForm form;
  return form;
}

}  // namespace nlb

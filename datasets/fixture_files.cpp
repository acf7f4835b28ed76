#include "datasets/fixture_files.h"

#include <algorithm>

#include "core/draws.h"
#include "core/durable.h"
#include "core/sha256.h"
#include "datasets/forms/registry.h"

namespace nlb {
namespace {

/// Which images an official file of a miniature has.
struct FileImages {
  const FileFacts* file = nullptr;
  int64_t first = 0, count = 0;
  std::string batch_label;
};

/// Batches have equally many images; what is over goes to the last, as in the official sets.
std::vector<FileImages> images_by_file(const Form& form, const DatasetFacts& facts, int64_t training, int64_t testing) {
  std::vector<FileImages> all;
  const auto batches = std::count_if(facts.files.begin(), facts.files.end(), [](const FileFacts& file) {
    return file.name.find("data_batch") != std::string::npos;
  });
  int64_t batch = 0;
  for (const FileFacts& file : facts.files) {
    if (form.is_test_file(file)) {
      all.push_back({&file, training, testing, "testing batch 1 of 1"});
    } else if (batches > 0) {
      const int64_t size = training / batches, from = size * batch++;
      all.push_back({&file, from, batch == batches ? training - from : size,
                     "training batch " + std::to_string(batch) + " of " + std::to_string(batches)});
    } else {
      all.push_back({&file, 0, training, "training batch 1 of 1"});
    }
  }
  return all;
}

}  // namespace

ImageSet fixture_images(const DatasetFacts& facts, int64_t first, int64_t count) {
  const ImageShape shape = shape_of(facts);
  const Key key = derive(0, "fixture");
  constexpr uint32_t kNoise = 128, kLit = 100;
  std::vector<uint8_t> pixels;
  std::vector<int64_t> labels;
  for (int64_t i = first; i < first + count; ++i) {
    const int64_t label = i % facts.classes;
    labels.push_back(label);
    for (int64_t p = 0; p < shape.bytes(); ++p) {
      const int64_t band = p / shape.width % shape.height / 2;
      const bool lit = band == label % (shape.height / 2) || band == label / (shape.height / 2);
      const Words4 words = draw(key, 0, static_cast<uint64_t>(i), static_cast<uint32_t>(p));
      pixels.push_back(static_cast<uint8_t>(below(words.word[0], kNoise) + (lit ? kLit : 0)));
    }
  }
  return image_set(shape, std::move(pixels), std::move(labels));
}

std::vector<std::string> fixture_forms(const DatasetFacts& facts) { return form_of(facts).fixture_forms(); }

DatasetFacts write_fixture(const DatasetFacts& facts, const std::filesystem::path& folder, const std::string& form,
                           int64_t per_class) {
  const Form& made_in = form_of(facts);
  DatasetFacts made = facts;
  made.train_images = per_class * facts.classes;
  made.test_images = std::max<int64_t>(1, per_class / 2) * facts.classes;
  made.files.clear();
  std::vector<FixtureFile> files;
  for (const FileImages& part : images_by_file(made_in, facts, made.train_images, made.test_images)) {
    files.push_back({.file = part.file,
                     .images = fixture_images(facts, part.first, part.count),
                     .batch_label = part.batch_label,
                     .content = ""});
  }
  made_in.fill_fixture(facts, files, form);
  for (const FixtureFile& file : files) {
    made.files.push_back(
        {.name = file.file->name, .bytes = std::ssize(file.content), .sha256 = hex(sha256(file.content))});
  }
  for (const ArchiveMember& member : made_in.fixture_members(facts, files, form)) {
    write_file_durably(folder / member.name, member.content);
  }
  return made;
}

}  // namespace nlb

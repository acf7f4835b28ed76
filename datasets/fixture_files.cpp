#include "datasets/fixture_files.h"

#include <algorithm>

#include "core/draws.h"
#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/image_formats.h"
#include "datasets/noise/superclasses.h"
#include "formats/archive.h"
#include "formats/gzip.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string_view characters(const std::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Writes opcodes as Python 2's cPickle did: values are kept under numbers from 1 on.
class PickleWriter {
 public:
  std::string take() { return std::move(out_) + "u."; }
  PickleWriter() { add("\x80\x02}").keep().add("("); }

  PickleWriter& text(const std::string& text) {  // SHORT_BINSTRING
    return add("U").add(little_endian(text.size(), 1)).add(text).keep();
  }
  PickleWriter& list_of_small(const std::vector<int64_t>& values) {
    return list(values, [&](int64_t value) { add("K").add(little_endian(static_cast<uint64_t>(value), 1)); });
  }
  PickleWriter& number(int64_t value) { return integer(value); }
  PickleWriter& list_of_texts(const std::vector<std::string>& values) {
    return list(values, [&](const std::string& value) { text(value); });
  }
  /// numpy's [rows, columns] of uint8.
  PickleWriter& pixels(const std::vector<uint8_t>& bytes, int64_t rows, int64_t columns) {
    add("cnumpy.core.multiarray\n_reconstruct\n").keep().add("cnumpy\nndarray\n").keep();
    add(std::string("K\x00\x85U\x01\x62\x87R", 8)).keep().add("(K\x01").integer(rows).integer(columns).add("\x86");
    add("cnumpy\ndtype\n").keep().add(std::string("U\x02\x75\x31K\x00K\x01\x87R", 10)).keep();
    add("(K\x03U\x01|NNN");
    for (int i = 0; i < 2; ++i) add("J\xff\xff\xff\xff");
    add(std::string("K\x00tb\x89T", 6)).add(little_endian(bytes.size(), 4)).add(characters(bytes));
    return add("tb");
  }

 private:
  /// Python appends a thousand at a time.
  template <typename Values, typename Write>
  PickleWriter& list(const Values& values, Write write) {
    constexpr size_t kAtOnce = 1000;
    add("]").keep();
    for (size_t i = 0; i < values.size(); ++i) {
      if (i % kAtOnce == 0) add(i == 0 ? "(" : "e(");
      write(values[i]);
    }
    return values.empty() ? *this : add("e");
  }
  PickleWriter& add(std::string_view piece) {
    out_ += piece;
    return *this;
  }
  PickleWriter& keep() {
    ++kept_;
    return kept_ < 256 ? add("q").add(little_endian(kept_, 1)) : add("r").add(little_endian(kept_, 4));
  }
  PickleWriter& integer(int64_t value) {
    const auto word = static_cast<uint64_t>(value);
    if (value < 256) return add("K").add(little_endian(word, 1));
    return value < 65536 ? add("M").add(little_endian(word, 2)) : add("J").add(little_endian(word, 4));
  }

  std::string out_;
  uint64_t kept_ = 0;
};

std::vector<std::string> file_names(const ImageSet& set) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < set.count; ++i) names.push_back("fixture_s_" + std::to_string(i) + ".png");
  return names;
}

std::vector<int64_t> coarse_labels(const ImageSet& set) {
  std::vector<int64_t> coarse;
  for (const int64_t label : set.labels) coarse.push_back(kCifar100Superclass.at(static_cast<size_t>(label)));
  return coarse;
}

/// One official file of a miniature: its images, and which batch it is.
struct Part {
  const FileFacts* file = nullptr;
  int64_t first = 0, count = 0;
  std::string batch_label;
};

bool is_cifar100(const DatasetFacts& facts) { return facts.format == "cifar100_binary"; }

std::vector<Part> parts_of(const DatasetFacts& facts, int64_t training, int64_t testing) {
  std::vector<Part> parts;
  const auto batches = std::count_if(facts.files.begin(), facts.files.end(), [](const FileFacts& file) {
    return file.name.find("data_batch") != std::string::npos;
  });
  int64_t batch = 0;
  for (const FileFacts& file : facts.files) {
    const bool testing_part =
        file.name.find("test") != std::string::npos || file.name.find("t10k") != std::string::npos;
    if (testing_part) {
      parts.push_back({&file, training, testing, "testing batch 1 of 1"});
    } else if (batches > 0) {
      const int64_t from = training * batch / batches, to = training * (batch + 1) / batches;
      parts.push_back(
          {&file, from, to - from, "training batch " + std::to_string(++batch) + " of " + std::to_string(batches)});
    } else {
      parts.push_back({&file, 0, training, "training batch 1 of 1"});
    }
  }
  return parts;
}

/// The content of the official file.
std::string content_of(const DatasetFacts& facts, const Part& part) {
  const ImageSet set = fixture_images(facts, part.first, part.count);
  if (facts.format == "idx") {
    return part.file->name.find("-images") != std::string::npos ? idx_of_images(set) : idx_of_labels(set.labels);
  }
  if (!is_cifar100(facts)) return cifar_records_of(set, nullptr);
  const auto coarse = coarse_labels(set);
  return cifar_records_of(set, &coarse);
}

std::string pickle_content(const DatasetFacts& facts, const Part& part) {
  const ImageSet set = fixture_images(facts, part.first, part.count);
  if (!is_cifar100(facts)) return cifar_pickle_of(set, nullptr, part.batch_label);
  const auto coarse = coarse_labels(set);
  return cifar_pickle_of(set, &coarse, part.batch_label);
}

/// cifar-10-batches-bin/data_batch_1.bin -> cifar-10-batches-py/data_batch_1
std::string pickle_name(const DatasetFacts& facts, const FileFacts& file) {
  return (is_cifar100(facts) ? "cifar-100-python/" : "cifar-10-batches-py/") + fs::path(file.name).stem().string();
}

/// CIFAR-100's coarse classes, in the order of their numbers.
const std::vector<std::string> kCoarseNames = {"aquatic_mammals",
                                               "fish",
                                               "flowers",
                                               "food_containers",
                                               "fruit_and_vegetables",
                                               "household_electrical_devices",
                                               "household_furniture",
                                               "insects",
                                               "large_carnivores",
                                               "large_man-made_outdoor_things",
                                               "large_natural_outdoor_scenes",
                                               "large_omnivores_and_herbivores",
                                               "medium_mammals",
                                               "non-insect_invertebrates",
                                               "people",
                                               "reptiles",
                                               "small_mammals",
                                               "trees",
                                               "vehicles_1",
                                               "vehicles_2"};

std::string lines_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += name + "\n";
  return text;
}

/// The official files beside the batches: names of classes.
std::vector<ArchiveMember> name_files(const DatasetFacts& facts, bool python) {
  if (facts.format == "idx") return {};
  if (!is_cifar100(facts) && !python)
    return {{"cifar-10-batches-bin/batches.meta.txt", lines_of(facts.class_names) + "\n"}};
  if (!python) {
    return {{"cifar-100-binary/coarse_label_names.txt", lines_of(kCoarseNames)},
            {"cifar-100-binary/fine_label_names.txt", lines_of(facts.class_names)}};
  }
  PickleWriter pickle;
  if (is_cifar100(facts)) {
    pickle.text("fine_label_names")
        .list_of_texts(facts.class_names)
        .text("coarse_label_names")
        .list_of_texts(kCoarseNames);
    return {{"cifar-100-python/meta", pickle.take()}};
  }
  constexpr int64_t kBatch = 10'000;
  pickle.text("num_cases_per_batch").number(kBatch).text("label_names").list_of_texts(facts.class_names);
  pickle.text("num_vis").number(facts.image.at(0) * facts.image.at(1) * facts.image.at(2));
  return {{"cifar-10-batches-py/batches.meta", pickle.take()}};
}

}  // namespace

ImageSet fixture_images(const DatasetFacts& facts, int64_t first, int64_t count) {
  ImageSet set{.count = count,
               .channels = facts.image.at(0),
               .height = facts.image.at(1),
               .width = facts.image.at(2),
               .pixels = {},
               .labels = {}};
  const Key key = derive(0, "fixture");
  constexpr uint32_t kNoise = 128, kLit = 100;
  for (int64_t i = first; i < first + count; ++i) {
    const int64_t label = i % facts.classes;
    set.labels.push_back(label);
    for (int64_t p = 0; p < set.image_bytes(); ++p) {
      const int64_t band = p / set.width % set.height / 2;
      const bool lit = band == label % (set.height / 2) || band == label / (set.height / 2);
      const Words4 words = draw(key, 0, static_cast<uint64_t>(i), static_cast<uint32_t>(p));
      set.pixels.push_back(static_cast<uint8_t>(below(words.word[0], kNoise) + (lit ? kLit : 0)));
    }
  }
  return set;
}

std::string cifar_records_of(const ImageSet& set, const std::vector<int64_t>* coarse) {
  std::string bytes;
  for (int64_t i = 0; i < set.count; ++i) {
    const auto at = static_cast<size_t>(i);
    if (coarse != nullptr) bytes += static_cast<char>(coarse->at(at));
    bytes += static_cast<char>(set.labels[at]);
    for (const uint8_t pixel : set.image(i)) bytes += static_cast<char>(pixel);
  }
  return bytes;
}

std::string cifar_pickle_of(const ImageSet& set, const std::vector<int64_t>* coarse, const std::string& batch_label) {
  PickleWriter pickle;
  if (coarse == nullptr) {
    pickle.text("batch_label").text(batch_label).text("labels").list_of_small(set.labels);
    pickle.text("data").pixels(set.pixels, set.count, set.image_bytes());
    pickle.text("filenames").list_of_texts(file_names(set));
  } else {
    pickle.text("filenames").list_of_texts(file_names(set)).text("batch_label").text(batch_label);
    pickle.text("fine_labels").list_of_small(set.labels).text("coarse_labels").list_of_small(*coarse);
    pickle.text("data").pixels(set.pixels, set.count, set.image_bytes());
  }
  return pickle.take();
}

std::vector<std::string> fixture_forms(const DatasetFacts& facts) {
  if (facts.format == "idx") return {"raw", "gzip"};
  if (facts.format == "cifar_binary" || facts.format == "cifar100_binary") {
    return {"binary", "python", "binary_archive", "python_archive"};
  }
  return {};
}

DatasetFacts write_fixture(const DatasetFacts& facts, const fs::path& folder, const std::string& form,
                           int64_t per_class) {
  DatasetFacts made = facts;
  made.train_images = per_class * facts.classes;
  made.test_images = std::max<int64_t>(1, per_class / 2) * facts.classes;
  made.files.clear();
  std::vector<ArchiveMember> members;
  const bool python = form.starts_with("python"), archive = form.ends_with("_archive");
  for (const Part& part : parts_of(facts, made.train_images, made.test_images)) {
    const std::string content = content_of(facts, part);
    made.files.push_back({.name = part.file->name, .bytes = std::ssize(content), .sha256 = hex(sha256(content))});
    members.push_back(python ? ArchiveMember{pickle_name(facts, *part.file), pickle_content(facts, part)}
                             : ArchiveMember{part.file->name, content});
  }
  for (ArchiveMember& member : name_files(facts, python)) members.push_back(std::move(member));
  if (archive) {
    const std::string stem = is_cifar100(facts) ? "cifar-100-" : "cifar-10-";
    write_file_durably(folder / (stem + (python ? "python" : "binary") + ".tar.gz"), tar_gz_of(members));
    return made;
  }
  for (const ArchiveMember& member : members) {
    const bool zipped = form == "gzip";
    write_file_durably(folder / (member.name + (zipped ? ".gz" : "")), zipped ? gzip(member.content) : member.content);
  }
  return made;
}

}  // namespace nlb

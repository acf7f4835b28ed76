#include "tests/datasets/fuzz_readers.h"

#include <memory>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/cifar_pickles.h"
#include "datasets/fixture_files.h"
#include "datasets/forms/cifar_fixture.h"
#include "datasets/image_formats.h"
#include "datasets/imagenet_batches.h"
#include "datasets/label_file.h"
#include "datasets/label_table.h"
#include "formats/archive.h"
#include "formats/gzip.h"
#include "formats/image_file.h"
#include "formats/mat.h"
#include "formats/npy.h"
#include "formats/pickle.h"
#include "protocols/protocol.h"
#include "tests/datasets/label_cases.h"
#include "tests/support/damage.h"
#include "tests/support/fixtures.h"

namespace nlb::test {
namespace {

constexpr size_t kLimit = 1 << 20;

void require(bool holds, const char* what) {
  if (!holds) throw InternalError(std::string("a reader gave ") + what);
}

void require_labels(const LabelFile& file) {
  require(!file.arrays.empty() && file.digest.size() == 64, "a label file without labels");
  for (const LabelArray& array : file.arrays) require(&file.array(array.name) <= &array, "labels that are not found");
}

/// Sound label files whose case names hold `word`.
std::vector<std::string> label_seeds(const std::string& word) {
  std::vector<std::string> seeds;
  for (const LabelCase& each : label_cases()) {
    if (each.name.find(word) != std::string::npos && each.bytes.size() > 16) seeds.push_back(each.bytes);
  }
  require(!seeds.empty(), "no seeds");
  return seeds;
}

DatasetFacts small_facts(const std::string& format, std::vector<int64_t> image) {
  return fixture_facts("fuzz", format, 12, 12, std::move(image));
}

std::vector<std::string> pickle_seeds() {
  auto seeds = label_seeds("pickle");
  const ImageSet set = fixture_images(small_facts("cifar_binary", {3, 2, 2}), 0, 5);
  const std::vector<int64_t> coarse = {1, 2, 3, 4, 5};
  seeds.push_back(cifar_pickle_of(set, nullptr, "training batch 1 of 5"));
  seeds.push_back(cifar_pickle_of(set, &coarse, "training batch 1 of 1"));
  return seeds;
}

void read_any_pickle(const std::string& bytes) {
  const Pickle pickle = read_pickle(bytes, "fuzz");
  for (const PickleValue& value : pickle.values) {
    require(!described(pickle, value).empty(), "a value without a name");
    for (const uint32_t item : value.items) require(item < pickle.values.size(), "a value outside");
  }
}

void read_batch(const std::string& bytes) {
  const std::string records = cifar_records_of(bytes, "fuzz", bytes.find("fine_labels") != std::string::npos, 12);
  require(records.size() % 13 == 0 || records.size() % 14 == 0, "cut records");
}

void read_imagenet(const std::string& bytes) {
  const ImagenetBatch batch = read_imagenet_batch(bytes, "fuzz", 12, 1000);
  require(batch.pixels_at + 12 * std::ssize(batch.labels) <= std::ssize(bytes), "pixels outside the file");
}

void read_idx_file(const std::string& bytes) {
  const ImageSet set = read_idx_pair({"images", "", bytes}, idx_labels(0, 12), "labels", 10);
  require(all_pixels(set).size() == static_cast<size_t>(set.count * set.image_bytes()), "pixels of another number");
}

void read_records(const std::string& bytes) {
  const OfficialContent content("records", "", bytes);
  const auto layout = cifar_layout(content.size(), content.place(), {3, 4, 4}, 1);
  const auto labels = cifar_labels(*content.images({1, 1, 1}, layout.labels, layout.count), content.place(), 10);
  require(std::ssize(labels) == layout.count, "labels of another number");
  const auto images = content.images(layout.shape, layout.images, layout.count);
  if (layout.count > 0) require(image_at(*images, layout.count - 1).size() == 48, "pixels of another number");
}

void read_numbers(const std::string& bytes) {
  const NpyArray array = parse_npy(bytes, "fuzz");
  const size_t count =
      array.type.is_integer() ? integers_of(array.data, array.type).size() : reals_of(array.data, array.type).size();
  require(count == array.data.size() / array.type.bytes, "numbers of another count");
}

std::string tar_seed() {
  return tar_gz_of(
      {{"folder/data_batch_1", std::string(700, 'x')}, {"folder/data_batch_2", "yy"}, {"folder/readme", "z"}});
}

/// Through a file, as data sets are read.
void read_tar(const TemporaryFolder& folder, const std::string& bytes) {
  const auto path = folder.path() / "fuzz.tar.gz";
  write_bytes(path, bytes);
  visit_tar(
      path, [](const std::string& name) { return name.find("data") != std::string::npos ? size_t{500} : 0; },
      [](const ArchiveMember& member) { require(member.content.size() <= 501, "more than the limit"); });
}

/// The sound files among the entries of a JSON file of tests/: bytes in base64 under `key`.
std::vector<std::string> stored_seeds(const Json& entries, const char* key) {
  std::vector<std::string> seeds;
  for (const Json& entry : entries) {
    if (entry.contains("refused") && entry.at("refused").is_string()) continue;
    const auto bytes = from_base64(entry.at(key).get<std::string>());
    seeds.emplace_back(bytes.begin(), bytes.end());
  }
  return seeds;
}

Json entries_of(const char* file) { return Json::parse(read_file(std::string(NLB_SOURCE_DIR "/tests/") + file)); }

std::vector<std::string> plain_tar_seeds() {
  auto seeds = stored_seeds(entries_of("formats/tar_files.json"), "gz");
  for (std::string& seed : seeds) seed = gunzip(seed, kLimit);
  return seeds;
}

void read_tar_index(const TemporaryFolder& folder, const std::string& bytes) {
  const auto path = folder.path() / "fuzz.tar";
  write_bytes(path, bytes);
  for (const TarMember& member : tar_index({.path = path})) {
    require(member.offset >= 0 && member.bytes >= 0 && member.offset + member.bytes <= std::ssize(bytes),
            "a member beyond the archive");
  }
}

void read_picture(const std::string& bytes) {
  require(fitted(decode_image(bytes), 3, 4, 4).size() == 48, "pixels of another number");
}

void read_variables(const std::string& bytes) {
  for (const auto& [name, array] : read_mat(bytes, "fuzz", kLimit)) {
    const auto count = static_cast<size_t>(array.count());
    if (array.kind == MatArray::Kind::numbers) require(array.numbers.size() == count, "numbers of another count");
    if (array.kind == MatArray::Kind::cell) require(array.items.size() == count, "cells of another count");
    if (array.kind == MatArray::Kind::structs)
      require(array.items.size() == count * array.fields.size(), "fields of another count");
  }
}

/// Through a file, as label tables are read.
void read_table(const TemporaryFolder& folder, const std::string& bytes) {
  const auto path = folder.path() / "fuzz.csv";
  write_bytes(path, bytes);
  LineProblems problems(path.string());
  const auto table = read_label_table(path, problems);
  check_splits(table, problems);
  problems.throw_if_any();
  for (const auto& row : table.rows) {
    require(row.label < std::ssize(table.class_names) && row.clean < std::ssize(table.class_names), "no such class");
  }
}

std::string table_seed() {
  return "path,label,clean_label,split\r\na.png,cat,,\r\n\"b, \"\"c\"\".png\",dog,cat,train\r\nd.png,,dog,test\r\n";
}

void read_protocol_text(const std::string& bytes) {
  Problems problems;
  const Protocol protocol = parse_protocol(JsonNode::parse(bytes, "fuzz", problems), facts());
  require(!protocol.groups.empty(), "a protocol without groups");
}

}  // namespace

std::vector<FuzzReader> fuzz_readers() {
  const auto labels = [](const std::string& bytes) { require_labels(parse_label_file(bytes, "fuzz")); };
  const ImageSet images = fixture_images(small_facts("idx", {1, 5, 4}), 0, 12);
  const ImageSet coloured = fixture_images(small_facts("cifar_binary", {3, 4, 4}), 0, 12);
  const auto folder = std::make_shared<TemporaryFolder>();
  return {
      {"npy", label_seeds("npy"), read_numbers},
      {"npy labels", label_seeds("npy"), labels},
      {"pickle", pickle_seeds(), read_any_pickle},
      {"pickle labels", label_seeds("pickle"), labels},
      {"cifar pickle", {pickle_seeds().end()[-2], pickle_seeds().back()}, read_batch},
      {"imagenet batch", stored_seeds(entries_of("datasets/imagenet_batches.json"), "bytes"), read_imagenet},
      {"torch zip labels", label_seeds("torch zip"), labels},
      {"tensors", label_seeds("tensor"), labels},
      {"npz labels", label_seeds("npz"), labels},
      {"npy of objects", label_seeds("npy of"), labels},
      {"old pickle labels", label_seeds("pickle 0"), labels},
      {"zip", label_seeds("zip"), [](const std::string& bytes) { read_zip(bytes, "fuzz", kLimit); }},
      {"json labels",
       {label_seeds("DivideMix").front(), label_seeds("noise_labels").front(), label_seeds("Evidential").front(),
        label_seeds("JSON one-hot").front(), label_seeds("JSON beside").front(), label_seeds("byte order").front()},
       labels},
      {"idx images", {idx_of_images(images)}, read_idx_file},
      {"cifar records", {cifar_records_of(coloured, nullptr)}, read_records},
      {"gzip",
       {gzip(idx_of_images(images))},
       [](const std::string& bytes) { require(gunzip(bytes, kLimit).size() <= kLimit + 1, "more than the limit"); }},
      {"tar.gz", {tar_seed()}, [folder](const std::string& bytes) { read_tar(*folder, bytes); }},
      {"tar", plain_tar_seeds(), [folder](const std::string& bytes) { read_tar_index(*folder, bytes); }},
      {"png, jpeg and webp", stored_seeds(entries_of("datasets/image_files.json").at("cases"), "file"), read_picture},
      {"mat", stored_seeds(entries_of("formats/mat_files.json"), "bytes"), read_variables},
      {"label table", {table_seed()}, [folder](const std::string& bytes) { read_table(*folder, bytes); }},
      {"protocol", {read_file(NLB_SOURCE_DIR "/protocols/mini.json")}, read_protocol_text},
  };
}

FuzzCounts fuzz(const FuzzReader& reader, uint64_t begin, uint64_t end) {
  const Key key = derive(derive(1, "fuzz"), reader.name);
  FuzzCounts counts;
  for (uint64_t i = begin; i < end; ++i) {
    try {
      reader.read(damaged(reader.seeds[i % reader.seeds.size()], key, i));
      ++counts.read;
    } catch (const InputError& refused) {
      require(std::string_view(refused.what()).size() > 4, "no words");
      ++counts.refused;
    }
  }
  return counts;
}

}  // namespace nlb::test

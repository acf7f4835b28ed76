// Downsampled ImageNet: batches as Python and numpy write them, read where their pixels lie.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/fixture_files.h"
#include "datasets/forms/pickle_writer.h"
#include "datasets/forms/registry.h"
#include "datasets/imagenet_batches.h"
#include "datasets/official_files.h"
#include "facts/dataset_archives.h"
#include "facts/own_dataset.h"
#include "tests/support/fixtures.h"
#include "tests/support/pixels.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using Kind = FileState::Kind;

std::string bytes_of(const Json& text) {
  const auto bytes = from_base64(text.get<std::string>());
  return {bytes.begin(), bytes.end()};
}

/// The pixels of tests/datasets/imagenet_batches.py.
std::string reference_pixels() {
  std::string pixels;
  for (int i = 0; i < 48; ++i) pixels += static_cast<char>(i * 37 % 256);
  return pixels;
}

Json reference_cases() { return Json::parse(read_file(NLB_SOURCE_DIR "/tests/datasets/imagenet_batches.json")); }

/// Facts of three classes of ImageNet32, twelve training images in its ten batches; as in the official set, nobody
/// published their digests.
DatasetFacts unpublished(const fs::path& data, const std::string& form) {
  DatasetFacts small = facts().datasets.at("imagenet32");
  small.class_names.resize(3);
  small.classes = 3;
  DatasetFacts made = write_fixture(small, data, form, 8);
  for (FileFacts& file : made.files) file = {.name = file.name, .bytes = 0, .sha256 = ""};
  return made;
}

FileState state_of(const DatasetFacts& set, const fs::path& data, const std::string& name) {
  for (const FileState& state : verify_dataset(set, data, true)) {
    if (state.name.ends_with(name)) return state;
  }
  FAIL("no file " << name);
  return {};
}

void flip_byte(const fs::path& path, std::streamoff at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const auto byte = static_cast<char>(file.get() ^ 1);
  file.seekp(at);
  file.put(byte);
}

TEST_CASE("A batch of ImageNet is read where its pixels lie", "[datasets][imagenet]") {
  const Json cases = reference_cases();
  REQUIRE(cases.size() > 20);
  for (const Json& each : cases) {
    CAPTURE(each["name"]);
    const std::string bytes = bytes_of(each["bytes"]);
    const auto read = [&] { return read_imagenet_batch(bytes, "batch", 12, 1000); };
    if (each["refused"].is_string()) {
      CHECK_THROWS_AS(read(), InputError);
      CHECK_THROWS_WITH(read(), Contains("batch") && Contains(each["refused"].get<std::string>()));
      continue;
    }
    const ImagenetBatch batch = read();
    CHECK(batch.labels == std::vector<int64_t>{2, 0, 999, 199});
    CHECK(bytes.substr(static_cast<size_t>(batch.pixels_at), 48) == reference_pixels());
  }
}

TEST_CASE("A pickle for a miniature has the bytes that Python writes", "[datasets][imagenet]") {
  const Json cases = reference_cases();
  const std::string pixels = reference_pixels();
  std::string mean;
  for (size_t i = 0; i < 12; ++i) {
    double sum = 0;
    for (size_t image = 0; image < 4; ++image) sum += static_cast<uint8_t>(pixels[12 * image + i]);
    sum /= 4;
    mean.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  }
  const auto written = [&](bool with_mean) {
    PickleWriter pickle(PickleWriter::Dialect::python3);
    pickle.text("data").array("u1", {4, 12}, pixels).text("labels").list_of_numbers({3, 1, 1000, 200});
    if (with_mean) pickle.text("mean").array("f8", {12}, mean);
    return pickle.take();
  };
  const auto expected = [&](const std::string& name) {
    for (const Json& each : cases) {
      if (each["name"] == name) return bytes_of(each["bytes"]);
    }
    return std::string();
  };
  CHECK(written(true) == expected("protocol 3"));
  CHECK(written(false) == expected("val_data"));
}

TEST_CASE("ImageNet32's classes are those of map_clsloc.txt, in its order", "[datasets][imagenet]") {
  for (const char* id : {"imagenet32", "imagenet64"}) {
    const DatasetFacts& set = facts().datasets.at(id);
    CHECK(set.classes == 1000);
    CHECK(set.class_names.front() == "n02119789 kit_fox");
    CHECK(set.class_names.at(448) == "n01440764 tench");
    CHECK(set.files.size() == 11);
    CHECK(dataset_archives(id).size() == (set.image.at(1) == 32 ? 2 : 3));
  }
  CHECK(dataset_archives("cifar10").empty());
  // 1,281,167 images in ten batches: nine of 128,116 and one of 128,123
  const DatasetFacts& set = facts().datasets.at("imagenet32");
  CHECK(training_image_place(set, 128'115).file == "imagenet32/train_data_batch_1");
  CHECK(training_image_place(set, 128'116).file == "imagenet32/train_data_batch_2");
  CHECK(training_image_place(set, 1'281'166).file == "imagenet32/train_data_batch_10");
  CHECK(training_image_place(set, 1'281'166).position == 128'122);
}

TEST_CASE("A miniature of ImageNet32 gives its images and labels from either form", "[datasets][imagenet]") {
  const std::string form = GENERATE("pickle", "npz");
  const test::TemporaryFolder data;
  const DatasetFacts set = unpublished(data.path(), form);
  if (GENERATE(false, true)) {  // where an archive unpacks to a folder of its own
    for (const FileFacts& file : set.files) {
      const std::string name = fs::path(file.name).filename().string() + (form == "npz" ? ".npz" : "");
      const auto folder =
          data.path() / "imagenet32" / (name.starts_with("val") ? "Imagenet32_val" : "Imagenet32_train");
      fs::create_directories(folder);
      fs::rename(data.path() / "imagenet32" / name, folder / name);
    }
  }
  const Dataset read = load_dataset(set, data.path());
  const auto expected = fixture_images(set, 0, 24), tests = fixture_images(set, 24, 12);
  CHECK(read.train.labels == expected.labels);
  CHECK(read.test.labels == tests.labels);
  CHECK(all_pixels(read.train) == all_pixels(expected));
  CHECK(test::image_of(read.test, 11) == test::image_of(tests, 11));
  const ImagePlace last = training_image_place(set, 23);
  CHECK(last.file == "imagenet32/train_data_batch_10");
  CHECK(last.position == 5);  // 24 / 10 = 2 in nine batches
}

TEST_CASE("What is wrong with a tree of ImageNet32 is told in words", "[datasets][imagenet]") {
  const test::TemporaryFolder data;
  const DatasetFacts set = unpublished(data.path(), "pickle");
  const fs::path folder = data.path() / "imagenet32", batch = folder / "train_data_batch_3";
  const auto good = state_of(set, data.path(), "train_data_batch_3");
  CHECK(good.kind == Kind::good);
  const std::string digest = hex(sha256_of_file(batch));
  CHECK(good.found == "SHA-256 " + digest + ", which nobody published; its form and counts fit");
  SECTION("truncated") {
    fs::resize_file(batch, 6000);
    CHECK_THAT(state_of(set, data.path(), "train_data_batch_3").found, Contains("the pickle is cut off"));
    CHECK_THROWS_WITH(load_dataset(set, data.path()), Contains(batch.string() + ": not the official file") &&
                                                          Contains("the pickle is cut off") &&
                                                          Contains("image-net.org"));
  }
  SECTION("another batch in its place") {
    fs::copy_file(folder / "train_data_batch_10", batch, fs::copy_options::overwrite_existing);
    CHECK_THAT(state_of(set, data.path(), "train_data_batch_3").found, Contains("holds 6 images, expected 2"));
  }
  SECTION("one flipped byte, where the digests were noted") {
    std::string sums;
    for (const FileFacts& file : set.files)
      sums += hex(sha256_of_file(data.path() / file.name)) + "  " + fs::path(file.name).filename().string() + "\n";
    write_file_durably(folder / "SHA256SUMS", sums);
    CHECK_THAT(state_of(set, data.path(), "train_data_batch_3").found, Contains("as SHA256SUMS beside it says"));
    flip_byte(batch, 3000);
    const auto state = state_of(set, data.path(), "train_data_batch_3");
    CHECK(state.kind == Kind::wrong_digest);
    CHECK_THAT(state.found, Contains("but SHA256SUMS beside it says " + digest));
    CHECK_THROWS_WITH(load_dataset(set, data.path()), Contains("but SHA256SUMS beside it says " + digest));
  }
  SECTION("the folder has another name") {
    fs::rename(folder, data.path() / "ImageNet-32");
    CHECK_THAT(state_of(set, data.path(), "val_data").found,
               Contains("a val_data lies in " + (data.path() / "ImageNet-32").string()));
    CHECK_THROWS_WITH(load_dataset(set, data.path()),
                      Contains("val_data: not found") && Contains("ImageNet-32; move or rename that folder"));
  }
  SECTION("an archive whose download broke off") {
    fs::remove_all(folder);
    test::write_bytes(folder / "Imagenet32_train_npz.zip", "PK half");
    CHECK_THROWS_AS(load_dataset(set, data.path()), MissingData);
    CHECK_THROWS_WITH(load_dataset(set, data.path()),
                      Contains("Imagenet32_train_npz.zip: 7 bytes, expected 3580435279: "
                               "the download is not whole, go on with it"));
    const auto archives = OfficialFiles(set, data.path(), true).archives();
    REQUIRE(archives.size() == 1);
    CHECK(archives[0].kind == Kind::wrong_size);
  }
}

TEST_CASE("An own set may come as ImageNet's batches", "[datasets][imagenet][own]") {
  const test::TemporaryFolder data;
  DatasetFacts small = facts().datasets.at("imagenet32");
  small.class_names.resize(300);  // more than a byte names
  small.classes = 300;
  DatasetFacts made = write_fixture(small, data.path(), GENERATE("pickle", "npz"), 1);
  if (fs::exists(data.path() / "imagenet32" / "val_data.npz")) CHECK(made.files.back().bytes > 300 * 3072);
  const DatasetFacts own = dataset_facts("small", own_dataset_json(made), Facts{});
  const Dataset labels = load_own_labels(own, data.path());
  CHECK(labels.train.count == 300);
  CHECK(labels.train.images == nullptr);
  CHECK(labels.train.labels.back() == 299);
  for (const FileFacts& file : made.files) {
    for (const char* end : {"", ".npz"}) {
      const fs::path path = data.path() / (file.name + end);
      if (fs::exists(path)) flip_byte(path, 5000);
    }
  }
  CHECK_THROWS_WITH(load_own_labels(own, data.path()), Contains("SHA-256") && Contains("expected"));
}

/// NLB_IMAGENET64: a folder with train_data_batch_1 of 128,116 images and val_data, as the official ones are.
TEST_CASE("Batches of ImageNet64 in their true size are read in little memory", "[.][large]") {
  const char* folder = std::getenv("NLB_IMAGENET64");
  REQUIRE(folder != nullptr);
  DatasetFacts set = facts().datasets.at("imagenet64");
  set.files = {{.name = "train_data_batch_1", .bytes = 0, .sha256 = ""},
               {.name = "val_data", .bytes = 0, .sha256 = ""}};
  set.train_images = 128'116;
  const Dataset read = load_dataset(set, folder);
  uint64_t sum = 0;
  for_each_image(read.train, [&](const ImageView& image) { sum += image.pixels[0] + image.pixels[12'287]; });
  CHECK(sum > 0);
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM") || line.starts_with("RssAnon")) WARN(line);
  }
}

}  // namespace
}  // namespace nlb

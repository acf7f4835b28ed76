#include <catch2/catch.hpp>
#include <chrono>
#include <numeric>

#include "core/durable.h"
#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/cifar_pickles.h"
#include "datasets/dataset.h"
#include "datasets/digest_memory.h"
#include "datasets/fixture_files.h"
#include "datasets/forms/cifar_fixture.h"
#include "formats/archive.h"
#include "formats/pickle.h"
#include "tests/support/fixtures.h"
#include "tests/support/pixels.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using namespace std::string_literals;
using Kind = FileState::Kind;

std::string bytes_of(const Json& text) {
  const auto bytes = from_base64(text.get<std::string>());
  return {bytes.begin(), bytes.end()};
}

/// Cases of tests/datasets/cifar_batches.py.
TEST_CASE("A batch that Python pickled gives the records of the binary version", "[datasets][pickles]") {
  const Json cases = Json::parse(read_file(NLB_SOURCE_DIR "/tests/datasets/cifar_batches.json"));
  REQUIRE(cases.size() > 10);
  for (const Json& each : cases) {
    CAPTURE(each["name"]);
    const auto records = [&] { return cifar_records_of(bytes_of(each["bytes"]), "batch", each["coarse"], 12); };
    if (each["refused"].is_string()) {
      CHECK_THROWS_AS(records(), InputError);
      CHECK_THROWS_WITH(records(), Contains("batch") && Contains(each["refused"].get<std::string>()));
    } else {
      CHECK(records() == bytes_of(each["records"]));
    }
  }
}

ImageSet grey_images(int64_t count) {
  return image_set({3, 32, 32}, std::vector<uint8_t>(static_cast<size_t>(count * 3072), 59),
                   std::vector<int64_t>(static_cast<size_t>(count), 6));
}

TEST_CASE("A python fixture has the opcodes of the official file", "[datasets][pickles]") {
  // The bytes before and behind the labels of data_batch_1 of cifar-10-python.tar.gz, as published.
  const std::string start =
      "\x80\x02}q\x01(U\x0b"
      "batch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(K\x06"s;
  const std::string middle =
      "eU\x04"
      "dataq\x06"
      "cnumpy.core.multiarray\n_reconstruct\nq\x07"
      "cnumpy\nndarray\nq\x08K\x00\x85U\x01"
      "b\x87Rq\x09(K\x01M\x10'M\x00\x0c\x86"
      "cnumpy\ndtype\nq\nU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNN"
      "J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T\x00\xc0\xd4\x01;"s;
  const std::string training = cifar_pickle_of(grey_images(10'000), nullptr, "training batch 1 of 5");
  CHECK(training.substr(0, start.size()) == start);
  // Where the pixels begin in the official pickles.
  constexpr size_t kTrainingPixels = 20'218, kTestPixels = 20'217;
  CHECK(training.substr(kTrainingPixels + 1 - middle.size(), middle.size()) == middle);
  const std::string test = cifar_pickle_of(grey_images(10'000), nullptr, "testing batch 1 of 1");
  CHECK(test.substr(kTestPixels + 1 - middle.size(), middle.size()) == middle);
}

/// Facts of a miniature of `id` below `folder`, in one of its forms.
DatasetFacts fixture(const std::string& id, const fs::path& folder, const std::string& form) {
  return write_fixture(facts().datasets.at(id), folder, form, id == "cifar100" ? 1 : 5);
}

TEST_CASE("Every official form gives the same images, labels and identity", "[datasets][readers]") {
  const auto& known = facts().datasets;
  const std::string id = GENERATE("cifar10", "cifar100", "mnist", "fashion_mnist");
  const test::TemporaryFolder usual;
  const DatasetFacts made = fixture(id, usual.path(), fixture_forms(known.at(id)).front());
  const Dataset expected = load_dataset(made, usual.path());
  CHECK(expected.train.count == (id == "cifar100" ? 100 : 50));
  CHECK(expected.train.labels[3] == 3);
  for (const std::string& form : fixture_forms(known.at(id))) {
    for (const std::string& below : {std::string("."), id}) {
      if (below == id && made.format == "idx") continue;
      CAPTURE(id, form, below);
      const test::TemporaryFolder data;
      const DatasetFacts same = fixture(id, data.path() / below, form);
      REQUIRE(same.files.size() == made.files.size());
      for (size_t i = 0; i < made.files.size(); ++i) CHECK(same.files[i].sha256 == made.files[i].sha256);
      const Dataset read = load_dataset(made, data.path());
      CHECK(all_pixels(read.train) == all_pixels(expected.train));
      CHECK(read.train.labels == expected.train.labels);
      CHECK(all_pixels(read.test) == all_pixels(expected.test));
      for (const FileState& state : verify_dataset(made, data.path())) CHECK(state.kind == Kind::good);
    }
  }
}

TEST_CASE("Fixtures of CIFAR hold the files of class names too", "[datasets][readers]") {
  const test::TemporaryFolder data;
  for (const char* id : {"cifar10", "cifar100"}) {
    fixture(id, data.path(), "python");
    fixture(id, data.path(), "binary");
  }
  // As the official archives have them; CIFAR-10's text ends in an empty line.
  const std::string ten = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
  CHECK(read_file(data.path() / "cifar-10-batches-bin" / "batches.meta.txt") == ten);
  CHECK_THAT(read_file(data.path() / "cifar-100-binary" / "coarse_label_names.txt"),
             Catch::StartsWith("aquatic_mammals\nfish\n") && Catch::EndsWith("vehicles_1\nvehicles_2\n"));
  CHECK_THAT(read_file(data.path() / "cifar-100-binary" / "fine_label_names.txt"), Catch::StartsWith("apple\n"));
  const std::string meta = read_file(data.path() / "cifar-10-batches-py" / "batches.meta");
  const Pickle names = read_pickle(meta, "meta");
  const auto& items = names.top().items;
  REQUIRE(items.size() == 6);
  CHECK(names.at(items[0]).text == "num_cases_per_batch");
  CHECK(names.at(items[1]).integer == 10'000);
  CHECK(names.at(items[2]).text == "label_names");
  CHECK(names.at(names.at(items[3]).items.at(9)).text == "truck");
  CHECK(names.at(items[5]).integer == 3072);
  const std::string hundred = read_file(data.path() / "cifar-100-python" / "meta");
  CHECK(read_pickle(hundred, "meta").top().items.size() == 4);
}

TEST_CASE("Forms may be mixed, file by file", "[datasets][readers]") {
  const test::TemporaryFolder data, other;
  const DatasetFacts made = fixture("cifar10", data.path(), "python");
  fixture("cifar10", other.path(), "binary");
  fs::remove(data.path() / "cifar-10-batches-py" / "data_batch_3");
  CHECK_THROWS_WITH(load_dataset(made, data.path()),
                    Contains("data_batch_3.bin: not found") && Contains("cifar-10-python.tar.gz"));
  fs::create_directories(data.path() / "cifar-10-batches-bin");
  fs::copy(other.path() / made.files[2].name, data.path() / made.files[2].name);
  CHECK(load_dataset(made, data.path()).train.count == 50);
}

TEST_CASE("A wrong python batch or archive is refused in words", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const bool archive = GENERATE(false, true);
  const DatasetFacts made = fixture("cifar10", data.path(), "python");
  const fs::path folder = data.path() / "cifar-10-batches-py";
  const auto refused = [&](const std::string& bytes, const std::string& words) {
    test::write_bytes(folder / "data_batch_2", bytes);
    if (archive) {
      std::vector<ArchiveMember> members;
      for (const auto& file : fs::directory_iterator(folder)) {
        members.push_back({"cifar-10-batches-py/" + file.path().filename().string(), read_file(file.path())});
      }
      test::write_bytes(data.path() / "cifar-10-python.tar.gz", tar_gz_of(members));
      fs::remove_all(folder);
    }
    CHECK_THROWS_AS(load_dataset(made, data.path()), InputError);
    CHECK_THROWS_WITH(load_dataset(made, data.path()), Contains("data_batch_2") && Contains(words));
  };
  std::string bytes = read_file(folder / "data_batch_2");
  SECTION("a changed pixel") {
    bytes[bytes.find("tb\x89T") + 2000] ^= 1;
    refused(bytes, "SHA-256");
  }
  SECTION("cut off") { refused(bytes.substr(0, bytes.size() / 2), "the pickle is cut off"); }
  SECTION("a program") {
    bytes.replace(bytes.find("cnumpy\nndarray\n"), 15, "cos\nsystem\n");
    refused(bytes, "asks Python to import os.system; allowed are only");
  }
  SECTION("very long") { refused(bytes + std::string(3'000'000, ' '), "longer than any official batch"); }
}

TEST_CASE("Archives are judged by their members, which never leave them", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts made = fixture("cifar10", data.path(), "binary_archive");
  const fs::path archive = data.path() / "cifar-10-binary.tar.gz";
  const std::string whole = read_file(archive);
  SECTION("cut off") {
    test::write_bytes(archive, whole.substr(0, whole.size() / 2));
    CHECK_THROWS_WITH(load_dataset(made, data.path()), Contains("not a sound archive"));
  }
  SECTION("no archive") {
    test::write_bytes(archive, "<html>Not found</html>");
    CHECK_THROWS_WITH(load_dataset(made, data.path()), Contains("not a sound archive"));
    CHECK(verify_dataset(made, data.path())[0].kind == Kind::wrong_digest);
  }
  SECTION("other members") {
    test::write_bytes(archive, tar_gz_of({{"../escaped", "x"}, {"/tmp/nlbench-escaped", "x"}}));
    CHECK_THROWS_WITH(load_dataset(made, data.path()), Contains("holds no cifar-10-batches-bin/data_batch_1.bin"));
    CHECK_FALSE(fs::exists(data.path().parent_path() / "escaped"));
    CHECK_FALSE(fs::exists("/tmp/nlbench-escaped"));
  }
  SECTION("members below ./, as tar -C FOLDER . packs them") {
    std::vector<ArchiveMember> members;
    visit_tar(
        archive, [&](const std::string&) { return whole.size() * 100; },
        [&](ArchiveMember member) {
          members.push_back({"./" + member.name, std::move(member.content)});
        });
    test::write_bytes(archive, tar_gz_of(members));
    CHECK(load_dataset(made, data.path()).train.count == 50);
  }
  SECTION("its digests are remembered, outside the data folder") {
    fs::last_write_time(archive, fs::last_write_time(archive) - std::chrono::hours(1));
    CHECK(verify_dataset(made, data.path())[0].kind == Kind::good);
    const Json memory = Json::parse(read_file(digest_memory_file(data.path())));
    CHECK(memory["files"]["cifar-10-binary.tar.gz:cifar-10-batches-bin/test_batch.bin"]["sha256"] ==
          made.files.back().sha256);
  }
  CHECK(std::distance(fs::directory_iterator(data.path()), {}) == 1);  // the archive: nothing unpacked
}

TEST_CASE("The official CIFAR-10 in its other forms has the official digests", "[datasets][readers][data]") {
  const char* folder = std::getenv("NLB_DATA");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "cifar-10-batches-bin")) {
    WARN("skipped: $NLB_DATA names no folder with cifar-10-batches-bin");
    return;
  }
  const DatasetFacts& known = facts().datasets.at("cifar10");
  const Dataset binary = load_dataset(known, folder);
  const test::TemporaryFolder data;
  std::vector<ArchiveMember> members;
  for (int64_t batch = 0; batch < 6; ++batch) {
    const ImageSet& from = batch < 5 ? binary.train : binary.test;
    const auto first = static_cast<size_t>(batch % 5 * 10'000);
    test::PixelSet part{.count = 10'000, .channels = 3, .height = 32, .width = 32, .pixels = {}, .labels = {}};
    part.labels.assign(from.labels.begin() + static_cast<std::ptrdiff_t>(first),
                       from.labels.begin() + static_cast<std::ptrdiff_t>(first + 10'000));
    std::vector<int64_t> numbers(10'000);
    std::iota(numbers.begin(), numbers.end(), static_cast<int64_t>(first));
    part.pixels.resize(10'000 * 3072);
    copy_images(*from.images, numbers, part.pixels.data());
    const std::string name = batch < 5 ? "data_batch_" + std::to_string(batch + 1) : "test_batch";
    members.push_back({"cifar-10-batches-py/" + name, cifar_pickle_of(part, nullptr, "training batch 1 of 5")});
  }
  test::write_bytes(data.path() / "cifar-10-python.tar.gz", tar_gz_of(members));
  const Dataset python = load_dataset(known, data.path());
  CHECK(all_pixels(python.train) == all_pixels(binary.train));
  CHECK(python.test.labels == binary.test.labels);
}

}  // namespace
}  // namespace nlb

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <sstream>

#include "core/error.h"
#include "datasets/dataset.h"
#include "datasets/digest_memory.h"
#include "formats/gzip.h"
#include "tests/support/fixtures.h"
#include "tests/support/pixels.h"
#include "tests/support/shared.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using Kind = FileState::Kind;

std::string bytes_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void flip_byte(const fs::path& path, size_t position) {
  std::string bytes = bytes_of(path);
  bytes.at(position) = static_cast<char>(bytes.at(position) ^ 1);
  test::write_bytes(path, bytes);
}

void require_fixture(const ImageSet& set, int64_t first) {
  for (int64_t i = 0; i < set.count; ++i) {
    const auto image = test::image_of(set, i);
    REQUIRE(set.labels[static_cast<size_t>(i)] == test::fixture_label(first + i));
    for (int64_t k = 0; k < set.image_bytes(); k += 97) {
      REQUIRE(image[static_cast<size_t>(k)] == test::fixture_pixel(first + i, k));
    }
  }
}

/// Makes a file look old enough for its digest to be remembered.
void age(const fs::path& path) { fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1)); }

TEST_CASE("An idx pair gives its images and labels in file order", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_idx(data.path());
  const Dataset dataset = load_dataset(facts, data.path());
  CHECK(dataset.classes == 10);
  CHECK(dataset.train.count == 60);
  CHECK(dataset.test.count == 20);
  CHECK(dataset.train.height == 28);
  require_fixture(dataset.train, 0);
  require_fixture(dataset.test, 60);
}

TEST_CASE("idx files are found in their other names, folders and compressed forms", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_idx(data.path());
  const std::string new_name =
      GENERATE(as<std::string>{}, "mnist/%s", "MNIST/raw/%s", "mnist/%s.gz", "MNIST/raw/%s.gz");
  const bool dot = GENERATE(false, true);
  CAPTURE(new_name, dot);
  for (const FileFacts& file : facts.files) {
    std::string name = fs::path(file.name).filename().string();
    if (dot) name.replace(name.find("-idx"), 1, ".");
    std::string target = new_name;
    target.replace(target.find("%s"), 2, name);
    const std::string bytes = bytes_of(data.path() / file.name);
    fs::remove(data.path() / file.name);
    test::write_bytes(data.path() / target, target.ends_with(".gz") ? gzip(bytes) : bytes);
  }
  require_fixture(load_dataset(facts, data.path()).train, 0);
}

TEST_CASE("CIFAR-10 batches give one set in batch order", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_cifar10_binary(data.path());
  if (GENERATE(false, true)) {
    fs::create_directories(data.path() / "cifar10");
    fs::rename(data.path() / "cifar-10-batches-bin", data.path() / "cifar10" / "cifar-10-batches-bin");
  }
  const Dataset dataset = load_dataset(facts, data.path());
  CHECK(dataset.train.count == 100);
  CHECK(dataset.train.channels == 3);
  require_fixture(dataset.train, 0);
  require_fixture(dataset.test, 100);
}

TEST_CASE("CIFAR-100's records have the coarse label first", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_cifar100_binary(data.path());
  if (GENERATE(false, true)) {
    fs::create_directories(data.path() / "cifar100");
    fs::rename(data.path() / "cifar-100-binary", data.path() / "cifar100" / "cifar-100-binary");
  }
  const Dataset dataset = load_dataset(facts, data.path());
  CHECK(dataset.train.count == 60);
  CHECK(dataset.test.count == 20);
  require_fixture(dataset.train, 0);
  require_fixture(dataset.test, 60);
}

TEST_CASE("Missing files are named with digest, address and what to do", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_idx(data.path());
  fs::remove(data.path() / facts.files[0].name);
  fs::remove(data.path() / facts.files[3].name);
  CHECK_THROWS_AS(load_dataset(facts, data.path()), MissingData);
  CHECK_THROWS_WITH(load_dataset(facts, data.path()),
                    Contains("train-images-idx3-ubyte: not found") && Contains("t10k-labels-idx1-ubyte: not found") &&
                        Contains(facts.files[0].sha256) && Contains("https://example.org/mnist") && Contains("--data"));
  CHECK_THROWS_AS(load_dataset(facts, data.path() / "nowhere"), MissingData);
}

TEST_CASE("A file that is not the official one is refused", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_cifar10_binary(data.path());
  const fs::path batch = data.path() / facts.files[1].name;
  SECTION("one flipped byte") {
    flip_byte(batch, 5000);
    CHECK_THROWS_WITH(load_dataset(facts, data.path()), Contains(batch.string()) && Contains("SHA-256") &&
                                                            Contains("expected " + facts.files[1].sha256) &&
                                                            Contains("https://example.org/cifar10"));
    CHECK(verify_dataset(facts, data.path())[1].kind == Kind::wrong_digest);
    CHECK(verify_dataset(facts, data.path())[2].kind == Kind::good);
  }
  SECTION("truncated") {
    fs::resize_file(batch, 3073 * 7 + 11);
    CHECK_THROWS_WITH(load_dataset(facts, data.path()), Contains("21522 bytes, expected 61460"));
    CHECK(verify_dataset(facts, data.path())[1].kind == Kind::wrong_size);
  }
  SECTION("empty") {
    fs::resize_file(batch, 0);
    CHECK_THROWS_AS(load_dataset(facts, data.path()), InputError);
  }
  SECTION("a folder in its place counts as missing") {
    fs::remove(batch);
    fs::create_directory(batch);
    CHECK_THROWS_AS(load_dataset(facts, data.path()), MissingData);
    CHECK(verify_dataset(facts, data.path())[1].kind == Kind::missing);
  }
}

TEST_CASE("A compressed file is judged by its content", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_idx(data.path());
  const fs::path raw = data.path() / facts.files[0].name, packed = raw.string() + ".gz";
  const std::string bytes = bytes_of(raw);
  fs::remove(raw);
  const auto message = [&](const std::string& file) -> std::string {
    test::write_bytes(packed, file);
    try {
      load_dataset(facts, data.path());
      return "read";
    } catch (const InputError& error) {
      return error.what();
    }
  };
  const std::string sound = gzip(bytes);
  CHECK(message(sound) == "read");
  const size_t half = bytes.size() / 2;
  CHECK(message(gzip(bytes.substr(0, half)) + gzip(bytes.substr(half))) == "read");
  CHECK_THAT(message(sound.substr(0, sound.size() / 2)), Contains("cut off"));
  CHECK_THAT(message(sound.substr(0, sound.size() - 1)), Contains("cut off"));
  CHECK_THAT(message(bytes), Contains("not a sound gzip file"));
  CHECK_THAT(message(sound + "x"), Contains("more than") || Contains("cut off") || Contains("not a sound"));
  CHECK_THAT(message(gzip(bytes + "x")), Contains("more than the expected 47056 bytes"));
  CHECK_THAT(message(gzip(bytes.substr(1))), Contains("47055 bytes, expected 47056"));
  std::string other = bytes;
  other.back() = static_cast<char>(other.back() ^ 1);
  CHECK_THAT(message(gzip(other)), Contains("SHA-256"));
}

TEST_CASE("Files with the right digest but a wrong inside are refused", "[datasets][readers]") {
  const test::TemporaryFolder data;
  DatasetFacts facts = test::write_idx(data.path());
  const auto replace = [&](size_t file, const std::string& bytes) {
    const std::string name = facts.files[file].name;
    test::write_bytes(data.path() / name, bytes);
    facts.files[file] = {.name = name, .bytes = static_cast<int64_t>(bytes.size()), .sha256 = hex(sha256(bytes))};
  };
  const std::string images = test::idx_images(0, 60, 28, 28), labels = test::idx_labels(0, 60);
  const auto refused_with = [&](const std::string& words) {
    CHECK_THROWS_AS(load_dataset(facts, data.path()), InputError);
    CHECK_THROWS_WITH(load_dataset(facts, data.path()), Contains(words));
  };
  SECTION("labels in the place of images") { replace(0, labels), refused_with("begins with 2049; expected 2051"); }
  SECTION("shorter than a header") { replace(0, images.substr(0, 9)), refused_with("shorter than the idx header"); }
  SECTION("a body that is too short") { replace(0, images.substr(0, 999)), refused_with("promises other than"); }
  SECTION("sizes whose product overflows") {
    replace(0, test::big_endian(2051) + std::string(12, '\xFF') + images.substr(16));
    refused_with("promises other than");
  }
  SECTION("fewer labels than images") {
    replace(1, test::idx_labels(0, 59)), refused_with("59 labels for the 60 images");
  }
  SECTION("a label outside the classes") {
    std::string wrong = labels;
    wrong[8 + 5] = 10;
    replace(1, wrong), refused_with("image 5 has label 10; allowed are 0 to 9");
  }
  SECTION("another number of images than the facts say") { facts.train_images = 61, refused_with("60 images"); }
}

TEST_CASE("Digests are remembered until the file changes", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_idx(data.path());
  const fs::path memory = digest_memory_file(data.path() / "mnist"), file = data.path() / facts.files[0].name;
  const auto soon = fs::file_time_type::clock::now() + std::chrono::hours(1);  // so that no busy machine lets it pass
  for (const FileFacts& each : facts.files) fs::last_write_time(data.path() / each.name, soon);
  verify_dataset(facts, data.path());
  CHECK_FALSE(fs::exists(memory));  // too fresh: a change within the clock's step would not show
  for (const FileFacts& each : facts.files) age(data.path() / each.name);
  CHECK(verify_dataset(facts, data.path())[0].kind == Kind::good);
  REQUIRE(fs::exists(memory));
  SECTION("a changed file is noticed") {
    flip_byte(file, 100);
    CHECK(verify_dataset(facts, data.path())[0].kind == Kind::wrong_digest);
  }
  SECTION("the memory is believed, and not when asked to recompute") {
    const auto time = fs::last_write_time(file);
    struct stat before {};
    REQUIRE(::stat(file.c_str(), &before) == 0);
    flip_byte(file, 100);
    fs::last_write_time(file, time);
    CHECK(verify_dataset(facts, data.path())[0].kind == Kind::good);
    CHECK(verify_dataset(facts, data.path(), true)[0].kind == Kind::wrong_digest);
    CHECK(verify_dataset(facts, data.path())[0].kind == Kind::wrong_digest);  // the newer finding is kept
  }
  SECTION("a broken memory is computed anew") {
    const std::string text =
        GENERATE(as<std::string>{}, "", "{", "[]", "{\"schema\":1,\"files\":{\"a\":7}}", "\xFF\xFE");
    test::write_bytes(memory, text);
    CHECK(verify_dataset(facts, data.path())[0].kind == Kind::good);
  }
}

TEST_CASE("A data folder that cannot be written is read all the same", "[datasets][readers]") {
  const test::TemporaryFolder data;
  const DatasetFacts facts = test::write_idx(data.path());
  const fs::path folder = data.path() / "mnist", memory = digest_memory_file(folder);
  for (const FileFacts& each : facts.files) age(data.path() / each.name);
  SECTION("marked read-only: untouched, even by root") {
    fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(load_dataset(facts, data.path()).train.count == 60);
    CHECK(fs::exists(memory));
    CHECK(std::distance(fs::directory_iterator(folder), {}) == std::ssize(facts.files));
    fs::permissions(folder, fs::perms::owner_all);
  }
  SECTION("a cache that refuses the write") {
    fs::create_directories(memory / "in the way");
    CHECK(load_dataset(facts, data.path()).train.count == 60);
  }
}

TEST_CASE("The official MNIST files are read, whatever packed them", "[datasets][readers][data]") {
  NLB_REQUIRE_SHARED(shared);
  const test::TemporaryFolder data;
  fs::create_directory(data.path() / "mnist");
  for (const auto& file : fs::directory_iterator(shared / "data" / "mnist")) {
    fs::create_symlink(file.path(), data.path() / "mnist" / file.path().filename());
  }
  const Dataset mnist = load_dataset(facts().datasets.at("mnist"), data.path());
  // Counts of each digit, mean and deviation: of the official files, by numpy.
  std::vector<int64_t> counts(10);
  for (const int64_t label : mnist.train.labels) ++counts[static_cast<size_t>(label)];
  CHECK(counts == std::vector<int64_t>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
  double sum = 0;
  const auto pixels = all_pixels(mnist.train);
  for (const uint8_t pixel : pixels) sum += pixel;
  CHECK(sum / 255 / static_cast<double>(pixels.size()) == Approx(0.13066).margin(5e-6));
  CHECK(mnist.test.count == 10000);
}

TEST_CASE("A training image is found in its official file", "[datasets][readers]") {
  const auto place = [](const char* dataset, int64_t index) {
    const ImagePlace found = training_image_place(facts().datasets.at(dataset), index);
    return std::pair(found.file, found.position);
  };
  CHECK(place("cifar10", 9'999) == std::pair<std::string, int64_t>("cifar-10-batches-bin/data_batch_1.bin", 9'999));
  CHECK(place("cifar10", 10'000) == std::pair<std::string, int64_t>("cifar-10-batches-bin/data_batch_2.bin", 0));
  CHECK(place("cifar10", 49'999) == std::pair<std::string, int64_t>("cifar-10-batches-bin/data_batch_5.bin", 9'999));
  CHECK(place("mnist", 59'999) == std::pair<std::string, int64_t>("mnist/train-images-idx3-ubyte", 59'999));
  CHECK(place("quickstart", 7) == std::pair<std::string, int64_t>("", 7));
  CHECK_THROWS_AS(place("cifar10", 50'000), InternalError);
}

TEST_CASE("The official CIFAR-10 files are read", "[datasets][readers][data]") {
  const char* folder = std::getenv("NLB_DATA");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "cifar-10-batches-bin")) {
    WARN("skipped: $NLB_DATA names no folder with cifar-10-batches-bin");
    return;
  }
  const Dataset cifar = load_dataset(facts().datasets.at("cifar10"), folder);
  // First labels and pixels: of the official files, by numpy.
  CHECK(std::vector<int64_t>(cifar.train.labels.begin(), cifar.train.labels.begin() + 10) ==
        std::vector<int64_t>{6, 9, 9, 4, 1, 1, 2, 7, 8, 3});
  CHECK(std::vector<int64_t>(cifar.test.labels.begin(), cifar.test.labels.begin() + 10) ==
        std::vector<int64_t>{3, 8, 8, 0, 6, 6, 1, 6, 3, 1});
  const auto image = test::image_of(cifar.train, 0);
  CHECK(std::vector<int>(image.begin(), image.begin() + 3) == std::vector<int>{59, 43, 50});
  CHECK(std::vector<int>(image.end() - 3, image.end()) == std::vector<int>{140, 84, 72});
}

TEST_CASE("The official CIFAR-100 files are read", "[datasets][readers][data]") {
  const char* folder = std::getenv("NLB_DATA");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "cifar-100-binary")) {
    WARN("skipped: $NLB_DATA names no folder with cifar-100-binary");
    return;
  }
  const Dataset cifar = load_dataset(facts().datasets.at("cifar100"), folder);
  // First labels and pixels: of the official files, by numpy.
  CHECK(std::vector<int64_t>(cifar.train.labels.begin(), cifar.train.labels.begin() + 10) ==
        std::vector<int64_t>{19, 29, 0, 11, 1, 86, 90, 28, 23, 31});
  CHECK(std::vector<int64_t>(cifar.test.labels.begin(), cifar.test.labels.begin() + 10) ==
        std::vector<int64_t>{49, 33, 72, 51, 71, 92, 15, 14, 23, 0});
  const auto first = test::image_of(cifar.train, 0), tested = test::image_of(cifar.test, 0);
  CHECK(std::vector<int>(first.begin(), first.begin() + 3) == std::vector<int>{255, 255, 255});
  CHECK(std::vector<int>(first.end() - 3, first.end()) == std::vector<int>{10, 59, 79});
  CHECK(std::vector<int>(tested.end() - 3, tested.end()) == std::vector<int>{215, 211, 183});
}

}  // namespace
}  // namespace nlb

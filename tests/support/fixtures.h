// tests/support/fixtures.h -- miniature data sets in the official formats, with facts that hold their own digests, so
// that readers are tested without any download.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/sha256.h"
#include "facts/facts.h"

namespace nlb::test {

/// A fresh folder below the system's temporary one, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nlbench-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Label of image i, and its pixel at position k: any fixed pattern.
inline int64_t fixture_label(int64_t i) { return (i * 7 + i / 10) % 10; }
inline uint8_t fixture_pixel(int64_t i, int64_t k) { return static_cast<uint8_t>(i * 31 + k * 17 + i * k % 13); }

inline std::string big_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}

inline std::string idx_images(int64_t first, int64_t count, int64_t height, int64_t width) {
  std::string bytes = big_endian(2051) + big_endian(static_cast<uint32_t>(count)) +
                      big_endian(static_cast<uint32_t>(height)) + big_endian(static_cast<uint32_t>(width));
  for (int64_t i = first; i < first + count; ++i) {
    for (int64_t k = 0; k < height * width; ++k) bytes += static_cast<char>(fixture_pixel(i, k));
  }
  return bytes;
}

inline std::string idx_labels(int64_t first, int64_t count) {
  std::string bytes = big_endian(2049) + big_endian(static_cast<uint32_t>(count));
  for (int64_t i = first; i < first + count; ++i) bytes += static_cast<char>(fixture_label(i));
  return bytes;
}

/// `coarse`: CIFAR-100's form, with a coarse label before the label; never one of the fixture's ten labels.
inline std::string cifar_records(int64_t first, int64_t count, bool coarse = false) {
  std::string bytes;
  for (int64_t i = first; i < first + count; ++i) {
    if (coarse) bytes += static_cast<char>(19 - fixture_label(i));
    bytes += static_cast<char>(fixture_label(i));
    for (int64_t k = 0; k < 3072; ++k) bytes += static_cast<char>(fixture_pixel(i, k));
  }
  return bytes;
}

inline void add_file(DatasetFacts& facts, const std::filesystem::path& data, const std::string& name,
                     const std::string& bytes) {
  write_bytes(data / name, bytes);
  facts.files.push_back({.name = name, .bytes = static_cast<int64_t>(bytes.size()), .sha256 = hex(sha256(bytes))});
}

inline DatasetFacts fixture_facts(const std::string& id, const std::string& format, int64_t train, int64_t test,
                                  std::vector<int64_t> image) {
  DatasetFacts facts;
  facts.id = id;
  facts.title = id + " (fixture)";
  facts.status = Status::built;
  facts.format = format;
  facts.classes = 10;
  facts.train_images = train;
  facts.test_images = test;
  facts.image = std::move(image);
  facts.class_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  facts.address = "https://example.org/" + id;
  facts.digest = "fixture";
  return facts;
}

/// DATA/mnist/{train,t10k}-{images-idx3,labels-idx1}-ubyte; test images go on counting where training images end.
inline DatasetFacts write_idx(const std::filesystem::path& data, int64_t train = 60, int64_t test = 20,
                              int64_t side = 28) {
  DatasetFacts facts = fixture_facts("mnist", "idx", train, test, {1, side, side});
  facts.title = "MNIST";
  add_file(facts, data, "mnist/train-images-idx3-ubyte", idx_images(0, train, side, side));
  add_file(facts, data, "mnist/train-labels-idx1-ubyte", idx_labels(0, train));
  add_file(facts, data, "mnist/t10k-images-idx3-ubyte", idx_images(train, test, side, side));
  add_file(facts, data, "mnist/t10k-labels-idx1-ubyte", idx_labels(train, test));
  return facts;
}

/// DATA/cifar-10-batches-bin/{data_batch_1..5,test_batch}.bin with `per_batch` images each.
inline DatasetFacts write_cifar10_binary(const std::filesystem::path& data, int64_t per_batch = 20) {
  DatasetFacts facts = fixture_facts("cifar10", "cifar_binary", 5 * per_batch, per_batch, {3, 32, 32});
  facts.address += "/cifar-10-binary.tar.gz";
  const std::string folder = "cifar-10-batches-bin/";
  for (int64_t batch = 0; batch < 5; ++batch) {
    add_file(facts, data, folder + "data_batch_" + std::to_string(batch + 1) + ".bin",
             cifar_records(batch * per_batch, per_batch));
  }
  add_file(facts, data, folder + "test_batch.bin", cifar_records(5 * per_batch, per_batch));
  return facts;
}

/// DATA/cifar-100-binary/{train,test}.bin, of ten classes.
inline DatasetFacts write_cifar100_binary(const std::filesystem::path& data, int64_t train = 60, int64_t test = 20) {
  DatasetFacts facts = fixture_facts("cifar100", "cifar100_binary", train, test, {3, 32, 32});
  facts.address += "/cifar-100-binary.tar.gz";
  add_file(facts, data, "cifar-100-binary/train.bin", cifar_records(0, train, /*coarse=*/true));
  add_file(facts, data, "cifar-100-binary/test.bin", cifar_records(train, test, /*coarse=*/true));
  return facts;
}

}  // namespace nlb::test

#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "core/error.h"
#include "datasets/own_set.h"
#include "formats/gzip.h"
#include "tests/datasets/fuzz_readers.h"
#include "tests/support/fixtures.h"

namespace nlb {
namespace {

TEST_CASE("Damaged files are read or refused in words, never worse", "[datasets][fuzz]") {
  constexpr uint64_t kRounds = 1500;
  for (const test::FuzzReader& reader : test::fuzz_readers()) {
    CAPTURE(reader.name);
    const test::FuzzCounts counts = test::fuzz(reader, 0, kRounds);
    CHECK(counts.read + counts.refused == static_cast<int64_t>(kRounds));
    CHECK(counts.refused > 0);
  }
}

TEST_CASE("The sound files of the fuzz tests reach their readers", "[datasets][fuzz]") {
  for (const test::FuzzReader& reader : test::fuzz_readers()) {
    int64_t read = 0;
    for (const std::string& sound : reader.seeds) {
      try {
        reader.read(sound);
        ++read;
      } catch (const InputError&) {
        continue;  // among label files there are refused ones: good to damage, too
      }
    }
    CAPTURE(reader.name);
    CHECK(read > 0);
  }
}

/// ci/soak.sh: inputs NLB_SOAK_BEGIN to NLB_SOAK_END of each reader.
TEST_CASE("Very many damaged files are read or refused in words", "[.][soak]") {
  const auto number = [](const char* name) {
    const char* text = std::getenv(name);
    REQUIRE(text != nullptr);
    return std::strtoull(text, nullptr, 10);
  };
  for (const test::FuzzReader& reader : test::fuzz_readers()) {
    const test::FuzzCounts counts = test::fuzz(reader, number("NLB_SOAK_BEGIN"), number("NLB_SOAK_END"));
    std::cout << "soak: " << reader.name << ": " << counts.read << " read, " << counts.refused << " refused\n";
    CHECK(counts.refused > 0);
  }
}

TEST_CASE("A small gzip file of very much content stops at the limit", "[datasets][gzip]") {
  CHECK(gunzip(gzip(std::string(20'000'000, '\0')), 1000).size() == 1001);
  CHECK(gunzip(gzip(""), 1000).empty());
  CHECK_THROWS_AS(gunzip("", 1000), InputError);
}

TEST_CASE("A cut .gz of an own set is named", "[datasets][gzip][own]") {
  const test::TemporaryFolder folder;
  const std::string whole = gzip(test::idx_labels(0, 12));
  for (const char* name : {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"}) {
    test::write_bytes(folder.path() / name, whole.substr(0, whole.size() / 2));
  }
  CHECK_THROWS_WITH(
      read_idx_folder(folder.path(), {1, 5, 4}),
      Catch::Contains((folder.path() / "train-images-idx3-ubyte.gz").string() + ": the gzip file is cut off"));
}

TEST_CASE("Zeros behind a gzip member are passed over, anything else is not", "[datasets][gzip]") {
  const std::string one = gzip("labels"), zeros(1000, '\0');
  CHECK(gunzip(one + zeros, 100) == "labels");
  CHECK(gunzip(one + one + zeros, 100) == "labelslabels");
  CHECK_THROWS_AS(gunzip(one + zeros + "x", 100), InputError);
  CHECK_THROWS_AS(gunzip(one + zeros + one, 100), InputError);
}

}  // namespace
}  // namespace nlb

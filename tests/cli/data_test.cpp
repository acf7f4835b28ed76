#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "core/durable.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/fetch.h"
#include "facts/facts.h"
#include "tests/cli/program.h"
#include "tests/support/fixtures.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace fs = std::filesystem;

TEST_CASE("data make-fixture writes miniatures in the official layouts", "[cli][datasets]") {
  Workplace place;
  const auto outcome = place.run({"data", "make-fixture", "cifar10", "mnist", "--per-class", "2", "--out", "small"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  // 20 images of ten classes in five batches, as many bytes as records of 3073
  CHECK(fs::file_size(place / "small" / "cifar-10-batches-bin" / "data_batch_1.bin") == 4 * 3073);
  CHECK(fs::file_size(place / "small" / "mnist" / "train-images-idx3-ubyte") == 16 + 20 * 784);
  CHECK_THAT(outcome.out, Contains("cifar-10-batches-bin/test_batch.bin") && Contains("30730 bytes"));
  REQUIRE(place.run({"data", "make-fixture", "cifar100", "--form", "python", "--per-class", "1", "--out", "p"}).code ==
          0);
  CHECK(fs::exists(place / "p" / "cifar-100-python" / "train"));
  const auto refused = [&](const std::vector<std::string>& words, const std::string& says) {
    const auto wrong = place.run(words);
    CHECK(wrong.code == 2);
    CHECK_THAT(wrong.err, Contains(says));
  };
  refused({"data", "make-fixture", "cifar10"}, "needs data sets and --out DIR");
  refused({"data", "make-fixture", "quickstart", "--out", "x"}, "has no official files");
  refused({"data", "make-fixture", "mnist", "--form", "python", "--out", "x"}, "mnist comes as raw, gzip");
  refused({"data", "make-fixtur", "mnist"}, "nearest is \"make-fixture\"");
}

TEST_CASE("data make-fixture writes ImageNet32 with few classes, and describes it as an own set", "[cli][datasets]") {
  Workplace place;
  const auto made = place.run({"data", "make-fixture", "imagenet32", "--classes", "4", "--per-class", "5", "--out",
                               "data", "--describe", "sets.json"});
  CAPTURE(made.err);
  REQUIRE(made.code == 0);
  CHECK(fs::exists(place / "data" / "imagenet32" / "train_data_batch_10"));
  const Json sets = Json::parse(read_file(place / "sets.json"));
  CHECK(sets.at("imagenet32_miniature").at("format") == "imagenet_batches");
  CHECK(sets.at("imagenet32_miniature").at("train_images") == 20);
  const auto wrong = [&](const std::vector<std::string>& words, const std::string& says) {
    const auto outcome = place.run(words);
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains(says));
  };
  wrong({"data", "make-fixture", "cifar10", "--out", "x", "--describe", "y"},
        "own sets have one of idx, imagenet_batches");
  wrong({"data", "make-fixture", "mnist", "--classes", "11", "--out", "x"}, "--classes 11: mnist has 10");
  const auto verified = place.run({"data", "verify", "imagenet32"});
  CHECK(verified.code == 2);  // the official batches hold more
  CHECK_THAT(verified.out, Contains("wrong content"));
  CHECK_THAT(verified.err, Contains("entry") || Contains("holds 2 images, expected 128116"));
}

TEST_CASE("A data set is fetched from its official address", "[cli][datasets]") {
  const auto& sets = facts().datasets;
  const auto cifar = downloads_of(sets.at("cifar10"), "");
  REQUIRE(cifar.size() == 1);
  CHECK(cifar[0].address == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz");
  CHECK(cifar[0].file == "cifar-10-binary.tar.gz");
  const auto mnist = downloads_of(sets.at("mnist"), "");
  REQUIRE(mnist.size() == 4);
  CHECK(mnist[0].address == "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz");
  CHECK(mnist[0].file == "mnist/train-images-idx3-ubyte.gz");
  CHECK(downloads_of(sets.at("cifar100"), "https://example.org/mirror")[0].address ==
        "https://example.org/mirror/cifar-100-binary.tar.gz");
}

TEST_CASE("data fetch goes on where it stopped, and checks digests", "[cli][datasets]") {
  if (std::system("command -v curl > /dev/null") != 0) {
    WARN("skipped: no curl");
    return;
  }
  Workplace place;
  REQUIRE(place.run({"data", "make-fixture", "cifar10", "--form", "binary_archive", "--out", "server"}).code == 0);
  const auto whole = read_file(place / "server" / "cifar-10-binary.tar.gz");
  const std::string from = "file://" + (place / "server").string();
  // The first half is there already; were it fetched anew, the first byte would be the server's.
  std::string half = whole.substr(0, whole.size() / 2);
  half[0] = 'x';
  write_bytes(place / "data" / "cifar-10-binary.tar.gz.part", half);
  const auto fetched = place.run({"data", "fetch", "cifar10", "--from", from, "--quiet"});
  CHECK(read_file(place / "data" / "cifar-10-binary.tar.gz") == "x" + whole.substr(1));
  CHECK_FALSE(fs::exists(place / "data" / "cifar-10-binary.tar.gz.part"));
  CHECK(fetched.code == 2);  // a miniature, and damaged: not the official one
  CHECK_THAT(fetched.out, Contains("wrong digest"));

  const auto nowhere = place.run({"data", "fetch", "mnist", "--from", "file:///nowhere", "--quiet"});
  CHECK(nowhere.code == 5);
  CHECK_THAT(nowhere.err, Contains("file:///nowhere/train-images-idx3-ubyte.gz: curl ends with status"));
  CHECK(place.run({"data", "fetch"}).code == 2);
  const auto drawn = place.run({"data", "fetch", "quickstart"});
  CHECK(drawn.code == 2);
  CHECK_THAT(drawn.err, Contains("it is drawn and needs no file"));
  const auto without = place.with("PATH", "/nowhere").run({"data", "fetch", "mnist", "--quiet"});
  CHECK(without.code == 5);
  CHECK_THAT(without.err, Contains("install the Debian package curl"));
}

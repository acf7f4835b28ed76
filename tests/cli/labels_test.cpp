#include <catch2/catch.hpp>
#include <filesystem>

#include "core/durable.h"
#include "core/text.h"
#include "datasets/label_file.h"
#include "facts/facts.h"
#include "formats/npy.h"
#include "results/manifest.h"
#include "tests/cli/program.h"
#include "tests/datasets/label_cases.h"
#include "tests/support/fixtures.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kQuickstart = {"--dataset", "quickstart"};

std::vector<std::string> words(std::vector<std::string> first, const std::vector<std::string>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

/// Makes labels of the drawn set with our own exclusive noise; the file's name.
std::string made(const Workplace& place, const std::string& file, const std::string& rate = "0.4") {
  const auto outcome =
      place.run({"labels", "make", "--dataset", "quickstart", "--generator", "symmetric_exclusive", "--rate", rate,
                 "--set", "count=exact", "--set", "stream=philox", "--seed", "1", "--out", file, "--format", "json"});
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  return file;
}

std::vector<int64_t> labels_in(const fs::path& file) { return read_label_file(file).arrays.front().labels; }

std::string bytes_of_case(const std::string& name) {
  for (const auto& each : label_cases()) {
    if (each.name == name) return each.bytes;
  }
  FAIL("no case " + name);
  return {};
}

}  // namespace

TEST_CASE("labels make writes a generator's labels with their digest and rate", "[cli][labels]") {
  Workplace place;
  const auto train = static_cast<size_t>(facts().datasets.at("quickstart").train_images);
  const auto outcome =
      place.run({"labels", "make", "--dataset", "quickstart", "--generator", "symmetric_exclusive", "--rate", "0.4",
                 "--set", "count=exact", "--set", "stream=philox", "--seed", "1", "--out", "labels.npy"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  // exact: int(0.4 n) samples get another class, whatever the draws
  CHECK_THAT(outcome.out, Contains(std::to_string(train) + " labels, " + std::to_string(train * 4 / 10) +
                                   " of them wrong: 40.00 % (requested 40.00 %)") &&
                              Contains("label digest ") && Contains("transition matrix"));
  const auto labels = labels_in(place / "labels.npy");
  CHECK(labels.size() == train);
  made(place, "labels.json");
  CHECK(labels_in(place / "labels.json") == labels);
  const auto keyed = place.run({"labels", "make", "--dataset", "quickstart", "--generator", "symmetric_exclusive",
                                "--rate", "0.4", "--set", "count=exact", "--set", "stream=philox", "--seed", "1",
                                "--key", "noise_labels", "--out", "keyed.json"});
  CHECK(keyed.code == 0);
  CHECK(read_label_file(place / "keyed.json").array("noise_labels").labels == labels);
}

TEST_CASE("labels make says what a generator lacks", "[cli][labels]") {
  Workplace place;
  const auto refused = [&](const std::vector<std::string>& flags, const std::string& says) {
    const auto outcome = place.run(words({"labels", "make"}, flags));
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains(says));
  };
  refused({}, "needs a protocol, or --dataset with --generator");
  refused(words({"--generator", "symmetric_exclusiv", "--rate", "0.4", "--seed", "1"}, kQuickstart),
          "nearest is \"symmetric_exclusive\"");
  refused(words({"--generator", "pair_flip", "--seed", "1"}, kQuickstart), "needs --rate");
  refused(words({"--generator", "pair_flip", "--rate", "0.4"}, kQuickstart), "needs one --seed");
  refused({"--generator", "pair_flip", "--rate", "0.4", "--seed", "1"}, "needs --dataset");
  refused(words({"--generator", "pair_flip", "--rate", "0.4", "--seed", "1"}, kQuickstart), "count");
  refused(words({"--generator", "pair_flip", "--rate", "0.4", "--seed", "1", "--set", "count"}, kQuickstart),
          "write OPTION=VALUE");
  refused(words({"--generator", "pair_flip", "--rate", "1.4", "--seed", "1", "--set", "count=exact", "--set",
                 "stream=philox"},
                kQuickstart),
          "outside [0, 1)");
  refused({"--dataset", "quickstar", "--generator", "pair_flip", "--rate", "0.4", "--seed", "1"},
          "nearest is \"quickstart\"");
  place.write_protocol("small", 1);
  refused({"small", "--out", "labels.txt"}, "name it .npy or .json");
}

TEST_CASE("labels export writes what training outside needs", "[cli][labels]") {
  Workplace place;
  place.write_protocol("small", 2);
  const auto several = place.run({"labels", "export", "small", "--out", "exported"});
  CHECK(several.code == 2);
  CHECK_THAT(several.err, Contains("2 different sets of labels match") && Contains("small/main ce 0.4 seed 2"));
  const std::vector<std::string> command = {"labels", "export", "small", "--noise", "0.4",
                                            "--seed", "2",      "--out", "exported"};
  const auto outcome = place.run(command);
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto labels = labels_in(place / "exported" / "labels.npy");
  CHECK(std::ssize(labels) == facts().datasets.at("quickstart").train_images);
  CHECK(labels_in(place / "exported" / "train_index.npy").size() == labels.size());
  CHECK(labels_in(place / "exported" / "val_index.npy").empty());
  CHECK(labels_in(place / "exported" / "trusted_index.npy").empty());
  // labels make of the same place gives the same labels
  REQUIRE(place.run({"labels", "make", "small", "--seed", "2", "--out", "made.npy"}).code == 0);
  CHECK(labels_in(place / "made.npy") == labels);

  auto manifest = Json::parse(text_of(place / "exported" / "manifest.json"));
  CHECK(manifest["protocol"] == "small");
  CHECK(manifest["setting"] == "0.4");
  CHECK(manifest["seed"] == "2");
  CHECK(manifest["digests"]["labels"] == array_digest(labels));
  CHECK(manifest["method"] == "");
  CHECK(manifest["epochs"].is_null());

  CHECK(place.run(command).code == 0);  // nothing filled in: written anew
  manifest["method"] = "mine";
  write_bytes(place / "exported" / "manifest.json", manifest.dump());
  const auto filled = place.run(command);
  CHECK(filled.code == 2);
  CHECK_THAT(filled.err, Contains("filled in already"));
}

TEST_CASE("labels import checks a file, keeps it and prints its pin", "[cli][labels]") {
  Workplace place;
  made(place, "mine.npy");
  const auto outcome = place.run(words({"labels", "import", "mine.npy"}, kQuickstart));
  CAPTURE(outcome.err);
  REQUIRE(outcome.code == 0);
  const Json pin = Json::parse(outcome.out);
  CHECK(pin["generator"] == "label_file");
  CHECK(pin["rate"] == 0.4);
  CHECK(pin["options"]["file"] == "labels/mine.npy");
  CHECK(pin["options"]["digest"] == read_label_file(place / "mine.npy").digest);
  CHECK_FALSE(pin["options"].contains("labels"));
  CHECK(text_of(place / "data" / "labels" / "mine.npy") == text_of(place / "mine.npy"));
  CHECK(place.run(words({"labels", "import", "mine.npy"}, kQuickstart)).code == 0);  // there already
  made(place, "mine.npy", "0.2");
  const auto refused = [&](const std::vector<std::string>& flags, const std::string& says) {
    const auto wrong = place.run(words({"labels", "import"}, flags));
    CHECK(wrong.code == 2);
    CHECK_THAT(wrong.err, Contains(says));
  };
  refused(words({"mine.npy"}, kQuickstart), "another file of that name is there already");
  refused(words({"mine.npy", "--out", "../mine.npy"}, kQuickstart), "a name inside the data folder");
  refused({"mine.npy"}, "needs --dataset");
  write_bytes(place / "short.npy", npy_of(std::vector<int64_t>{0, 1, 10, 3}));
  refused(words({"short.npy"}, kQuickstart), "4 labels; expected");
  refused(words({"short.npy"}, kQuickstart), "1 labels are outside [0, 10), the first is 10 at position 2");
  write_bytes(place / "two.pt", bytes_of_case("torch zip"));
  refused(words({"two.pt"}, kQuickstart), "say which with --labels: clean_label, worse_label");
}

TEST_CASE("labels inspect says what files of unknown origin are", "[cli][labels]") {
  Workplace place;
  write_bytes(place / "list.bin", bytes_of_case("DivideMix's list"));
  const auto list = place.run({"labels", "inspect", "list.bin"});
  CHECK(list.code == 0);
  CHECK_THAT(list.out, Contains("list.bin: JSON list\n") && Contains("labels: 12 labels from 0 to 9, 10 different") &&
                           Contains("no data set that is built has 12 training images"));
  write_bytes(place / "human.pt", bytes_of_case("human labels"));
  const auto human = place.run({"labels", "inspect", "human.pt"});
  CHECK(human.code == 0);
  CHECK_THAT(human.out, Contains("torch.save's zip") && Contains("against its own clean_label: 4 wrong, 33.33 %"));

  made(place, "mine.json");
  const auto mine = place.run({"labels", "inspect", "mine.json"});
  CHECK_THAT(mine.out, Contains("as many as the training images of quickstart; --dataset quickstart compares"));
  const auto compared = place.run(words({"labels", "inspect", "mine.json"}, kQuickstart));
  CHECK(compared.code == 0);
  CHECK_THAT(compared.out, Contains("against the training labels of quickstart: ") && Contains(" wrong, 40.00 %"));
  const auto json =
      Json::parse(place.run(words({"labels", "inspect", "mine.json", "--format", "json"}, kQuickstart)).out);
  CHECK(json[0]["arrays"][0]["rate"] == 0.4);

  auto first = labels_in(place / "mine.json");
  first.resize(100);
  write_bytes(place / "first.npy", npy_of(first));
  CHECK(place.run(words({"labels", "inspect", "first.npy"}, kQuickstart)).code == 2);
  const auto some = place.run(words({"labels", "inspect", "first.npy", "--first", "100"}, kQuickstart));
  CHECK(some.code == 0);
  CHECK_THAT(some.out, Contains("against the first 100 training labels of quickstart: "));
  CHECK(place.run(words({"labels", "import", "first.npy", "--first", "100"}, kQuickstart)).code == 0);
  CHECK(place.run(words({"labels", "import", "first.npy", "--first", "100000"}, kQuickstart)).code == 2);

  place.write_protocol("small", 2);
  REQUIRE(place.run({"labels", "make", "small", "--seed", "2", "--out", "of_small.npy"}).code == 0);
  const auto known = place.run(words({"labels", "inspect", "of_small.npy"}, kQuickstart));
  CHECK_THAT(known.out, Contains("equals the labels of small/main 0.4 seed 2"));
}

TEST_CASE("labels inspect says what is wrong with a file, and runs nothing", "[cli][labels]") {
  Workplace place;
  fs::remove("/tmp/nlbench-was-run");
  const auto refused = [&](const std::string& name, const std::vector<std::string>& says) {
    write_bytes(place / "unknown", bytes_of_case(name));
    const auto outcome = place.run({"labels", "inspect", "unknown"});
    CAPTURE(name);
    CHECK(outcome.code == 2);
    for (const auto& word : says) CHECK_THAT(outcome.err, Contains("unknown") && Contains(word));
  };
  refused("npy cut in its data", {"its header promises [12]"});
  refused("npy too long", {"its header promises [12]"});
  refused("torch zip, cut off", {"the zip is cut off"});
  refused("pickle that imports os", {"asks Python to import os.system", "nothing of it was run"});
  refused("pickle 4 that runs a program", {"asks Python to import posix.system"});
  refused("torch zip with a pickle 2 that runs a program", {"data.pkl", "posix.system"});
  CHECK_FALSE(fs::exists("/tmp/nlbench-was-run"));

  write_bytes(place / "short.npy", npy_of(std::vector<int64_t>{3, 12, -1}));
  write_bytes(place / "fine.json", "[1, 2]");
  const auto both = place.run(words({"labels", "inspect", "short.npy", "absent.npy"}, kQuickstart));
  CHECK(both.code == 2);
  CHECK_THAT(both.err, Contains("short.npy: 3 labels; expected") && Contains("2 labels are outside [0, 10)") &&
                           Contains("absent.npy"));
  const auto negative = place.run({"labels", "inspect", "short.npy", "fine.json"});
  CHECK(negative.code == 0);
  write_bytes(place / "wide.pt", bytes_of_case("torch zip"));
  const auto wide = place.run({"labels", "inspect", "wide.pt"});
  CHECK(wide.code == 2);
  CHECK_THAT(wide.err, Contains("\"worse_label\": 9 labels are outside [0, 10), the first is 127 at position 2"));
  CHECK_THAT(negative.out, Contains("negative labels: no classes") && Contains("fine.json: JSON list"));
}

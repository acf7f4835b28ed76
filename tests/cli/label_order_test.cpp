// Labels of other images: what import, inspect, validate and plan say of them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "core/json.h"
#include "datasets/dataset.h"
#include "datasets/label_file.h"
#include "facts/facts.h"
#include "formats/npy.h"
#include "tests/cli/program.h"
#include "tests/support/fixtures.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

namespace {

std::vector<int64_t> clean_labels() { return load_dataset(facts().datasets.at("quickstart"), "").train.labels; }

/// Every third label is the next class.
std::vector<int64_t> noisy_labels() {
  auto labels = clean_labels();
  for (size_t i = 0; i < labels.size(); i += 3) labels[i] = (labels[i] + 1) % 10;
  return labels;
}

std::vector<int64_t> reversed(std::vector<int64_t> labels) {
  std::reverse(labels.begin(), labels.end());
  return labels;
}

/// A protocol that reads `file` of the data folder and states `rate` of it.
void write_reading_protocol(const Workplace& place, const std::string& file, const std::string& labels, double rate) {
  place.write_protocol("reads", 1);
  Json protocol = Json::parse(text_of(place / "protocols/reads.json"));
  Json options = {{"file", file}, {"digest", read_label_file(place / ("data/" + file)).digest}};
  if (!labels.empty()) options["labels"] = labels;
  protocol["groups"][0]["settings"][0]["noise"] = {
      {"generator", "label_file"}, {"rate", rate}, {"options", options}, {"source", "ours"}};
  write_bytes(place / "protocols/reads.json", protocol.dump());
}

}  // namespace

TEST_CASE("labels import keeps no labels of another order, and says which order fits", "[cli][labels]") {
  Workplace place;
  write_bytes(place / "back.npy", npy_of(reversed(noisy_labels())));
  const auto back = place.run({"labels", "import", "back.npy", "--dataset", "quickstart"});
  CHECK(back.code == 2);
  CHECK_THAT(back.err, Contains("back.npy: the labels are") && Contains("numpy.save(\"labels.npy\", "));
  CHECK_FALSE(std::filesystem::exists(place / "data/labels/back.npy"));

  const Json human = {{"clean_label", reversed(clean_labels())}, {"noisy", reversed(noisy_labels())}};
  write_bytes(place / "human.json", human.dump());
  const auto imported = place.run({"labels", "import", "human.json", "--dataset", "quickstart", "--labels", "noisy"});
  CHECK(imported.code == 2);
  CHECK_THAT(imported.err, Contains("human.json: \"noisy\": the file's own clean_label is not the set's own"));
  const auto inspected = place.run({"labels", "inspect", "human.json", "--dataset", "quickstart"});
  CHECK(inspected.code == 2);
  CHECK_THAT(inspected.err, Contains("\"clean_label\": the file's clean_label is not the set's own") &&
                                Contains("\"noisy\": the file's own clean_label is not"));
  CHECK_THAT(inspected.out, Contains("clean_label: ") && Contains("transition matrix"));

  const Json right = {{"clean_label", clean_labels()}, {"noisy", noisy_labels()}};
  write_bytes(place / "human.json", right.dump());
  CHECK(place.run({"labels", "import", "human.json", "--dataset", "quickstart", "--labels", "noisy"}).code == 0);
  CHECK(place.run({"labels", "inspect", "human.json", "--dataset", "quickstart"}).code == 0);
}

TEST_CASE("a stated rate that is not that of the label file is told by validate and plan", "[cli][labels]") {
  Workplace place;
  write_bytes(place / "data/mine.npy", npy_of(noisy_labels()));
  const std::string says = "reads/main 0.4, mine.npy: 33.3 % of the labels are wrong; the stated rate is 10.0 %";
  write_reading_protocol(place, "mine.npy", "", 0.1);
  const auto validated = place.run({"validate", "reads"});
  CHECK(validated.code == 0);
  CHECK_THAT(validated.out, Contains("note: " + says));
  const auto planned = place.run({"plan", "reads"});
  CHECK(planned.code == 0);
  CHECK_THAT(planned.out, Contains("note: " + says));
  write_reading_protocol(place, "mine.npy", "", 0.334);
  CHECK_THAT(place.run({"validate", "reads"}).out, !Contains("note: "));

  const Json human = {{"clean_label", reversed(clean_labels())}, {"noisy", reversed(noisy_labels())}};
  write_bytes(place / "data/human.json", human.dump());
  write_reading_protocol(place, "human.json", "noisy", 0.334);
  const auto wrong = place.run({"validate", "reads"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("reads/main 0.4, human.json: the file's own clean_label is not the set's own"));
  CHECK(place.run({"validate", "reads", "--data", "elsewhere"}).code == 0);  // no file, nothing to say
}

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "results/samples.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr const char* kHeader =
    "rank,image,file,position,given,given_class,predicted,predicted_class,loss,clean_score,epoch,clean,clean_class";

/// One measured trial with its samples (those of the fake worker); its id.
std::string kept(Workplace& place, const std::string& dataset = "quickstart") {
  place.write_protocol("small", 1, 2, dataset);
  REQUIRE(place.run({"run", "small", "--keep", "samples"}).code == 0);
  return records_in(place / "results").begin()->first;
}

void change(const std::filesystem::path& file, const std::string& key, const Json& value) {
  auto json = Json::parse(text_of(file));
  json[key] = value;
  std::ofstream(file) << json.dump();
}

}  // namespace

TEST_CASE("export samples prints the most suspicious labels first, with names", "[cli][export]") {
  Workplace place;
  kept(place);
  const auto shown = place.run({"export", "samples", "small"});
  CAPTURE(shown.err);
  CHECK(shown.code == 0);
  CHECK(shown.out == std::string(kHeader) + "\n" +
                         "1,7,,7,3,frame,1,ring,4.5,0.0625,2,1,ring\n"
                         "2,4,,4,2,square,2,square,0.25,0.875,1,2,square\n"
                         "3,0,,0,0,disc,0,disc,0.0123457,0.875,2,0,disc\n"
                         ",9,,9,5,triangle down,,,,,,5,triangle down\n");
  CHECK_THAT(
      shown.err,
      Contains("small/main ce 0.4 seed 1 (") && Contains("most suspicious first by lowest clean_score; too few") &&
          Contains("4 training samples; of the first 3 whose right label is known 1 are wrong; the last 1 were"));
  const auto written = place.run({"export", "samples", "--protocol", "small", "--out", "suspects.csv"});
  CHECK(written.code == 0);
  CHECK_THAT(written.out, Contains("suspects.csv"));
  CHECK(text_of(place / "suspects.csv") == shown.out);
}

TEST_CASE("export samples says what is missing and which command makes it", "[cli][export]") {
  Workplace place;
  place.write_protocol("small", 2, 2);
  const std::string command = "nlbench run --protocol small --row ce --noise 0.4 --seed 1 --keep samples";
  const auto open = place.run({"export", "samples", "small", "--seed", "1"});
  CHECK(open.code == 4);
  CHECK_THAT(open.err, Contains("was not run; run it with: " + command + " --results results\n"));
  REQUIRE(place.run({"run", "small"}).code == 0);
  const auto bare = place.run({"export", "samples", "small", "--seed", "1"});
  CHECK(bare.code == 4);
  CHECK_THAT(bare.err, Contains("was measured without --keep samples") && Contains(command + " --results kept\n"));
  const auto again = place.run({"run", "small", "--keep", "samples"});
  CHECK(again.code == 0);
  CHECK_THAT(again.err, Contains("2 trials measured before without --keep samples will not be run again"));
  REQUIRE(place.run({"run", "small", "--seed", "1", "--keep", "samples", "--results", "kept"}).code == 0);
  CHECK(place.run({"export", "samples", "small", "--seed", "1", "--results", "results", "--results", "kept"}).code ==
        0);
  const auto several = place.run({"export", "samples", "small", "--results", "kept"});
  CHECK(several.code == 0);  // seed 1 alone kept samples
  CHECK_THAT(several.err,
             Contains("1 trial of this selection kept no samples and took no part: small/main ce 0.4 seed 2 ("));
  CHECK_THAT(several.out, StartsWith(std::string(kHeader) + "\n"));
}

TEST_CASE("export samples of several trials is a consensus by mean rank", "[cli][export]") {
  Workplace place;
  place.write_protocol("small", 2, 2);
  REQUIRE(place.run({"run", "small", "--keep", "samples"}).code == 0);
  // by clean_score seed 1 ranks images 7, 4, 0 (docs/kept.md: equal scores by loss); seed 2 is made to rank 0, 7, 4
  const auto second = place.run({"list", "trials", "--protocol", "small", "--seed", "2", "--format", "json"});
  const auto file = place / "results" / Json::parse(second.out).at(0).at("trial").get<std::string>() / kSamplesFile;
  change(file, "clean_score", {0.01, 0.9, 0.5, nullptr});
  const auto shown = place.run({"export", "samples", "small"});
  CAPTURE(shown.err);
  CHECK(shown.code == 0);
  CHECK_THAT(shown.err, Contains("by mean rank over 2 trials"));
  // ranks over three: 7: (1 + 2) / 2 / 3, 0: (3 + 1) / 2 / 3, 4: (2 + 3) / 2 / 3
  CHECK(
      shown.out ==
      "rank,image,file,position,given,given_class,mean_rank,trials,predicted,predicted_class,agree,clean,clean_class\n"
      "1,7,,7,3,frame,0.5,2,1,ring,2,1,ring\n"
      "2,0,,0,0,disc,0.666667,2,0,disc,2,0,disc\n"
      "3,4,,4,2,square,0.833333,2,2,square,2,2,square\n"
      ",9,,9,5,triangle down,,0,,,,5,triangle down\n");
  change(file, "given", {0, 2, 1, 5});
  const auto other = place.run({"export", "samples", "small"});
  CHECK(other.code == 2);
  CHECK_THAT(other.err, Contains("were given different labels (image 7: 3 and 1)"));
}

TEST_CASE("export samples ranks by the measure asked for and leaves out what was checked", "[cli][export]") {
  Workplace place;
  const auto id = kept(place);
  const auto by_loss = place.run({"export", "samples", "small", "--by", "loss"});
  CHECK(by_loss.code == 0);
  CHECK_THAT(by_loss.out, Contains("\n1,7,") && Contains("\n2,4,") && Contains("\n3,0,"));
  const auto none = place.run({"export", "samples", "small", "--unchecked"});
  CHECK(none.code == 4);
  CHECK_THAT(none.err, Contains("the right label of every sample is known"));
  change(place / "results" / id / kSamplesFile, "clean", {-2, 2, 1, -2});
  const auto unchecked = place.run({"export", "samples", "small", "--unchecked"});
  CHECK(unchecked.code == 0);
  CHECK_THAT(unchecked.out, Contains("\n1,0,") && Contains("\n,9,") && !Contains(",7,,7,"));
  CHECK(place.run({"export", "samples", "small", "--by", "rank"}).code == 2);
}

TEST_CASE("export samples says that a failed trial keeps nothing", "[cli][export]") {
  Workplace place;
  place.write_protocol("small", 1, 2);
  place.with("FAKE_SCRIPT", "*:fail");
  REQUIRE(place.run({"run", "small", "--keep", "samples"}).code == 1);
  const auto failed = place.run({"export", "samples", "small"});
  CHECK(failed.code == 4);
  CHECK_THAT(failed.err, Contains("failed, so nothing was kept of it: loss is not finite"));
}

TEST_CASE("export samples refuses changed files and unknown words", "[cli][export]") {
  Workplace place;
  const auto id = kept(place);
  const auto file = place / "results" / id / kSamplesFile;
  const auto whole = text_of(file);
  const auto refused = [&](const std::string& says) {
    const auto outcome = place.run({"export", "samples", "small"});
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains(says));
    std::ofstream(file) << whole;
  };
  change(file, "trial", "another");
  refused("/trial: another is not the trial of this folder, " + id);
  change(file, "predicted", {1, 2, 10, -1});
  refused("/predicted: 10 is outside [0, 10) of quickstart (drawn); the file was changed");
  change(file, "image", {0, 4, 7, 1500});
  refused("/image: 1500 is outside [0, 1500)");
  std::ofstream(file) << whole.substr(0, 100);
  refused("samples.json:");
  const auto word = place.run({"export", "sample", "small"});
  CHECK(word.code == 2);
  CHECK_THAT(word.err, Contains("nearest is \"samples\""));
  const auto unwritable = place.run({"export", "samples", "small", "--out", "/proc/none/suspects.csv"});
  CHECK(unwritable.code == 5);
}

// Verbs that only look: what they print, what they refuse, and that they write nothing.
#include <catch2/catch.hpp>
#include <filesystem>

#include "core/durable.h"
#include "program.h"

using Catch::Contains;
using nlb::Json;
using nlb::test::Workplace;

TEST_CASE("list shows what is known, as text and as JSON", "[cli][list]") {
  Workplace place;
  place.write_protocol("small", 2);
  CHECK_THAT(place.run({"list", "methods"}).out, Contains("elr"));
  for (const Json& method : Json::parse(place.run({"list", "methods", "--format", "json"}).out)) {
    const auto id = method["id"].get<std::string>(), paper = method["paper"].get<std::string>();
    if (id == "ce") CHECK(paper.empty());  // no paper introduced cross-entropy
    if (id == "elr") CHECK(paper == "NeurIPS 2020");
  }
  CHECK_THAT(place.run({"list", "protocols"}).out, Contains("small"));
  const auto trials = place.run({"list", "trials", "--protocol", "small", "--format", "json"});
  REQUIRE(trials.code == 0);
  const auto list = Json::parse(trials.out);
  REQUIRE(list.size() == 2);
  CHECK(list[0]["trial"].get<std::string>().size() == 64);
  CHECK(list[1]["seed"] == "2");
  const auto wrong = place.run({"list", "method"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("nearest is \"methods\""));
}

TEST_CASE("describe gives each value of a trial with its source", "[cli][describe]") {
  Workplace place;
  place.write_protocol("small", 1);
  CHECK_THAT(place.run({"describe", "small"}).out, Contains("group main"));
  CHECK_THAT(place.run({"describe", "elr"}).out, Contains("Early-Learning Regularization"));
  CHECK_THAT(place.run({"describe", "pencil"}).out,
             Contains("relation: fine_tuning_start_epoch is at least correction_start_epoch; label distributions"));
  CHECK_THAT(place.run({"describe", "preact_resnet18"}).out,
             Contains("11171274") && Contains("data.height is at least 8"));
  CHECK_THAT(place.run({"describe", "symmetric_inclusive"}).out, Contains("rate in"));
  CHECK_THAT(place.run({"describe", "pair_flip"}).out,
             Contains("count per_sample, stream numpy_multinomial ") && Contains("bhanML/Co-teaching:data/utils.py"));
  const auto selected = place.run({"describe", "small", "--seed", "1", "--format", "json"});
  REQUIRE(selected.code == 0);
  const auto trial = Json::parse(selected.out);
  CHECK(trial["spec"]["method"]["id"] == "ce");
  CHECK(!trial["sources"].empty());
  const auto by_prefix = place.run({"describe", trial["trial"].get<std::string>().substr(0, 8)});
  CHECK_THAT(by_prefix.out, Contains("/recipe/batch_size"));
  const auto wrong = place.run({"describe", "eld"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("nearest is \"elr\""));
}

TEST_CASE("describe tells of every shipped protocol: each group, what it differs in, and the claims",
          "[cli][describe]") {
  Workplace place;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(NLB_SOURCE_DIR) / "protocols")) {
    if (file.path().extension() != ".json") continue;
    CAPTURE(file.path().string());
    const auto told = place.run({"describe", file.path().string()});
    CHECK(told.code == 0);
    CHECK_THAT(told.out, Contains("group "));
  }
  const auto table = place.run({"describe", std::string(NLB_SOURCE_DIR) + "/protocols/cifar10_sym.json"}).out;
  CHECK_THAT(table, Contains("against main: noise symmetric_exclusive"));
  CHECK_THAT(table, Contains("conflict") && Contains("91.1 to 93.1") && Contains("not comparable"));
  CHECK_THAT(table, Contains("ieg of ieg_wrn28_10_10 above l2r_ieg of l2r_wrn28_10 in 0.8"));
}

TEST_CASE("validate names all problems of all files and exits 2", "[cli][validate]") {
  Workplace place;
  place.write_protocol("small", 1);
  CHECK(place.run({"validate", "small"}).code == 0);
  CHECK(place.run({"validate"}).code == 0);
  CHECK_THAT(place.run({"validate", "small"}).out, !Contains("warning"));
  auto unplaced = Json::parse(nlb::test::text_of(place / "protocols/small.json"));
  unplaced["groups"][0]["rows"][0]["source"] = "owner/repo:train.py";
  nlb::write_file_durably(place / "protocols/small.json", unplaced.dump());
  const auto warned = place.run({"validate", "small"});
  CHECK(warned.code == 0);
  CHECK_THAT(warned.out,
             Contains("warning: values of its rows whose source names a file and neither a line nor a key of it: 1;"));
  CHECK_THAT(place.run({"describe", "small"}).out,
             Contains("source without line or key  ce  owner/repo:train.py  /method/id"));
  auto trusted = Json::parse(nlb::test::text_of(place / "protocols/small.json"));
  auto& group = trusted["groups"][0];
  group["settings"][0]["trusted"] = {{"count", 1437}, {"draw", "stratified"}, {"source", "ours"}};
  group["rows"][0]["options"] = {{"samples", "untrusted"}};
  nlb::write_file_durably(place / "protocols/small.json", trusted.dump());
  const auto few = place.run({"validate", "small"});
  CHECK(few.code == 0);
  CHECK_THAT(few.out, Contains("warning: row ce of group main at 0.4: it learns from images that are not trusted"));
  group["settings"][0]["trusted"]["count"] = 1436;  // of 1,500; a batch has 64
  nlb::write_file_durably(place / "protocols/small.json", trusted.dump());
  CHECK_THAT(place.run({"validate", "small"}).out, !Contains("it learns from images"));
  const auto wrong = place.run({"validate", "small", "smal", "absent.json"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("smal") && Contains("absent.json"));
}

TEST_CASE("validate names files that are neither protocols nor tables for what they are", "[cli][validate]") {
  Workplace place;
  nlb::write_file_durably(place / "labels.xlsx", "PK\x03\x04" + std::string(40, 'x'));
  nlb::write_file_durably(place / "labels.csv.gz", "\x1f\x8b\x08" + std::string(40, 'x'));
  const auto told = place.run({"validate", "labels.xlsx", "labels.csv.gz"});
  CHECK(told.code == 2);
  CHECK_THAT(told.err,
             Contains("labels.xlsx: a zip file, as Excel's .xlsx is; read are protocols (JSON) and own labels") &&
                 Contains("labels.csv.gz: a gzip file; unpack it first"));
}

TEST_CASE("new looks protocols up as other verbs do, and leaves nothing where it fails", "[cli][new]") {
  Workplace place;
  place.with("NLBENCH_PROTOCOLS", std::string(NLB_SOURCE_DIR) + "/protocols");
  REQUIRE(place.run({"data", "make-fixture", "mnist", "--form", "raw", "--out", "."}).code == 0);
  const std::vector<std::string> words = {"new",       "protocol", "mine",   "--from", "mnist_sym",
                                          "--dataset", "mnist",    "--data", "my data"};
  const auto labels = place / "mnist/train-labels-idx1-ubyte";
  const auto good = nlb::test::text_of(labels);
  nlb::write_file_durably(labels, good.substr(0, 8) + std::string(good.size() - 8, '\1'));
  nlb::write_file_durably(place / "mnist/t10k-labels-idx1-ubyte",
                          nlb::test::text_of(place / "mnist/t10k-labels-idx1-ubyte").substr(0, 8) +
                              std::string(nlb::test::text_of(place / "mnist/t10k-labels-idx1-ubyte").size() - 8, '\1'));
  const auto failed = place.run(words);
  CHECK(failed.code == 2);
  CHECK_THAT(failed.err, Contains("one class alone"));
  CHECK(!std::filesystem::exists(place / "my data/mine"));
  nlb::write_file_durably(labels, good);
  const auto made = place.run(words);
  REQUIRE(made.code == 0);
  CHECK_THAT(made.out, Contains(" validate mine.json --data 'my data'\n"));
}

TEST_CASE("plan says what would run and what it costs, and writes nothing", "[cli][plan]") {
  Workplace place;
  place.write_protocol("small", 2);
  place.write_protocol("real", 1, 2, "cifar10");
  const auto text = place.run({"plan", "small"});
  CHECK(text.code == 0);
  CHECK_THAT(text.out, Contains("2 trials; about"));
  const auto json = Json::parse(place.run({"plan", "small", "--format", "json"}).out);
  CHECK(json["trials"].size() == 2);
  CHECK(json["trials"][0]["state"] == "open");
  CHECK(json["memory_bytes"].get<double>() > 0);
  CHECK_THAT(place.run({"plan", "real"}).out, Contains("skipped") && Contains("cifar-10-batches-bin"));
  CHECK(!std::filesystem::exists(place / "results"));
}

TEST_CASE("data lists addresses and verifies files by digest", "[cli][data]") {
  Workplace place;
  CHECK_THAT(place.run({"data", "list"}).out, Contains("cifar10") && Contains("generated, needs no file"));
  const auto missing = place.run({"data", "verify", "mnist"});
  CHECK(missing.code == 1);
  CHECK_THAT(missing.out, Contains("missing"));
  const auto wrong = place.run({"data", "verify", "mnis"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("nearest is \"mnist\""));
}

TEST_CASE("report without a record shows published values and exits 4", "[cli][report]") {
  Workplace place;
  place.write_protocol("small", 1);
  const auto empty = place.run({"report", "small", "--out", "pages"});
  CHECK(empty.code == 4);
  CHECK_THAT(empty.err, Contains("no record of these protocols in results"));
  CHECK(std::filesystem::exists(place / "pages/small.html"));
  CHECK(std::filesystem::exists(place / "pages/small.md"));
  CHECK(place.run({"report", "small"}).code == 2);
}

TEST_CASE("report of printed values needs no record", "[cli][report]") {
  Workplace place;
  place.write_protocol("small", 1);
  auto json = Json::parse(nlb::test::text_of(place / "protocols/small.json"));
  json["groups"][0]["rows"][0]["published"] =
      Json::parse(R"([{"rule": "last", "kind": "repo", "source": "paper, table 1", "values": {"0.4": "80.1"}}])");
  nlb::write_file_durably(place / "protocols/small.json", json.dump());
  const auto page = place.run({"report", "small", "--out", "pages"});
  CHECK(page.code == 0);
  CHECK_THAT(page.out, Contains("no record of these protocols in results: the pages show published values only"));
  CHECK_THAT(nlb::test::text_of(place / "pages/small.md"), Contains("80.1"));
}

TEST_CASE("report on a folder that is being measured tells what is there", "[cli][report]") {
  Workplace place;
  place.write_protocol("small", 11);
  REQUIRE(place.run({"run", "small", "--seed", "1,2,3,4,5,6,7,8,9"}).code == 0);
  const auto partial = place.run({"report", "small", "--out", "pages"});
  CHECK(partial.code == 0);
  CHECK_THAT(nlb::test::text_of(place / "pages/small.md"), Contains("9 of 11 trials"));
  CHECK_THAT(nlb::test::text_of(place / "pages/small.html"), Contains("9 of 11 trials"));
  place.with("FAKE_SCRIPT", "10:hang");
  const auto running = place.start({"run", "small"});
  REQUIRE(nlb::test::eventually([&] { return nlb::test::records_in(place / "results").size() == 10; }));
  CHECK(place.run({"report", "small", "--out", "pages"}).code == 0);
  CHECK_THAT(nlb::test::text_of(place / "pages/small.md"), Contains("10 of 11 trials"));
}

TEST_CASE("doctor says that a worker which does not start is a problem", "[cli][doctor]") {
  Workplace place;
  place.with("NLBENCH_WORKER", "/bin/false");
  const auto found = place.run({"doctor"});
  CHECK(found.code == 5);
  CHECK_THAT(found.out, Contains("PROBLEM") && Contains("locks hold"));
}

TEST_CASE("a results folder that is not there is named, not read as cells that were not run", "[cli][results]") {
  Workplace place;
  place.write_protocol("small", 1);
  REQUIRE(place.run({"run", "small"}).code == 0);
  const auto misspelt = place.run({"report", "small", "--results", "resuls", "--out", "pages"});
  CHECK(misspelt.code == 4);
  CHECK_THAT(misspelt.err, Contains("note: --results resuls: there is no results folder or pack of that name"));
  const auto right = place.run({"report", "small", "--results", "results", "--out", "pages"});
  CHECK_THAT(right.err, !Contains("there is no results folder"));
  CHECK(place.run({"status", "small", "--results", "resuls"}).err.starts_with("note: --results resuls: "));
}

TEST_CASE("recommend names the nearest measured noise, or what there is", "[cli][recommend]") {
  Workplace place;
  place.with("FAKE_SPREAD", "2").write_protocol("small", 5);
  REQUIRE(place.run({"run", "small"}).code == 0);
  const auto wrong = place.run({"recommend", "--noise", "symetric_exclusive", "--rate", "0.4"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Contains("no table has noise of that kind") && Contains("nearest is \"symmetric_exclusive\""));
  const auto none = place.run({"recommend", "--noise", "human", "--rate", "0.4"});
  CHECK(none.code == 4);
  CHECK_THAT(none.err, Contains("no table with noise of kind human has two measured rows"));
  CHECK(place.run({"recommend", "--noise", "human", "--rate", "1.4"}).code == 2);
}

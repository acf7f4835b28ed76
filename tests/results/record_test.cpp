#include "results/record.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/sha256.h"
#include "core/text.h"
#include "tests/protocols/small_protocol.h"
#include "tests/support/made_records.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Matchers::Contains;

namespace {

Record some_record(std::vector<int64_t> correct = {700, 912, 905}) {
  static const Protocol protocol = parsed(small_protocol());
  return made_record(trial_at(protocol, "first", "gce", "0.4", "a"), made_result(correct));
}

/// Of a method that reads no noisy label: only such records are of schema 3, 4 or 5 today.
Record without_noise(Record record) {
  record.result.noise.reset();
  return record;
}

/// As schema 5 wrote it: with the matrix as JSON.
std::string with_matrix(const Record& record, int schema) {
  auto json = Json::parse(write_record(record).record);
  json["schema"] = schema;
  json["result"]["noise"] = to_json(*record.result.noise, ResultParts::old_record);
  if (schema < 4) json.erase("looks");
  return json.dump() + "\n";
}

/// 20 epochs of the network that gives the matrix, the best of them epoch 6; then 20 of the one that is reported.
Record forward_record() {
  static const Protocol protocol = parsed(small_protocol());
  std::vector<int64_t> correct(40, 800);
  correct[5] = 930;
  correct[30] = 870;
  return made_record(trial_at(protocol, "first", "forward", "0.4", "a"), made_result(correct));
}

std::string with(const std::string& text, const std::string& pointer, const Json& value) {
  auto json = Json::parse(text);
  json[Json::json_pointer(pointer)] = value;
  return json.dump();
}

/// Reads `curves` as those of a record that names their digest.
Record with_curves(const std::string& curves) {
  auto record = read_record(write_record(some_record()).record, "r.json");
  record.curves_digest = hex(sha256(curves));
  read_curves(curves, "c.json", record);
  return record;
}

}  // namespace

TEST_CASE("a record and its curves are read as they were written", "[results][record]") {
  auto given = some_record();
  given.machine.gpu = "a device";
  given.result.final_counts.best_on_val = 903;
  given.result.final_counts.best_on_val_epoch = 2;
  const auto files = write_record(given);
  CHECK(files.digest == hex(sha256(files.record)));
  auto record = read_record(files.record, "r.json");
  CHECK(record.digest == files.digest);
  CHECK(record.result.curves.epoch.empty());
  read_curves(files.curves, "r.curves.json", record);
  CHECK(record.result.curves.test_correct == std::vector<std::vector<int64_t>>{{700, 912, 905}, {700, 912, 905}});
  CHECK(std::isnan(record.result.curves.detection.at("auroc").front()));
  CHECK(record.result.final_counts.confusion == given.result.final_counts.confusion);
  CHECK(record.use.setting == "0.4");
  CHECK(record.machine.gpu == "a device");
  CHECK(record.sources == given.sources);
  const auto again = write_record(record);
  CHECK(again.record == files.record);
  CHECK(again.curves == files.curves);
}

TEST_CASE("looks are kept, and only records that have them are of schema 4", "[results][record]") {
  auto record = without_noise(some_record());
  CHECK(Json::parse(write_record(record).record)["schema"] == 3);
  record.looks = {3, 5, 10};
  const auto files = write_record(record);
  CHECK(Json::parse(files.record)["schema"] == 4);
  CHECK(read_record(files.record, "r.json").looks == record.looks);
  CHECK_THROWS_WITH(read_record(with(files.record, "/looks", {1}), "r.json"), Contains("/looks/0"));
}

TEST_CASE("records say from which epoch on they count, those of one training do not", "[results][record]") {
  CHECK(!Json::parse(write_record(some_record()).record)["result"]["final_counts"].contains("counted_from"));
  auto record = without_noise(forward_record());
  record.result.final_counts.counted_from = 21;
  apply_rules(record.result.final_counts, record.result.curves);
  const auto files = write_record(record);
  CHECK(Json::parse(files.record)["schema"] == 5);
  const auto read = read_record(files.record, "r.json");
  CHECK(read.looks.empty());
  CHECK(read.result.final_counts.counted_from == 21);
  CHECK(read.result.final_counts.best_on_test_epoch == 31);
}

TEST_CASE("an older record of two trainings is counted again, from its last training on", "[results][record]") {
  const auto files = write_record(without_noise(forward_record()));
  REQUIRE(Json::parse(files.record)["schema"] == 3);
  auto record = read_record(files.record, "r.json");
  CHECK(record.result.final_counts.counted_from == 0);
  CHECK(record.result.final_counts.best_on_test_epoch == 6);  // of the network that only gave the matrix
  read_curves(files.curves, "r.curves.json", record);
  const auto& counts = record.result.final_counts;
  CHECK(counts.counted_from == 21);
  CHECK(counts.best_on_test == 870);
  CHECK(counts.best_on_test_epoch == 31);
  CHECK(counts.last == 800);
  CHECK(counts.last_ten == std::vector<int64_t>{870, 800, 800, 800, 800, 800, 800, 800, 800, 800});
  CHECK(counts.best_bits.empty());  // those of epoch 6
  CHECK(counts.mean_last_10.size() == kMadeTest);
  // Read once more, as a page does with what it has counted: the file still holds the images of epoch 6.
  read_curves(files.curves, "r.curves.json", record);
  CHECK(record.result.final_counts.best_bits.empty());
  CHECK(record.result.final_counts.mean_last_10.size() == kMadeTest);
}

TEST_CASE("records with a held-out part know the first and the last of equal best epochs", "[results][record]") {
  auto record = some_record();
  auto& counts = record.result.final_counts;
  auto& curves = record.result.curves;
  const size_t evaluations = curves.epoch.size();
  REQUIRE(evaluations >= 2);
  curves.held_out_correct.assign(curves.outputs.size(), std::vector<int64_t>(evaluations, 7));
  counts.held_out_count = 9;
  counts.best_on_val.reset();
  counts.best_on_val_epoch.reset();
  apply_rules(counts, curves);
  CHECK(counts.best_on_val_epoch == curves.epoch.front());
  CHECK(counts.best_on_val == curves.test_correct.front().front());
  CHECK(counts.best_on_val_latest_epoch == curves.epoch.back());
  CHECK(counts.best_on_val_latest == curves.test_correct.front().back());
  const auto files = write_record(record);
  CHECK(Json::parse(files.record)["schema"] == 7);
  CHECK(read_record(files.record, "r.json").result.final_counts.best_on_val_latest == counts.best_on_val_latest);
  const auto noiseless = write_record(without_noise(record));
  auto without = read_record(noiseless.record, "r.json");
  CHECK_NOTHROW(read_curves(noiseless.curves, "r.curves.json", without));

  // An older record has the first alone; its curves tell the last.
  counts.best_on_val_latest.reset();
  counts.best_on_val_latest_epoch.reset();
  const auto old = write_record(record);
  CHECK(Json::parse(old.record)["schema"] == 6);
  auto read = read_record(old.record, "r.json");
  CHECK_FALSE(read.result.final_counts.best_on_val_latest);
  CHECK(needs_curves(read.result.final_counts));
  read_curves(old.curves, "r.curves.json", read);
  CHECK(read.result.final_counts.best_on_val_epoch == curves.epoch.front());
  CHECK(read.result.final_counts.best_on_val_latest_epoch == curves.epoch.back());
  CHECK(read.result.final_counts.best_on_val_latest == curves.test_correct.front().back());
  CHECK_FALSE(needs_curves(read.result.final_counts));
}

TEST_CASE("curves of schema 1, which did not compress, are read", "[results][record]") {
  const auto given = some_record();
  auto curves = Json::parse(write_record(given).curves);
  const auto& counts = given.result.final_counts;
  curves["schema"] = 1;
  curves.erase("noise_matrix");
  for (const auto& [name, bytes] : image_bytes(counts)) curves[name] = base64(bytes);
  const auto record = with_curves(curves.dump());
  CHECK(record.result.final_counts.last_bits == counts.last_bits);
  CHECK(record.result.final_counts.mean_last_10 == counts.mean_last_10);
  CHECK(record.result.final_counts.confusion == counts.confusion);
}

TEST_CASE("classes that are never predicted are counted from the matrix where old records say none",
          "[results][record]") {
  auto given = some_record();
  auto& counts = given.result.final_counts;
  counts.confusion = {5, 0, 1, 2, 0, 2, 0, 0, 3};  // columns: predicted class
  CHECK(classes_never_predicted(counts.confusion) == 1);
  counts.classes_never_predicted = 0;
  auto record = read_record(with_matrix(given, 2), "r.json");
  CHECK_FALSE(record.result.final_counts.classes_never_predicted);
  auto old = Json::parse(write_record(given).curves);
  old["schema"] = 2;
  old.erase("noise_matrix");
  const auto curves = old.dump();
  record.curves_digest = hex(sha256(curves));
  read_curves(curves, "c.json", record);
  CHECK(record.result.final_counts.classes_never_predicted == 1);
}

TEST_CASE("a failed trial keeps its message and epoch", "[results][record]") {
  auto given = some_record();
  given.result = made_failure("the loss is NaN", 7);
  const auto record = read_record(write_record(given).record, "r.json");
  CHECK(record.result.status == TrialResult::Status::failed);
  CHECK(record.result.failure == "the loss is NaN");
  CHECK(record.result.failure_epoch == 7);
}

TEST_CASE("a record of ten classes and 300 epochs takes at most 8 KB", "[results][record]") {
  auto record = some_record(std::vector<int64_t>(300, 912));
  record.machine.cpu = std::string(80, 'c');
  record.result.determinism_class["isa"] = std::string(200, 'i');
  record.result.timing.interrupted_at = std::vector<int64_t>(50, 123);
  CHECK(write_record(record).record.size() <= 8192);
}

TEST_CASE("the noise matrix lies with the curves, and comes back with them", "[results][record]") {
  auto given = some_record();
  auto& matrix = given.result.noise->matrix;
  for (size_t i = 0; i < matrix.size(); ++i) matrix[i] = static_cast<int64_t>(i) * 21'000'000;
  const auto files = write_record(given);
  CHECK(Json::parse(files.record)["schema"] == 6);
  CHECK_FALSE(Json::parse(files.record)["result"]["noise"].contains("matrix"));
  auto record = read_record(files.record, "r.json");
  CHECK(record.result.noise->matrix.empty());
  CHECK(record.result.noise->changed == 18'000);
  read_curves(files.curves, "c.json", record);
  CHECK(record.result.noise->matrix == matrix);
  CHECK(write_record(record).record == files.record);
  read_curves(files.curves, "c.json", record);  // again, as a page does
  CHECK(record.result.noise->matrix == matrix);
}

TEST_CASE("a record of schema 5 has its matrix at once, with curves of that schema", "[results][record]") {
  const auto given = some_record();
  auto curves = Json::parse(write_record(given).curves);
  curves["schema"] = 5;
  curves.erase("noise_matrix");
  auto record = read_record(with_matrix(given, 5), "r.json");
  CHECK(record.result.noise->matrix == given.result.noise->matrix);
  record.curves_digest = hex(sha256(curves.dump()));
  read_curves(curves.dump(), "c.json", record);
  CHECK(record.result.noise->matrix == given.result.noise->matrix);
  auto wrong = Json::parse(with_matrix(given, 5));
  wrong["result"]["noise"]["classes"] = 1000;
  CHECK_THROWS_WITH(read_record(wrong.dump(), "r.json"), Contains("r.json: /result/noise/matrix: "));
}

TEST_CASE("a record of any number of classes takes at most 8 KB", "[results][record]") {
  for (const int64_t classes : {100, 1000}) {
    CAPTURE(classes);
    auto record = some_record(std::vector<int64_t>(300, 912));
    record.machine.cpu = std::string(80, 'c');
    record.result.timing.interrupted_at = std::vector<int64_t>(50, 123);
    auto& noise = *record.result.noise;
    noise.classes = classes;
    noise.matrix.assign(static_cast<size_t>(classes * classes), 0);
    uint64_t state = 1;  // two random bits for each count, which nothing can compress
    for (auto& count : noise.matrix) count = static_cast<int64_t>((state = state * 6364136223846793005u + 1) >> 62);
    const auto files = write_record(record);
    CHECK(files.record.size() <= 8192);
    auto read = read_record(files.record, "r.json");
    read_curves(files.curves, "c.json", read);
    CHECK(read.result.noise->matrix == noise.matrix);
  }
}

TEST_CASE("a newer schema is refused by name before anything else is read", "[results][record]") {
  const auto files = write_record(some_record());
  auto json = Json::parse(files.record);
  json["schema"] = kRecordSchema + 1;
  json["of a later year"] = 1;
  CHECK_THROWS_WITH(read_record(json.dump(), "r.json"),
                    Contains("r.json: /schema: 8 is newer than this program reads (7)"));
  CHECK_THROWS_WITH(with_curves(with(files.curves, "/schema", 8)), Contains("c.json: /schema: 8 is newer"));
}

TEST_CASE("a record whose trial is not that of its spec is refused", "[results][record]") {
  const auto text = with(write_record(some_record()).record, "/spec/recipe/epochs", 21);
  CHECK_THROWS_WITH(read_record(text, "r.json"),
                    Contains("r.json: /trial: ") && Contains("is not the id of the trial in /spec"));
}

TEST_CASE("wrong values in a record are named with their place", "[results][record]") {
  struct Row {
    const char* pointer;
    Json value;
    const char* place;
  };
  const auto row = GENERATE(values<Row>({{"/result", 5, "r.json: /result: "},
                                         {"/result/final_counts", "x", "r.json: /result/final_counts: "},
                                         {"/result/curves", 1, "r.json: /result/curves: unknown key"},
                                         {"/result/final_counts/last", 1001, "r.json: /result/final_counts/last: "},
                                         {"/result/final_counts/last_ten/0", -1, "/result/final_counts/last_ten/0: "},
                                         {"/result/noise/matrix", {1}, "r.json: /result/noise/matrix: unknown key"},
                                         {"/result/status", "good", "r.json: /result/status: "},
                                         {"/result/colour", 1, "r.json: /result/colour: "},
                                         {"/machine/cores", "two", "r.json: /machine/cores: "},
                                         {"/sources", 3, "r.json: /sources: "},
                                         {"/spec", nullptr, "r.json: /spec: "},
                                         {"/colour", 1, "r.json: /colour: "}}));
  CAPTURE(row.pointer);
  const auto text = with(write_record(some_record()).record, row.pointer, row.value);
  CHECK_THROWS_AS(read_record(text, "r.json"), InputError);
  CHECK_THROWS_WITH(read_record(text, "r.json"), Contains(row.place));
}

TEST_CASE("wrong values in curves are named with their place, also where digests fit", "[results][record]") {
  struct Row {
    const char* pointer;
    Json value;
    const char* place;
  };
  const auto row = GENERATE(values<Row>({{"/curves/test_correct/0", {1, 2}, "c.json: /curves/test_correct: "},
                                         {"/curves/test_correct", Json::array(), "c.json: /curves/test_correct: "},
                                         {"/curves/train_counts/clean_fit", {1}, "c.json: /curves/train_counts: "},
                                         {"/curves/losses/loss", "x", "c.json: /curves/losses/loss: "},
                                         {"/curves/seconds", {1}, "c.json: /curves/seconds: "},
                                         {"/curves", 1, "c.json: /curves: "},
                                         {"/last_bits", "???", "c.json: /last_bits: "},
                                         {"/last_bits", base64({}), "c.json: /last_bits: the gzip file is cut off"},
                                         {"/confusion", "AAAA", "c.json: /confusion: not a sound gzip file"},
                                         {"/noise_matrix", "???", "c.json: /noise_matrix: "},
                                         {"/noise_matrix", "H4sIAAAAAAACAwMAAAAAAAAAAAA=", "c.json: /noise_matrix: "},
                                         {"/trial", "x", "c.json: /trial: x is not the record's trial"},
                                         {"/colour", 1, "c.json: /colour: "}}));
  CAPTURE(row.pointer);
  const auto text = with(write_record(some_record()).curves, row.pointer, row.value);
  CHECK_THROWS_AS(with_curves(text), InputError);
  CHECK_THROWS_WITH(with_curves(text), Contains(row.place));
}

TEST_CASE("a record cut off anywhere is an input error", "[results][record]") {
  const auto text = write_record(some_record()).record;
  for (size_t length = 0; length + 2 < text.size(); length += 13) {
    CAPTURE(length);
    CHECK_THROWS_AS(read_record(text.substr(0, length), "r.json"), InputError);
  }
}

// The histogram of kept losses, bins and heights worked out by hand.
#include <catch2/catch.hpp>
#include <cmath>

#include "reports/pages/sections.h"
#include "results/samples.h"
#include "tests/support/fixtures.h"
#include "tests/support/made_records.h"

using namespace nlb;
using namespace nlb::test;

namespace {

/// Four right labels, two wrong ones; then a sample without a label, and one that no step has seen.
KeptSamples some_samples() {
  return {.trial = std::string(64, 'e'),
          .has_score = false,
          .image = {0, 1, 2, 3, 4, 5, 6, 7},
          .given = {1, 1, 2, 3, 4, 5, -1, 7},
          .clean = {1, 1, 2, 3, 0, 0, 6, 7},
          .epoch = {2, 2, 2, 2, 2, 2, 2, 0},
          .predicted = {1, 1, 2, 3, 4, 5, 6, -1},
          .loss = {0.15, 0.15, 0.35, 3.85, 4.0, 100.0, 50.0, std::nan("")},
          .clean_score = std::vector<double>(8, std::nan(""))};
}

/// loss_histogram_data of a record that lies beside `samples`.
kainjow::mustache::data histogram_of(const TemporaryFolder& folder, const std::string& samples) {
  write_bytes(folder.path() / kSamplesFile, samples);
  Record record;
  record.file = (folder.path() / "r.json").string();
  return loss_histogram_data(record);
}

std::string text_of(const kainjow::mustache::data& entry, const std::string& name) {
  const auto* found = entry.get(name);
  return found == nullptr ? "absent" : found->string_value();
}

}  // namespace

TEST_CASE("kept losses become shares of the right and of the wrong labels", "[reports][histogram]") {
  const TemporaryFolder folder;
  const auto histogram = histogram_of(folder, write_samples(some_samples()));
  CHECK(histogram.get("empty")->is_false());
  CHECK(text_of(histogram, "right") == "4");
  CHECK(text_of(histogram, "wrong") == "2");
  // The right edge is the 99.5th percentile of six losses, the fifth: 4.0; forty bins of 0.1. 190 units stand for 100
  // %.
  const auto& bars = histogram.get("bars")->list_value();
  REQUIRE(bars.size() == 40);
  CHECK(text_of(bars[1], "right_height") == "95.0");  // two of four
  CHECK(text_of(bars[1], "right_y") == "105.0");      // down to the axis at 200
  CHECK(text_of(bars[3], "right_height") == "47.5");  // one of four
  CHECK(text_of(bars[38], "right_height") == "47.5");
  CHECK(text_of(bars[39], "right_height") == "0.0");
  CHECK(text_of(bars[39], "wrong_height") == "190.0");  // 4.0, and 100 beyond the edge
  CHECK(text_of(bars[38], "wrong_height") == "0.0");
}

TEST_CASE("without kept samples, or with broken ones, there is no histogram", "[reports][histogram]") {
  const TemporaryFolder folder;
  Record record;
  record.file = (folder.path() / "r.json").string();
  CHECK(loss_histogram_data(record).get("empty")->is_true());
  const auto text = write_samples(some_samples());
  CHECK(histogram_of(folder, text.substr(0, text.size() / 2)).get("empty")->is_true());
  auto unlabelled = some_samples();
  unlabelled.given.assign(unlabelled.given.size(), -1);
  CHECK(histogram_of(folder, write_samples(unlabelled)).get("empty")->is_true());
}

#include "results/samples.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/json.h"
#include "results/suspicion.h"

using namespace nlb;
using Catch::Matchers::Contains;

namespace {

const double kNone = std::nan("");

/// Five samples; the fourth was never seen, the second by no step that rates it.
KeptSamples five() {
  return {.trial = std::string(64, 'a'),
          .has_score = true,
          .image = {2, 3, 5, 7, 11},
          .given = {0, 1, 2, -1, 1},
          .clean = {0, 2, 2, 1, 0},
          .epoch = {4, 3, 4, 0, 4},
          .predicted = {0, 2, 1, -1, 0},
          .loss = {0.25, 3.5, 0.5, kNone, 7},
          .clean_score = {0.125, kNone, 0.75, kNone, 0.125}};
}

std::string with(const std::string& pointer, const Json& value) {
  auto json = Json::parse(write_samples(five()));
  json[Json::json_pointer(pointer)] = value;
  return json.dump();
}

}  // namespace

TEST_CASE("kept samples are read as they were written", "[results][samples]") {
  const auto text = write_samples(five());
  const auto read = read_samples(text, "s.json");
  CHECK(read.image == five().image);
  CHECK(read.given == five().given);
  CHECK(read.clean == five().clean);
  CHECK(read.predicted == five().predicted);
  CHECK(read.loss.back() == 7);
  CHECK(std::isnan(read.clean_score[1]));
  CHECK(write_samples(read) == text);
}

TEST_CASE("rows come by lowest clean score, or by largest loss, ties by the other, then by image",
          "[results][samples]") {
  auto samples = five();
  CHECK(most_suspicious_first(samples) == std::vector<size_t>{4, 0, 2});  // both .125: losses 7 and .25
  CHECK(most_suspicious_first(samples, Suspicion::loss) == std::vector<size_t>{4, 1, 2, 0});
  samples.has_score = false;
  CHECK(most_suspicious_first(samples) == std::vector<size_t>{4, 1, 2, 0});
  samples.loss = {3.5, 3.5, 0.5, kNone, 3.5};  // scores .125, none, -, -, .125: what is not rated stands last
  CHECK(most_suspicious_first(samples) == std::vector<size_t>{0, 4, 1, 2});
  CHECK(is_checked(samples, 0));
  samples.clean[0] = -2;
  CHECK_FALSE(is_checked(samples, 0));
}

TEST_CASE("kept samples that are cut off, changed or newer are refused with the place", "[results][samples]") {
  const auto text = write_samples(five());
  CHECK_THROWS_WITH(read_samples(text.substr(0, text.size() / 2), "s.json"), Contains("s.json:"));
  CHECK_THROWS_WITH(read_samples(with("/schema", 2), "s.json"),
                    Contains("/schema: 2 is newer than this program reads"));
  CHECK_THROWS_WITH(read_samples(with("/loss", {1, 2}), "s.json"), Contains("/loss: has 2 entries, expected 5"));
  CHECK_THROWS_WITH(read_samples(with("/image", {2, 3, 3, 7, 11}), "s.json"),
                    Contains("/image: has 3 behind 3, expected increasing numbers"));
  CHECK_THROWS_WITH(read_samples(with("/given/0", -2), "s.json"), Contains("/given/0"));
  CHECK_THROWS_WITH(read_samples(with("/spare", 1), "s.json"), Contains("spare"));
  for (size_t cut = 0; cut < text.size() - 1; ++cut)
    CHECK_THROWS_AS(read_samples(text.substr(0, cut), "s.json"), InputError);
}

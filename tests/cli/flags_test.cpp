#include <catch2/catch.hpp>

#include "cli/exit_code.h"
#include "cli/verb.h"
#include "core/error.h"
#include "supervise/quantities.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;

TEST_CASE("of several exit codes the first of 2, 5, 130, 3, 4, 1 is told", "[cli][flags]") {
  const ExitCode order[] = {ExitCode::bad_input, ExitCode::cannot_go_on, ExitCode::interrupted, ExitCode::differs,
                            ExitCode::nothing,   ExitCode::incomplete,   ExitCode::done};
  const int numbers[] = {2, 5, 130, 3, 4, 1, 0};
  for (size_t i = 0; i < 7; ++i) {
    CHECK(static_cast<int>(order[i]) == numbers[i]);
    for (size_t j = i; j < 7; ++j) {
      CHECK(worse(order[i], order[j]) == order[i]);
      CHECK(worse(order[j], order[i]) == order[i]);
    }
  }
}

TEST_CASE("times, sizes, shards, samples and devices read as people write them", "[cli][flags]") {
  CHECK(parse_duration("--max-time", "9h") == 32400);
  CHECK(parse_duration("--max-time", "1h30m") == 5400);
  CHECK(parse_duration("--max-time", "45 s") == 45);
  CHECK(parse_duration("--max-time", "90") == 90);
  CHECK(parse_bytes("--memory", "8GB") == 8e9);
  CHECK(parse_bytes("--memory", "1.5 g") == 1.5e9);
  CHECK(parse_shard("2/8") == std::pair(2, 8));
  CHECK(parse_count_or_auto("--jobs", "auto") == 0);
  CHECK(parse_count_or_auto("--jobs", "3") == 3);
  CHECK(parse_sample("5:7") == std::pair<int64_t, uint64_t>(5, 7));
  CHECK(parse_devices("cuda:0,1") == std::vector<std::string>{"cuda:0", "cuda:1"});
  CHECK(parse_devices("cuda") == std::vector<std::string>{"cuda:0"});
  for (const char* wrong : {"9x", "", "h", "-3h"}) CHECK_THROWS_AS(parse_duration("--max-time", wrong), InputError);
  for (const char* wrong : {"0/3", "4/3", "2", "1/2/3", "a/b"}) CHECK_THROWS_AS(parse_shard(wrong), InputError);
  for (const char* wrong : {"gpu", "cuda:", "cuda:x", "cpu,cuda:0"}) CHECK_THROWS_AS(parse_devices(wrong), InputError);
  for (const char* wrong : {"0", "-1", "2.5", "many"})
    CHECK_THROWS_AS(parse_count_or_auto("--jobs", wrong), InputError);
}

TEST_CASE("every verb's help has an example that names it", "[cli][flags]") {
  Workplace place;
  for (const auto& verb : verbs()) {
    CAPTURE(verb.name);
    const auto outcome = place.run({verb.name, "--help"});
    CHECK(outcome.code == 0);
    CHECK_THAT(outcome.out, Contains("Example:") && Contains("nlbench " + verb.name));
  }
  CHECK_THAT(place.run({"--help"}).out, Contains("Example: nlbench run --protocol quickstart"));
}

TEST_CASE("unknown verbs, flags, words and ids get the nearest one and exit 2", "[cli][flags]") {
  Workplace place;
  place.write_protocol("small", 2);
  struct Row {
    std::vector<std::string> words;
    const char* says;
  };
  const auto row = GENERATE(values<Row>({{{"rnu"}, "nearest is \"run\""},
                                         {{"run", "small", "--retry-faild"}, "nearest is \"--retry-failed\""},
                                         {{"run", "smal"}, "small"},
                                         {{"run"}, "no protocol named"},
                                         {{"run", "small", "--method", "cee"}, "ce"},
                                         {{"run", "small", "--noise", "40"}, "0.4"},
                                         {{"run", "small", "--noise", "0.3"}, "0.3"},
                                         {{"run", "small", "--seed", "9"}, "9"},
                                         {{"run", "small", "--keep", "modle"}, "nearest is \"model\""},
                                         {{"run", "small", "--max-time", "soon"}, "write it like 9h"},
                                         {{"run", "small", "--device", "gpu"}, "--device: \"gpu\""},
                                         {{"run", "small", "--protocols", "nowhere"}, "no such folder"},
                                         {{"status", "small", "--format", "jsn"}, "nearest is \"json\""}}));
  CAPTURE(row.words);
  const auto outcome = place.run(row.words);
  CHECK(outcome.code == 2);
  CHECK_THAT(outcome.err, Contains(row.says));
  CHECK(lines_of(place / "starts").empty());
}

#include "core/error.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

TEST_CASE("all problems of a file come in one go", "[core][error]") {
  nlb::Problems problems;
  CHECK_NOTHROW(problems.throw_if_any());
  problems.add("a.json", "first");
  problems.add("b.json", "second");
  CHECK_THROWS_WITH(problems.throw_if_any(), "a.json: first\nb.json: second");
}

TEST_CASE("of many problems of one kind the first twenty are told, and how many more", "[core][error]") {
  nlb::Problems problems;
  for (int i = 0; i < 50'000; ++i)
    problems.add("a.json: /" + std::to_string(i), "\"cat " + std::string(i % 7, 'x') + "\" is not an integer");
  problems.add("a.json: /rate", "1.4 is outside [0, 1)");
  std::string text;
  try {
    problems.throw_if_any();
  } catch (const nlb::InputError& error) {
    text = error.what();
  }
  CHECK(std::count(text.begin(), text.end(), '\n') == 21);
  CHECK_THAT(text, Catch::StartsWith("a.json: /0: \"cat \" is not an integer\na.json: /1:"));
  CHECK_THAT(text, Catch::Contains("a.json: /19: ") && !Catch::Contains("a.json: /20: "));
  CHECK_THAT(text, Catch::Contains("a.json: /rate: 1.4 is outside [0, 1)\n"));
  CHECK_THAT(text, Catch::EndsWith("and 49980 more of this kind: a.json: /#: \" is not an integer"));
}

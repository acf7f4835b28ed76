#include "core/error.h"

#include <catch2/catch.hpp>

TEST_CASE("all problems of a file come in one go", "[core][error]") {
  nlb::Problems problems;
  CHECK_NOTHROW(problems.throw_if_any());
  problems.add("a.json", "first");
  problems.add("b.json", "second");
  CHECK_THROWS_WITH(problems.throw_if_any(), "a.json: first\nb.json: second");
}

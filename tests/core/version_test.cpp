#include "core/version.h"

#include <catch2/catch.hpp>

TEST_CASE("the build names its version, commit, compiler and flags", "[core][version]") {
  CHECK_THAT(nlb::version(), Catch::Matches("[0-9]+\\.[0-9]+\\.[0-9]+"));
  CHECK_THAT(nlb::git_commit(), Catch::Matches("[0-9a-f]{40,64}|unknown"));
  CHECK((nlb::git_commit() != "unknown" || !nlb::git_dirty()));
  CHECK_THAT(nlb::compiler_id(), Catch::Matches("[a-zA-Z+]+ [0-9.]+"));
  CHECK_THAT(nlb::build_flags(), Catch::EndsWith("-ffp-contract=off"));
}

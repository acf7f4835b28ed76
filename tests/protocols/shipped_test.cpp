#include <catch2/catch.hpp>

#include "protocols/plan.h"

using namespace nlb;

namespace {

std::filesystem::path folder() { return std::filesystem::path(NLB_SOURCE_DIR) / "protocols"; }

}  // namespace

TEST_CASE("every shipped protocol parses, its id is its file's name, and each of its trials resolves",
          "[protocols][shipped]") {
  const ProtocolShelf shelf({folder()});
  REQUIRE_FALSE(shelf.ids().empty());
  for (const auto& id : shelf.ids()) {
    CAPTURE(id);
    const auto protocol = shelf.find(id, facts());
    CHECK(protocol.id == id);
    CHECK_NOTHROW(
        make_plan({protocol}, {.methods = {}, .rows = {}, .groups = {"all"}, .noises = {}, .seeds = {}}, facts()));
  }
}

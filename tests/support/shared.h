// tests/support/shared.h -- where real data and reference tables lie, beside the checkout; absent on most machines.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace nlb::test {

/// The folder with data/ and reference/: $NLB_SHARED, else ../shared beside the source tree.
inline std::optional<std::filesystem::path> shared_folder() {
  const char* named = std::getenv("NLB_SHARED");
  const std::filesystem::path folder =
      named != nullptr ? named : std::filesystem::path(NLB_SOURCE_DIR) / ".." / "shared";
  if (!std::filesystem::exists(folder / "reference")) return std::nullopt;
  return std::filesystem::canonical(folder);
}

}  // namespace nlb::test

/// Leaves the test case with a word where the shared folder is absent.
#define NLB_REQUIRE_SHARED(name)                              \
  const auto name##_found = ::nlb::test::shared_folder();     \
  if (!name##_found) {                                        \
    WARN("skipped: no ../shared folder beside the checkout"); \
    return;                                                   \
  }                                                           \
  const auto& name = *name##_found

#define CATCH_CONFIG_RUNNER
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

/// Digests of made-up data sets are remembered in a cache of this process, not in that of whoever runs the tests.
int main(int argc, char** argv) {
  const auto cache = std::filesystem::temp_directory_path() / ("nlb_test_cache_" + std::to_string(::getpid()));
  ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  const int failed = Catch::Session().run(argc, argv);
  std::error_code ignored;
  std::filesystem::remove_all(cache, ignored);
  return failed;
}

// tests/datasets/fuzz_readers.h -- every reader of files from outside, with sound files to damage. The short form runs
// as a test, the long one as ci/soak.sh.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nlb::test {

struct FuzzReader {
  std::string name;
  std::vector<std::string> seeds;                ///< sound files
  std::function<void(const std::string&)> read;  ///< reads, checks what it got; throws InputError to refuse
};

std::vector<FuzzReader> fuzz_readers();

struct FuzzCounts {
  int64_t read = 0, refused = 0;
};

/// Inputs `begin` to `end` (exclusive) of a reader: input i is seed i mod seeds, damaged in round i. Anything but being
/// read or refused ends the program or throws.
FuzzCounts fuzz(const FuzzReader& reader, uint64_t begin, uint64_t end);

}  // namespace nlb::test

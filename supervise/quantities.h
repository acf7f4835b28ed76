// supervise/quantities.h -- flags that carry a unit or a structure, as text to value. Each throws InputError naming the
// flag.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nlb {

/// "9h", "90m", "1h30m", "45s", "2d", or seconds without a unit.
double parse_duration(const std::string& flag, const std::string& text);
/// "8GB", "500 MB", "1.5g", or bytes without a unit; powers of 1000.
double parse_bytes(const std::string& flag, const std::string& text);
/// "i/n" with 1 <= i <= n.
std::pair<int, int> parse_shard(const std::string& text);
/// A count >= 1, or 0 for "auto".
int parse_count_or_auto(const std::string& flag, const std::string& text);
/// "N" or "N:SEED"; the seed is 0 when absent.
std::pair<int64_t, uint64_t> parse_sample(const std::string& text);
/// "cpu", "cuda", "cuda:1", "cuda:0,1" -> one entry per device ("cpu", "cuda:0", ...).
std::vector<std::string> parse_devices(const std::string& text);

}  // namespace nlb

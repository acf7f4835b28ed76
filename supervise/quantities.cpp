#include "supervise/quantities.h"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/text.h"

namespace nlb {
namespace {

template <class Number>
std::optional<Number> whole(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Number and the letters behind it, consumed from the front of `text`; blanks are skipped.
std::optional<std::pair<double, std::string>> take_quantity(std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  size_t at = static_cast<size_t>(end - text.data());
  const auto skip_blanks = [&] {
    while (at < text.size() && text[at] == ' ') ++at;
  };
  skip_blanks();
  std::string unit;
  while (at < text.size() && std::isalpha(static_cast<unsigned char>(text[at])) != 0) {
    unit += static_cast<char>(std::tolower(static_cast<unsigned char>(text[at++])));
  }
  skip_blanks();
  text.erase(0, at);
  return std::pair(value, unit);
}

double parse_sum(const std::string& flag, const std::string& text, const std::map<std::string, double>& units,
                 const std::string& examples) {
  std::string rest = text;
  double sum = 0;
  bool first = true;
  while (first || !rest.empty()) {
    const auto quantity = take_quantity(rest);
    const auto unit = quantity ? units.find(quantity->second) : units.end();
    if (unit == units.end()) throw InputError(flag + ": \"" + text + "\" is not understood; write it like " + examples);
    sum += quantity->first * unit->second;
    first = false;
  }
  return sum;
}

}  // namespace

double parse_duration(const std::string& flag, const std::string& text) {
  return parse_sum(flag, text, {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}},
                   "9h, 1h30m, 45s");
}

double parse_bytes(const std::string& flag, const std::string& text) {
  return parse_sum(flag, text,
                   {{"", 1},
                    {"b", 1},
                    {"k", 1e3},
                    {"kb", 1e3},
                    {"m", 1e6},
                    {"mb", 1e6},
                    {"g", 1e9},
                    {"gb", 1e9},
                    {"t", 1e12},
                    {"tb", 1e12}},
                   "8GB, 500MB");
}

std::pair<int, int> parse_shard(const std::string& text) {
  const auto parts = split(text, '/');
  const auto shard = whole<int>(parts.front()), shards = whole<int>(parts.back());
  if (parts.size() != 2 || !shard || !shards || *shard < 1 || *shard > *shards) {
    throw InputError("--shard: \"" + text + "\" is not i/n with 1 <= i <= n, as in 2/8");
  }
  return {*shard, *shards};
}

int parse_count_or_auto(const std::string& flag, const std::string& text) {
  if (text == "auto") return 0;
  const auto count = whole<int>(text);
  if (!count || *count < 1) throw InputError(flag + ": \"" + text + "\" is neither a count from 1 on nor auto");
  return *count;
}

std::pair<int64_t, uint64_t> parse_sample(const std::string& text) {
  const auto parts = split(text, ':');
  const auto count = whole<int64_t>(parts.front());
  const auto seed = parts.size() == 2 ? whole<uint64_t>(parts.back()) : std::optional<uint64_t>(0);
  if (parts.size() > 2 || !count || *count < 1 || !seed) {
    throw InputError("--sample: \"" + text + "\" is not N or N:SEED, as in 5 or 5:1");
  }
  return {*count, *seed};
}

std::vector<std::string> parse_devices(const std::string& text) {
  if (text == "cpu") return {"cpu"};
  if (text == "cuda") return {"cuda:0"};
  std::vector<std::string> devices;
  if (text.starts_with("cuda:")) {
    for (const auto& number : split(text.substr(5), ',')) {
      if (!whole<unsigned>(number)) break;
      devices.push_back("cuda:" + number);
    }
  }
  if (devices.empty() || devices.size() != split(text, ',').size()) {
    throw InputError("--device: \"" + text + "\" is none of auto, cpu, cuda, cuda:0, cuda:0,1");
  }
  return devices;
}

}  // namespace nlb
